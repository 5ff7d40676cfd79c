namespace Homelab.Aggregator.Prometheus;

/// <summary>The two text formats a scraper may ask for.</summary>
internal enum ExpositionFormat
{
    /// <summary>Prometheus text 0.0.4.</summary>
    Text = 1,

    /// <summary>OpenMetrics 1.0.0.</summary>
    OpenMetrics = 2,
}

/// <summary>Chooses the format by the <c>Accept</c> header (RFC 9110 §12.5.1).</summary>
internal static class ExpositionNegotiation
{
    public const string TextType = "text/plain; version=0.0.4; charset=utf-8";
    public const string OpenMetricsType = "application/openmetrics-text; version=1.0.0; charset=utf-8";

    /// <summary>OpenMetrics only when the header names it with a weight above zero that no weight of <c>text/plain</c> exceeds;
    /// everything else, a missing or unreadable header too, gets the older text.</summary>
    public static ExpositionFormat Choose(string? accept)
    {
        double openMetrics = 0, text = 0;
        foreach (var range in (accept ?? "").Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries))
        {
            var parts = range.Split(';', StringSplitOptions.TrimEntries);
            if (parts[0].Equals("application/openmetrics-text", StringComparison.OrdinalIgnoreCase) && IsVersionOne(parts))
                openMetrics = Math.Max(openMetrics, Weight(parts));
            else if (parts[0] is "text/plain" or "text/*" or "*/*")
                text = Math.Max(text, Weight(parts));
        }
        return openMetrics > 0 && openMetrics >= text ? ExpositionFormat.OpenMetrics : ExpositionFormat.Text;
    }

    private static bool IsVersionOne(string[] parts) =>
        Array.Find(parts, part => part.StartsWith("version=", StringComparison.OrdinalIgnoreCase)) is not { } version
        || version[8..].Trim('"') is "1.0.0" or "0.0.1";

    private static double Weight(string[] parts)
    {
        var weight = Array.Find(parts, part => part.StartsWith("q=", StringComparison.OrdinalIgnoreCase));
        if (weight is null)
            return 1;
        return double.TryParse(weight.AsSpan(2), System.Globalization.CultureInfo.InvariantCulture, out var q) && q is >= 0 and <= 1 ? q : 0;
    }
}
