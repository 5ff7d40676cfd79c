using System.Collections.Immutable;
using System.Globalization;
using Homelab.Aggregator.Budgeting;
using Homelab.Units;

namespace Homelab.Aggregator.Configuration;

/// <summary>One setting: its name, its meaning, and how it enters the options.</summary>
/// <param name="Default">As it would be written in the file.</param>
/// <param name="Fix">What a right value looks like, for error messages.</param>
/// <param name="Apply">The options with the value in; null when the value can not be understood.</param>
internal sealed record ConfigKey(
    string Name, string Default, string Meaning, string Fix, Func<AggregatorOptions, ImmutableArray<string>, AggregatorOptions?> Apply)
{
    public bool IsList { get; init; }
}

/// <summary>Every setting, in the order that <c>config print</c> shows them.</summary>
internal static class ConfigKeys
{
    private const string AddressFix = "Write address:port, e.g. 127.0.0.1:8765, [::1]:8765, or :8765 for every address";

    public static readonly ImmutableArray<ConfigKey> All =
    [
        One("listen.http", "127.0.0.1:8765", "Page, API and metrics", AddressFix,
            (options, text) => ListenAddress.TryParse(text) is { } address ? options with { Http = address } : null),
        One("listen.grpc", "127.0.0.1:8766", "Agents", AddressFix,
            (options, text) => ListenAddress.TryParse(text) is { } address ? options with { Grpc = address } : null),
        One("listen.insecure", "false", "Allow plaintext beyond loopback", "Write true or false",
            (options, text) => text switch { "true" => options with { Insecure = true }, "false" => options with { Insecure = false }, _ => null }),
        One("tls.certificate", "", "PEM file of the server's certificate chain", "Write a file path",
            (options, text) => options with { TlsCertificate = text }),
        One("tls.key", "", "PEM file of the certificate's private key", "Write a file path",
            (options, text) => options with { TlsKey = text }),
        One("tls.clientCa", "", "PEM file of the authorities that sign agents' certificates", "Write a file path",
            (options, text) => options with { TlsClientCa = text }),
        Many("allowedHosts", "", "Names, besides this machine's own, that a browser may call the page by", "Write a list of host names, e.g. [hub.lan]",
            (options, items) => items.All(IsHostName) ? options with { AllowedHosts = [.. items.Select(item => item.ToLowerInvariant())] } : null),
        One("storage.path", "/var/lib/homelab", "Folder of durable state", "Write an absolute folder",
            (options, text) => Path.IsPathRooted(text) ? options with { StoragePath = text } : null),
        One("budget.watts", "100", "What the fleet may draw", "Write watts above 0, e.g. 100",
            (options, text) => Watts(text) is { } watts && watts > Power.Zero ? options with { Budget = watts } : null),
        One("budget.mode", "observe", "What is done about it: observe says, label tells the scheduler, cap holds the nodes to it", "Write observe, label or cap",
            (options, text) => Mode(text) is { } mode ? options with { Mode = mode } : null),
        One("budget.device", "energy", "What feeds the fleet; a ups or psu makes the budget hard, a breaker or an energy target bounded", "Write energy, breaker, psu or ups",
            (options, text) => Device(text) is { } device ? options with { Device = device } : null),
        One("budget.strictness", "device", "hard: never above; bounded: up to a tenth above for seconds; device: as budget.device says", "Write hard, bounded or device",
            (options, text) => IsStrictness(text, out var isHard) ? options with { IsHard = isHard } : null),
        One("budget.unmanaged", "0", "Watts that no agent reports: a switch, a BMC, disks", "Write watts, 0 or more, e.g. 6",
            (options, text) => Watts(text) is { } watts ? options with { Unmanaged = watts } : null),
        One("budget.onBattery.watts", "", "What the fleet may draw on battery; empty changes nothing", "Write watts above 0, e.g. 60",
            (options, text) => Watts(text) is { } watts && watts > Power.Zero ? options with { OnBattery = watts } : null),
        Many("budget.onBattery.nodes", "", "Nodes on the same UPS as the fleet: while one of them says that it runs from a battery, so does the fleet", "Write node names, e.g. [nas]",
            (options, items) => items.All(static item => NodeName.TryParse(item, out _)) ? options with { SupplyTellers = [.. items.Select(NodeName.Parse)] } : null),
        One("budget.agentRestartLimit", "60s", "How long a dead or frozen agent may stay so before its service manager restarts it; so long its watts stay reserved", "Write a duration from 5s to 1h, e.g. 60s",
            (options, text) => Duration(text) is { TotalSeconds: >= 5 and <= 3600 } limit ? options with { AgentRestartLimit = limit } : null),
        One("budget.warnAt", "0.9", "Share of the budget from which the fleet is elevated", "Write a share between 0.05 and 1, e.g. 0.9",
            (options, text) => Number(text) is > 0.05 and < 1 and var ratio ? options with { WarnAt = ratio } : null),
        One("api.tokenFile", "", "File with the bearer token that lets other machines give orders; empty: only this machine may", "Write an absolute file path",
            (options, text) => Path.IsPathRooted(text) ? options with { TokenFile = text } : null),
        One("intervals.report", "1s", "How often agents report", "Write a duration from 100ms to 60s, e.g. 1s",
            (options, text) => Duration(text) is { TotalSeconds: >= 0.1 and <= 60 } interval ? options with { ReportInterval = interval } : null),
        Many("prometheus.compatibility", "", "Other exporters' metrics beside ours on /metrics, for rules and dashboards that are already there: node_exporter is node_hwmon_* and node_rapl_*, dcgm is DCGM_FI_DEV_*", "Write a list of node_exporter and dcgm, e.g. [node_exporter]",
            (options, items) => options.Compatibility.Choose(items) is { } chosen ? options with { Compatibility = chosen } : null),
        One("prometheus.dcgmHostnameLabel", "hostname", "Label of the node's name on DCGM_FI_DEV_*: dcgm-exporter wrote Hostname until May 2026 and hostname since", "Write hostname or Hostname",
            (options, text) => text is "hostname" or "Hostname" ? options with { Compatibility = options.Compatibility with { DcgmHostnameLabel = text } } : null),
        .. KubernetesKeys.All,
    ];

