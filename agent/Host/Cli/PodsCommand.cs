using System.Buffers;
using System.Globalization;
using System.Text;
using System.Text.Json;
using Homelab.NodeAgent.Configuration;
using Homelab.NodeAgent.Sampling;
using Homelab.Units;

namespace Homelab.NodeAgent.Cli;

/// <summary><c>pods</c>: who used the node's energy while one looked, whether <c>attribution.enabled</c> or not.</summary>
internal static class PodsCommand
{
    public const string Schema = "homelab.pods/v1";

    private const int MostRows = 20;
    private const int PodWidth = 44;
    private static readonly TimeSpan Pace = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan Default = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan Longest = TimeSpan.FromHours(1);

    public static async Task<int> RunAsync(CommandLine line, string node, Composition parts, Terminal terminal, TimeProvider time, CancellationToken cancellation)
    {
        var text = line.Options.GetValueOrDefault("for");
        if ((text is null ? Default : Words.Duration(text, Pace, Longest)) is not { } span)
        {
            terminal.Error.WriteLine($"error: --for: '{text}' is not a duration from 1s to 1h, like 10s");
            return ExitCode.Usage;
        }
        using var sampler = parts.Sampler(rawCounters: true, parts.Calibration().Desk, attributes: true);
        try
        {
            var sample = await sampler.PassAsync().ConfigureAwait(false);
            for (var left = span; left > TimeSpan.Zero; left -= Pace)
            {
                await Task.Delay(left < Pace ? left : Pace, time, cancellation).ConfigureAwait(false);
                sample = await sampler.PassAsync().ConfigureAwait(false);
            }
            var isJson = line.Options.GetValueOrDefault("output") == "json";
            terminal.Out.Write(isJson ? Json(node, sample) : Table(node, sample, terminal));
            terminal.Out.Flush();
            return ExitCode.Ok;
        }
        catch (OperationCanceledException)
        {
            return ExitCode.Interrupted;
        }
    }

    /// <summary>Those that used most first; the rest in one row, so that the rows sum to the node.</summary>
    public static string Table(string node, NodeSample sample, Terminal terminal)
    {
        var split = sample.Split ?? SplitState.Empty;
        var hasCards = HasCards(split);
        var text = new StringBuilder();
        text.Append(terminal.Bold(node)).Append('\n').Append(SensorsTable.PowerLine(sample.Power, terminal)).Append("\n\n");
        text.Append(terminal.Dim($"{"POD",-44} {"CONTAINER",-14}{"ENERGY",12}{"SHARE",8}{"NOW",10}{(hasCards ? "GPU" : ""),12}".TrimEnd())).Append('\n');
        var rest = Energy.Zero;
        var rows = 0;
        foreach (var share in Ordered(split))
        {
            if (rows++ < MostRows && share.Energy > Energy.Zero)
                Row(text, Pod(share), share.Name, share.Energy, split, share.Power, share.Cards);
            else
                rest += share.Energy;
        }
        if (rest > Energy.Zero)
            Row(text, "others", "", rest, split, null);
        Row(text, "ended", "", split.Ended, split, null);
        Row(text, "system", "", split.System - split.CardsRest, split, null);
        if (hasCards)
            Row(text, "gpu, no container", "", split.CardsRest, split, null, split.CardsRest);
        Row(text, "idle", "", split.Idle, split, null);
        Row(text, "node", "", split.Whole, split, null);
        if (split.IsEven)
            text.Append("\na GPU's driver tells only which processes run (MIG, or an old driver): its part is an even one\n");
        if (split.Containers.Length == 0)
            text.Append("\nno containers found here; 'homelab-agent doctor' says why\n");
        return text.ToString();
    }

    /// <summary>Namespace and name, else the UID; cut where it is too long for its column.</summary>
    private static string Pod(ContainerShare share)
    {
        var text = share.PodName.Length > 0 ? share.PodName : Uid(share) is { Length: > 0 } uid ? uid : "–";
        return text.Length > PodWidth ? text[..(PodWidth - 1)] + "…" : text;
    }

    private static string Uid(ContainerShare share) => share.Device.StartsWith("pod:", StringComparison.Ordinal) ? share.Device[4..] : "";

    private static bool HasCards(SplitState split)
    {
        foreach (var share in split.Containers)
        {
            if (share.Cards > Energy.Zero)
                return true;
        }
        return split.CardsRest > Energy.Zero;
    }

    private static List<ContainerShare> Ordered(SplitState split)
    {
        var shares = new List<ContainerShare>(split.Containers);
        shares.Sort(static (left, right) => right.Energy.CompareTo(left.Energy) is not 0 and var order ? order
            : string.CompareOrdinal(left.Device + left.Name, right.Device + right.Name));
        return shares;
    }

    private static void Row(StringBuilder text, string pod, string container, Energy energy, SplitState split, Power? now, Energy cards = default)
    {
        var share = split.Whole > Energy.Zero ? energy.Joules / split.Whole.Joules * 100 : 0;
        text.Append(CultureInfo.InvariantCulture, $"{pod,-44} {container,-14}{energy.Joules,10:0.00} J{share,6:0.0} %");
        if (now is { } power)
            text.Append(CultureInfo.InvariantCulture, $"{power.Watts,8:0.00} W");
        if (cards > Energy.Zero)
            text.Append(' ', now is null ? 10 : 0).Append(CultureInfo.InvariantCulture, $"{cards.Joules,10:0.00} J");
        text.Append('\n');
    }

    private static string Json(string node, NodeSample sample)
    {
        var split = sample.Split ?? SplitState.Empty;
        var buffer = new ArrayBufferWriter<byte>();
        using (var json = new Utf8JsonWriter(buffer, new JsonWriterOptions { Indented = true }))
        {
            json.WriteStartObject();
            json.WriteString("schema", Schema);
            json.WriteString("node", node);
            json.WriteNumber("energyMicrojoules", split.Whole.Microjoules);
            json.WriteNumber("idleMicrojoules", split.Idle.Microjoules);
            json.WriteNumber("systemMicrojoules", split.System.Microjoules);
            json.WriteNumber("systemGpuMicrojoules", split.CardsRest.Microjoules);
            json.WriteBoolean("gpuEvenly", split.IsEven);
            json.WriteNumber("endedMicrojoules", split.Ended.Microjoules);
            json.WriteStartArray("containers");
            foreach (var share in Ordered(split))
            {
                json.WriteStartObject();
                var slash = share.PodName.IndexOf('/', StringComparison.Ordinal);
                json.WriteString("pod", Uid(share));
                json.WriteString("namespace", slash < 0 ? "" : share.PodName[..slash]);
                json.WriteString("name", share.PodName[(slash + 1)..]);
                json.WriteString("container", share.Name);
                json.WriteNumber("microjoules", share.Energy.Microjoules);
                json.WriteNumber("gpuMicrojoules", share.Cards.Microjoules);
                json.WriteNumber("watts", share.Power.Watts);
                json.WriteEndObject();
            }
            json.WriteEndArray();
            json.WriteEndObject();
        }
        buffer.Write("\n"u8);
        return Encoding.UTF8.GetString(buffer.WrittenSpan);
    }
}
