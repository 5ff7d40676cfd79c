using System.Globalization;
using Homelab.Units;

namespace Homelab.RecordedHosts;

/// <summary>One host to replay: the name of its copy, and the recorded machine it is a copy of.</summary>
internal sealed record HostChoice(string Name, string Machine);

/// <summary>What the machines are asked to do.</summary>
internal enum Story
{
    /// <summary>Each in its own rhythm: <see cref="RecordedHosts.Demand"/>.</summary>
    Day = 0,

    /// <summary>Most of them at once: <see cref="RecordedHosts.Bursts"/>.</summary>
    Bursts = 1,

    /// <summary>What a file beside each copy says: <see cref="ToldDemand"/>.</summary>
    Told = 2,
}

/// <summary>The command line.</summary>
internal sealed record ReplayOptions(string Fixtures, string Out, IReadOnlyList<HostChoice> Hosts)
{
    public TimeSpan? Duration { get; init; }

    public int Seed { get; init; } = 1;

    public double Speed { get; init; } = 1;

    public Story Story { get; init; }

    /// <summary>Null: no truth is written down.</summary>
    public string? Truth { get; init; }

    public Power Unmanaged { get; init; }

    /// <summary>The story of one machine.</summary>
    public IDemand Demand(string name) => Story switch
    {
        Story.Bursts => new Bursts(Seed, name),
        Story.Told => new ToldDemand(Path.Combine(Out, name + ".demand")),
        _ => new Demand(Seed, name),
    };

    public const string Usage = """
        usage: recorded-hosts --fixtures DIR --out DIR --hosts LIST [--seconds N] [--seed N] [--speed X]
                              [--story day|bursts|told] [--truth FILE] [--unmanaged WATTS]
               recorded-hosts judge --truth FILE --budget WATTS [--help]

        Copies recorded machines to OUT/NAME and lets their counters move with a simple physical model,
        so that an agent with --host-root OUT/NAME sees a living machine and can cap it. Ends on SIGINT or SIGTERM.

          --fixtures DIR   folder of recorded machines, each with sys, proc and etc
          --out DIR        where the copies go; best on tmpfs, e.g. below /dev/shm
          --hosts LIST     machines by comma; NAME=MACHINE for copies: um890,rk1-1=rk1,rk1-2=rk1,pi4b
          --seconds N      end after N seconds (default: never)
          --seed N         another seed, another story (default 1)
          --speed X        the story of demand runs X times as fast; watts and seconds stay true (default 1)
          --story NAME     day: each machine in its own rhythm (default); bursts: most of them at once;
                           told: what OUT/NAME.demand says from 0 to 1, at any time
          --truth FILE     write down what every machine really draws, twenty times a second, as CSV
          --unmanaged W    a constant draw that no agent reports; it is in the truth only

        Limits written into a copy are answered and obeyed as the kernel does: RAPL limits, windows and enabled,
        power1_cap, scaling_max_freq and scaling_min_freq, boost, no_turbo, devfreq max_freq.
        """;

    private static readonly string[] Names = ["--fixtures", "--out", "--hosts", "--seconds", "--seed", "--speed", "--story", "--truth", "--unmanaged"];

    /// <summary>Reads the arguments; every mistake is named, none is guessed away.</summary>
    public static ReplayOptions? Parse(IReadOnlyList<string> arguments, out IReadOnlyList<string> errors)
    {
        var wrong = new List<string>();
        var found = Words(arguments, Names, wrong);
        var hosts = ReadHosts(found.GetValueOrDefault("--hosts", ""), wrong);
        var seconds = ReadNumber(found, "--seconds", wrong);
        var seed = ReadNumber(found, "--seed", wrong) ?? 1;
        var speed = ReadNumber(found, "--speed", wrong) ?? 1;
        foreach (var needed in (string[])["--fixtures", "--out"])
        {
            if (!found.ContainsKey(needed))
                wrong.Add($"{needed} is missing");
        }
        if (seed != Math.Floor(seed) || Math.Abs(seed) > int.MaxValue)
            wrong.Add("--seed must be a whole number");
        var unmanaged = ReadNumber(found, "--unmanaged", wrong) ?? 0;
        var story = found.GetValueOrDefault("--story", "day");
        if (story is not ("day" or "bursts" or "told"))
            wrong.Add($"--story must be day, bursts or told, not '{story}'");
        errors = wrong;
        return wrong.Count > 0 ? null : new ReplayOptions(found["--fixtures"], found["--out"], hosts)
        {
            Duration = seconds is { } s ? TimeSpan.FromSeconds(s) : null,
            Seed = (int)seed,
            Speed = speed,
            Story = story switch { "bursts" => Story.Bursts, "told" => Story.Told, _ => Story.Day },
            Truth = found.GetValueOrDefault("--truth"),
            Unmanaged = Power.FromWatts(unmanaged),
        };
    }

    /// <summary>Options and their values, in pairs; what is none of the names is a mistake.</summary>
    internal static Dictionary<string, string> Words(IReadOnlyList<string> arguments, string[] names, List<string> wrong)
    {
        var found = new Dictionary<string, string>(StringComparer.Ordinal);
        for (var i = 0; i < arguments.Count; i += 2)
        {
            if (!names.Contains(arguments[i]))
                wrong.Add($"{arguments[i]} is not an option");
            else if (i + 1 == arguments.Count)
                wrong.Add($"{arguments[i]} needs a value");
            else
                found[arguments[i]] = arguments[i + 1];
        }
        return found;
    }

    private static List<HostChoice> ReadHosts(string list, List<string> wrong)
    {
        var hosts = list.Split(',', StringSplitOptions.RemoveEmptyEntries).Select(word => word.Split('=', 2)).Select(pair => new HostChoice(pair[0], pair[^1])).ToList();
        if (hosts.Count == 0)
            wrong.Add("--hosts is missing: name at least one machine");
        foreach (var host in hosts.Where(host => !IsName(host.Name) || !IsName(host.Machine)))
            wrong.Add($"--hosts: '{host.Name}={host.Machine}' must be plain folder names");
        foreach (var twice in hosts.GroupBy(host => host.Name, StringComparer.Ordinal).Where(group => group.Count() > 1))
            wrong.Add($"--hosts: '{twice.Key}' is there twice; give copies names, e.g. {twice.Key}-1={twice.Key},{twice.Key}-2={twice.Key}");
        return hosts;
    }

    private static bool IsName(string name) => name.Length > 0 && name is not ("." or "..") && !name.Contains('/', StringComparison.Ordinal);

    /// <summary>A number above zero, except for a seed; null when the option is not there.</summary>
    internal static double? ReadNumber(Dictionary<string, string> found, string option, List<string> wrong)
    {
        if (!found.TryGetValue(option, out var text))
            return null;
        if (double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out var number) && double.IsFinite(number) && (number > 0 || option == "--seed"))
            return number;
        wrong.Add($"{option} must be a number above zero, not '{text}'");
        return null;
    }
}
