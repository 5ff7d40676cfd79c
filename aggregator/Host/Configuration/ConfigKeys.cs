using System.Collections.Immutable;
using System.Globalization;
using Homelab.Units;

namespace Homelab.Aggregator.Configuration;

/// <summary>One setting: its name, its meaning, and how it enters the options.</summary>
/// <param name="Default">As it would be written in the file.</param>
/// <param name="Fix">What a right value looks like, for error messages.</param>
/// <param name="Apply">The options with the value in; null when the value can not be understood.</param>
internal sealed record ConfigKey(
    string Name, string Default, string Meaning, string Fix, Func<AggregatorOptions, ImmutableArray<string>, AggregatorOptions?> Apply);

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
        new("allowedHosts", "", "Names, besides this machine's own, that a browser may call the page by", "Write a list of host names, e.g. [hub.lan]",
            (options, items) => items.All(IsHostName) ? options with { AllowedHosts = [.. items.Select(item => item.ToLowerInvariant())] } : null),
        One("storage.path", "/var/lib/homelab", "Folder of durable state", "Write an absolute folder",
            (options, text) => Path.IsPathRooted(text) ? options with { StoragePath = text } : null),
        One("budget.watts", "100", "What the fleet may draw", "Write watts above 0, e.g. 100",
            (options, text) => Number(text.EndsWith('W') ? text[..^1].TrimEnd() : text) is > 0 and < 1e6 and var watts ? options with { Budget = Power.FromWatts(watts) } : null),
        One("budget.mode", "observe", "What is done about it", "Write observe: caps are not enforced yet",
            (options, text) => text == "observe" ? options : null),
        One("budget.warnAt", "0.9", "Share of the budget from which the fleet is elevated", "Write a share between 0.05 and 1, e.g. 0.9",
            (options, text) => Number(text) is > 0.05 and < 1 and var ratio ? options with { WarnAt = ratio } : null),
        One("intervals.report", "1s", "How often agents report", "Write a duration from 100ms to 60s, e.g. 1s",
            (options, text) => Duration(text) is { TotalSeconds: >= 0.1 and <= 60 } interval ? options with { ReportInterval = interval } : null),
    ];

    public static ConfigKey? Find(string name) =>
        All.FirstOrDefault(key => key.Name.Equals(name, StringComparison.OrdinalIgnoreCase));

    private static ConfigKey One(string name, string fallback, string meaning, string fix, Func<AggregatorOptions, string, AggregatorOptions?> apply) =>
        new(name, fallback, meaning, fix, (options, items) => items is [var text] ? apply(options, text.Trim()) : null);

    private static double? Number(string text) =>
        double.TryParse(text, NumberStyles.AllowDecimalPoint | NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var number) ? number : null;

    private static TimeSpan? Duration(string text)
    {
        var (digits, scale) = text switch
        {
            _ when text.EndsWith("ms", StringComparison.Ordinal) => (text[..^2], 1.0),
            _ when text.EndsWith('s') => (text[..^1], 1000.0),
            _ when text.EndsWith('m') => (text[..^1], 60_000.0),
            _ => ("", 1.0),
        };
        return Number(digits) is >= 0 and < 1e9 and var number ? TimeSpan.FromMilliseconds(number * scale) : null;
    }

    private static bool IsHostName(string text) => Uri.CheckHostName(text) != UriHostNameType.Unknown;
}
