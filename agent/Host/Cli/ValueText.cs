using System.Globalization;
using Homelab.Units;

namespace Homelab.NodeAgent.Cli;

/// <summary>Readings as people read them. JSON and the wire have base units; this is for tables only.</summary>
internal static class ValueText
{
    public static string Of(Quantity quantity, long micros)
    {
        var value = micros / 1e6;
        return quantity switch
        {
            Quantity.Power => Text($"{value:0.00} W"),
            Quantity.Energy => Text($"{value:0.0} J"),
            Quantity.Temperature => Text($"{value:0.0} °C"),
            Quantity.Voltage => Text($"{value:0.000} V"),
            Quantity.Current => Text($"{value:0.000} A"),
            Quantity.Frequency => value >= 1e9 ? Text($"{value / 1e9:0.00} GHz") : Text($"{value / 1e6:0} MHz"),
            Quantity.RotationSpeed => Text($"{value:0} rpm"),
            Quantity.Ratio => Text($"{value * 100:0.0} %"),
            Quantity.Duration => Text($"{value:0.0} s"),
            Quantity.Information => Text($"{value / (1L << 20):0.0} MiB"),
            Quantity.State => micros == 0 ? "no" : "yes",
            _ => Text($"{value:0.###}"),
        };
    }

    private static string Text(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
