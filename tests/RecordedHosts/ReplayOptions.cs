using System.Globalization;

namespace Homelab.RecordedHosts;

/// <summary>One host to replay: the name of its copy, and the recorded machine it is a copy of.</summary>
internal sealed record HostChoice(string Name, string Machine);

/// <summary>The command line.</summary>
internal sealed record ReplayOptions(string Fixtures, string Out, IReadOnlyList<HostChoice> Hosts, TimeSpan? Duration, int Seed, double Speed)
{
    public const string Usage = """
        usage: recorded-hosts --fixtures DIR --out DIR --hosts LIST [--seconds N] [--seed N] [--speed X]

        Copies recorded machines to OUT/NAME and lets their counters move with a simple physical model,
        so that an agent with --host-root OUT/NAME sees a living machine. Ends on SIGINT or SIGTERM.

          --fixtures DIR   folder of recorded machines, each with sys, proc and etc
          --out DIR        where the copies go; best on tmpfs, e.g. below /dev/shm
          --hosts LIST     machines by comma; NAME=MACHINE for copies: um890,rk1-1=rk1,rk1-2=rk1,pi4b
          --seconds N      end after N seconds (default: never)
          --seed N         another seed, another story (default 1)
          --speed X        the story of demand runs X times as fast; watts and seconds stay true (default 1)

        Limits are obeyed when written into a copy: scaling_max_freq, constraint_0_power_limit_uw, power1_cap.
        """;

    /// <summary>Reads the arguments; every mistake is named, none is guessed away.</summary>
    public static ReplayOptions? Parse(IReadOnlyList<string> arguments, out IReadOnlyList<string> errors)
    {
        var found = new Dictionary<string, string>(StringComparer.Ordinal);
        var wrong = new List<string>();
        for (var i = 0; i < arguments.Count; i += 2)
        {
            if (arguments[i] is not ("--fixtures" or "--out" or "--hosts" or "--seconds" or "--seed" or "--speed"))
                wrong.Add($"{arguments[i]} is not an option");
            else if (i + 1 == arguments.Count)
                wrong.Add($"{arguments[i]} needs a value");
            else
                found[arguments[i]] = arguments[i + 1];
        }
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
        errors = wrong;
        return wrong.Count > 0 ? null : new ReplayOptions(found["--fixtures"], found["--out"], hosts, seconds is { } s ? TimeSpan.FromSeconds(s) : null, (int)seed, speed);
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

    private static double? ReadNumber(Dictionary<string, string> found, string option, List<string> wrong)
    {
        if (!found.TryGetValue(option, out var text))
            return null;
        if (double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out var number) && double.IsFinite(number) && (number > 0 || option == "--seed"))
            return number;
        wrong.Add($"{option} must be a number above zero, not '{text}'");
        return null;
    }
}
