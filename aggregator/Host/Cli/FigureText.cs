using System.Globalization;

namespace Homelab.Aggregator.Cli;

/// <summary>Figures as people read them. Absent is a dash, never a zero.</summary>
internal static class FigureText
{
    public const string Absent = "–";

    public static string Watts(double? watts) => watts is { } value ? Fixed(value, Math.Abs(value) < 1000 ? "0.0" : "0") + " W" : Absent;

    /// <summary>A setting, without decimals that nobody wrote.</summary>
    public static string Setting(double watts) => Fixed(watts, "0.###") + " W";

    public static string Percent(double? ratio) => ratio is { } value ? Fixed(value * 100, "0") + "%" : Absent;

    public static string Celsius(double? celsius) => celsius is { } value ? Fixed(value, "0") + "°C" : Absent;

    public static string Energy(double? joules) => joules switch
    {
        null => Absent,
        < 3600 => Fixed(joules.Value, "0") + " J",
        < 3.6e6 => Fixed(joules.Value / 3600, "0.0") + " Wh",
        _ => Fixed(joules.Value / 3.6e6, "0.00") + " kWh",
    };

    private static string Fixed(double value, string format) => value.ToString(format, CultureInfo.InvariantCulture);
}