    public static ConfigKey? Find(string name) =>
        All.FirstOrDefault(key => key.Name.Equals(name, StringComparison.OrdinalIgnoreCase));

    internal static ConfigKey One(string name, string fallback, string meaning, string fix, Func<AggregatorOptions, string, AggregatorOptions?> apply) =>
        new(name, fallback, meaning, fix, (options, items) => items is [var text] ? apply(options, text.Trim()) : null);

    /// <summary>A setting that is a list; a variable or flag writes it with commas.</summary>
    internal static ConfigKey Many(string name, string fallback, string meaning, string fix, Func<AggregatorOptions, ImmutableArray<string>, AggregatorOptions?> apply) =>
        new(name, fallback, meaning, fix, apply) { IsList = true };

    /// <summary>0 to a megawatt, with or without a W.</summary>
    internal static Power? Watts(string text) =>
        Number(text.EndsWith('W') ? text[..^1].TrimEnd() : text) is >= 0 and < 1e6 and var watts ? Power.FromWatts(watts) : null;

    internal static BudgetDevice? Device(string text) => text switch
    {
        "energy" => BudgetDevice.Energy,
        "breaker" => BudgetDevice.Breaker,
        "psu" => BudgetDevice.Psu,
        "ups" => BudgetDevice.Ups,
        _ => null,
    };

    internal static ControlMode? Mode(string text) => text switch
    {
        "observe" => ControlMode.Observe,
        "label" => ControlMode.Label,
        "cap" => ControlMode.Cap,
        _ => null,
    };

    internal static bool IsStrictness(string text, out bool? isHard)
    {
        isHard = text switch { "hard" => true, "bounded" => false, _ => null };
        return text is "hard" or "bounded" or "device";
    }

    internal static double? Number(string text) =>
        double.TryParse(text, NumberStyles.AllowDecimalPoint | NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var number) ? number : null;

    internal static TimeSpan? Duration(string text)
    {
        var (digits, scale) = text switch
        {
            _ when text.EndsWith("ms", StringComparison.Ordinal) => (text[..^2], 1.0),
            _ when text.EndsWith('s') => (text[..^1], 1000.0),
            _ when text.EndsWith('m') => (text[..^1], 60_000.0),
            _ when text.EndsWith('h') => (text[..^1], 3_600_000.0),
            _ when text.EndsWith('d') => (text[..^1], 86_400_000.0),
            _ => ("", 1.0),
        };
        return Number(digits) is >= 0 and < 1e9 and var number ? TimeSpan.FromMilliseconds(number * scale) : null;
    }

    private static bool IsHostName(string text) => Uri.CheckHostName(text) != UriHostNameType.Unknown;
}
