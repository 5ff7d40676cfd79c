using System.Globalization;
using System.Net;
using Homelab.Units;
using Microsoft.Extensions.Logging;

namespace Homelab.NodeAgent.Configuration;

/// <summary>Text to value and back, for the kinds of values that settings have. A null result: not such a value.</summary>
internal static class Words
{
    private static readonly (string Suffix, double Seconds)[] TimeUnits =
        [("ms", 1e-3), ("s", 1), ("m", 60), ("h", 3600), ("d", 86400)];

    /// <summary><c>500ms</c>, <c>1s</c>, <c>1.5s</c>, <c>2m</c>, <c>1h</c>; a number alone has no unit and is refused.</summary>
    public static TimeSpan? Duration(string text, TimeSpan least, TimeSpan most)
    {
        foreach (var (suffix, seconds) in TimeUnits)
        {
            if (!text.EndsWith(suffix, StringComparison.Ordinal))
                continue;
            var digits = text.AsSpan(0, text.Length - suffix.Length).Trim();
            if (!double.TryParse(digits, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var number))
                continue;
            var total = number * seconds;
            return total >= least.TotalSeconds && total <= most.TotalSeconds ? TimeSpan.FromSeconds(total) : null;
        }
        return null;
    }

    /// <summary>The shortest exact form that <see cref="Duration"/> reads back.</summary>
    public static string Of(TimeSpan duration) => duration.TotalSeconds >= 1
        ? string.Create(CultureInfo.InvariantCulture, $"{duration.TotalSeconds:0.###}s")
        : string.Create(CultureInfo.InvariantCulture, $"{duration.TotalMilliseconds:0.###}ms");

    /// <summary><c>6</c>, <c>6.5</c>, <c>6.5W</c>, <c>1.2kW</c>; above zero and at most 100 kW.</summary>
    public static Power? Watts(string text)
    {
        var body = text.AsSpan().Trim();
        var scale = body.EndsWith("kW", StringComparison.Ordinal) ? 1000 : 1;
        var unit = scale > 1 ? 2 : body.EndsWith("W", StringComparison.Ordinal) ? 1 : 0;
        return double.TryParse(body[..^unit].Trim(), NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var number)
            && number * scale is > 0 and <= 100_000
                ? Power.FromWatts(number * scale)
                : null;
    }

    /// <summary>As <see cref="Watts"/> reads it; empty for null.</summary>
    public static string Of(Power? power) => power?.ToString().Replace(" ", "", StringComparison.Ordinal) ?? "";

    /// <summary>The words by which limiters are allowed.</summary>
    public static readonly IReadOnlyList<string> Families = ["rapl", "acpi-meter", "cpufreq", "nvml", "amdgpu", "xe", "i915", "devfreq"];

    /// <summary><c>rapl, cpufreq</c>, brackets and quotes allowed; null when one is not a family.</summary>
    public static IReadOnlyList<string>? FamilyList(string text)
    {
        var names = text.Split([',', ' ', '[', ']', '"', '\''], StringSplitOptions.RemoveEmptyEntries);
        foreach (var name in names)
        {
            if (!Families.Contains(name))
                return null;
        }
        return names.Length > 0 ? names : null;
    }

    public static StopAction? Stop(string text) => text.ToLowerInvariant() switch
    {
        "restore" => StopAction.Restore,
        "keep" => StopAction.Keep,
        _ => null,
    };

    public static bool? Flag(string text) => text.ToLowerInvariant() switch
    {
        "true" or "yes" or "on" or "1" => true,
        "false" or "no" or "off" or "0" => false,
        _ => null,
    };

    public static CollectorSwitch? Switch(string text) => text.ToLowerInvariant() switch
    {
        "auto" => CollectorSwitch.Auto,
        "on" or "true" or "yes" => CollectorSwitch.On,
        "off" or "false" or "no" => CollectorSwitch.Off,
        _ => null,
    };

    public static string Of(CollectorSwitch value) => value switch
    {
        CollectorSwitch.On => "on",
        CollectorSwitch.Off => "off",
        _ => "auto",
    };

    public static LogLevel? Level(string text) => text.ToLowerInvariant() switch
    {
        "debug" => LogLevel.Debug,
        "info" => LogLevel.Information,
        "warning" or "warn" => LogLevel.Warning,
        "error" => LogLevel.Error,
        _ => null,
    };

    public static string Of(LogLevel level) => level switch
    {
        LogLevel.Debug => "debug",
        LogLevel.Warning => "warning",
        LogLevel.Error => "error",
        _ => "info",
    };

    /// <summary>The most addresses that a machine is told by.</summary>
    public const int MostAddresses = 16;

    /// <summary>IP addresses with commas or spaces between; null when one is none, or can be no machine's own.</summary>
    public static IReadOnlyList<string>? Addresses(string text)
    {
        var found = new List<string>();
        foreach (var part in text.Split([',', ' ', '[', ']', '"', '\''], StringSplitOptions.RemoveEmptyEntries))
        {
            if (!IPAddress.TryParse(part, out var address) || !IsOfAMachine(address) || found.Count == MostAddresses)
                return null;
            found.Add(address.ToString());
        }
        return found.Count > 0 ? found : null;
    }

    /// <summary>Neither loopback nor link-local, multicast or unspecified: those are the same on every machine.</summary>
    public static bool IsOfAMachine(IPAddress address)
    {
        var bytes = address.GetAddressBytes();
        return bytes.Length == 4
            ? bytes is not ([0 or 127 or >= 224, ..] or [169, 254, ..])
            : !IPAddress.IsLoopback(address) && !address.Equals(IPAddress.IPv6Any) && !address.IsIPv6LinkLocal && !address.IsIPv6Multicast;
    }

    /// <summary>At most 8 of <see cref="Address"/>, with commas between; null when one is none, or is there twice.</summary>
    public static IReadOnlyList<Uri>? AddressList(string text)
    {
        var found = new List<Uri>();
        foreach (var part in text.Split([',', ' ', '"', '\''], StringSplitOptions.RemoveEmptyEntries))
        {
            if (Address(part) is not { } uri || found.Contains(uri) || found.Count == 8)
                return null;
            found.Add(uri);
        }
        return found.Count > 0 ? found : null;
    }

    /// <summary><c>http://host:port</c> or <c>https://host:port</c> without path, query or credentials.</summary>
    public static Uri? Address(string text) =>
        Uri.TryCreate(text, UriKind.Absolute, out var uri)
        && uri.Scheme is "http" or "https"
        && uri.Host.Length > 0
        && uri.UserInfo.Length == 0
        && uri.PathAndQuery == "/"
        && uri.Fragment.Length == 0
            ? uri
            : null;
}
