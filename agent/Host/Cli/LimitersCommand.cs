using System.Buffers;
using System.Globalization;
using System.Runtime.ExceptionServices;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using Homelab.NodeAgent.Actuators;
using Homelab.NodeAgent.Configuration;
using Homelab.NodeAgent.Sampling;
using Homelab.NodeAgent.Sensors;

namespace Homelab.NodeAgent.Cli;

/// <summary>A limiter and what it holds, as commands show it.</summary>
/// <param name="IsAllowed">The operator lets it be written to.</param>
internal sealed record SeenLimiter(LimiterInfo Info, LimitReading Reading, bool IsAllowed)
{
    public bool TakesWatts => Info.Kind == LimiterKind.Watts;

    /// <summary>A search may initialise a card's driver, which takes seconds where nothing else holds it open.</summary>
    private static readonly TimeSpan Longest = TimeSpan.FromSeconds(20);

    /// <summary>As <see cref="All"/>, on a thread of its own; null when a driver does not answer.</summary>
    public static IReadOnlyList<SeenLimiter>? InTime(AgentOptions options, PatientFiles files)
    {
        IReadOnlyList<SeenLimiter>? found = null;
        var look = new LookThread("limiters", () => found = files.Look(options.HostRoot, root => All(options, root)));
        _ = look.TryClaim();
        look.Go();
        var isDone = look.End(Longest);
        look.Leave();
        if (look.TakeFailure() is { } failure)
            ExceptionDispatchInfo.Throw(failure);
        return isDone ? found : null;
    }

    /// <summary>Everything that a machine has. Reads only, and as patiently as its files.</summary>
    public static IReadOnlyList<SeenLimiter> All(AgentOptions options, HostRoot root)
    {
        var found = new List<SeenLimiter>();
        foreach (var limiter in LimiterCatalog.Discover(root, new ReadFiles(root)))
            found.Add(new SeenLimiter(limiter.Info, limiter.Read(), options.Allows(limiter.Info.Family, limiter.Info.Kind == LimiterKind.Watts)));
        return found;
    }

    public static string Text(Limit limit)
    {
        if (limit.Power is { } power)
            return string.Create(CultureInfo.InvariantCulture, $"{power.Watts:0.0##} W");
        return limit.Frequency is { } clock ? string.Create(CultureInfo.InvariantCulture, $"{clock.Kilohertz / 1000.0:0} MHz") : "none";
    }

    public string Range => $"{Text(Reading.Least)} to {Text(Reading.Most)}";

    public string StateWord => Reading.State.ToString().ToLowerInvariant();

    /// <summary>Control files that are read the way the machine's other files are.</summary>
    private sealed class ReadFiles(HostRoot root) : IControlFiles
    {
        private readonly PosixControlFiles _control = new(root);

        public int Read(PseudoPath path, Span<byte> buffer) => root.Files.Read(path, buffer);

        public IReadOnlyList<string> List(string path, out int errno) => root.Files.List(path, out errno);

        public string? Resolve(string path) => root.Files.Resolve(path);

        public int Probe(PseudoPath path) => _control.Probe(path);

        public int Write(PseudoPath path, ReadOnlySpan<byte> text) => -Errno.ReadOnlyFileSystem;
    }
}

/// <summary><c>limiters</c>: what could hold this machine down, and what it holds now. Writes nothing.</summary>
internal static class LimitersCommand
{
    public const string Schema = "homelab.limiters/v1";

    public static int Run(CommandLine line, AgentOptions options, Composition parts, Terminal terminal)
    {
        if (parts.Limiters() is not { } limiters)
        {
            terminal.Error.WriteLine("homelab-agent: a driver does not answer; 'homelab-agent doctor' names the card, and so may: dmesg | tail");
            return ExitCode.Failure;
        }
        terminal.Out.Write(line.Options.GetValueOrDefault("output") == "json"
            ? Encoding.UTF8.GetString(Json(options.Node.Value, limiters).Span)
            : Table(limiters, options.Enforces, terminal));
        return ExitCode.Ok;
    }

    internal static string Table(IReadOnlyList<SeenLimiter> limiters, bool isEnforcing, Terminal terminal)
    {
        var text = new StringBuilder();
        text.Append(terminal.Bold($"{"NAME",-28} {"FAMILY",-11} {"KIND",-10} {"EFFECTIVE",-12} {"RANGE",-24} {"ALLOWED",-8} STATE")).Append('\n');
        foreach (var limiter in limiters)
        {
            var (info, reading) = (limiter.Info, limiter.Reading);
            text.Append(CultureInfo.InvariantCulture,
                $"{info.Name,-28} {info.Family,-11} {(limiter.TakesWatts ? "watts" : "frequency"),-10} {SeenLimiter.Text(reading.Effective),-12} {limiter.Range,-24} {(limiter.IsAllowed ? "yes" : "no"),-8} {limiter.StateWord}\n");
            if (reading.Detail.Length > 0)
                text.Append("    ").Append(terminal.Warning(reading.Detail)).Append('\n');
        }
        if (limiters.Count == 0)
            text.Append("no limiters found here: this machine can be watched, not capped\n");
        else if (!isEnforcing)
            text.Append(terminal.Dim("enforcement is off; 'enforce: { enabled: true }' in the configuration lets the agent hold caps\n"));
        return text.ToString();
    }

    /// <summary>Base units: microwatts and kilohertz; null for what has no value.</summary>
    internal static ReadOnlyMemory<byte> Json(string node, IReadOnlyList<SeenLimiter> limiters)
    {
        var buffer = new ArrayBufferWriter<byte>();
        using (var json = new Utf8JsonWriter(buffer, new JsonWriterOptions { Indented = true, Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping }))
        {
            json.WriteStartObject();
            json.WriteString("schema", Schema);
            json.WriteString("node", node);
            json.WriteStartArray("limiters");
            foreach (var limiter in limiters)
                Write(json, limiter);
            json.WriteEndArray();
            json.WriteEndObject();
        }
        buffer.Write("\n"u8);
        return buffer.WrittenMemory;
    }

    private static void Write(Utf8JsonWriter json, SeenLimiter limiter)
    {
        json.WriteStartObject();
        json.WriteString("name", limiter.Info.Name);
        json.WriteString("family", limiter.Info.Family);
        json.WriteString("kind", limiter.TakesWatts ? "watts" : "frequency");
        json.WriteString("domain", limiter.Info.Domain.ToString().ToLowerInvariant());
        json.WriteString("unit", limiter.TakesWatts ? "µW" : "kHz");
        WriteLimit(json, "effective", limiter.Reading.Effective);
        WriteLimit(json, "least", limiter.Reading.Least);
        WriteLimit(json, "most", limiter.Reading.Most);
        json.WriteBoolean("allowed", limiter.IsAllowed);
        json.WriteString("state", limiter.StateWord);
        json.WriteString("detail", limiter.Reading.Detail);
        json.WriteEndObject();
    }

    private static void WriteLimit(Utf8JsonWriter json, string name, Limit limit)
    {
        if ((limit.Power?.Microwatts ?? limit.Frequency?.Kilohertz) is { } value)
            json.WriteNumber(name, value);
        else
            json.WriteNull(name);
    }
}
