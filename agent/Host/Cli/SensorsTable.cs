using System.Globalization;
using System.Text;
using Homelab.NodeAgent.Sampling;
using Homelab.NodeAgent.Sensors;
using Homelab.Units;

namespace Homelab.NodeAgent.Cli;

/// <summary>A sample as a table grouped by device, in the manner of lm-sensors.</summary>
internal static class SensorsTable
{
    private const int LabelWidth = 26;
    private const int ValueWidth = 14;

    public static string Render(string node, NodeSample sample, Terminal terminal)
    {
        var text = new StringBuilder();
        text.Append(terminal.Bold(node)).Append('\n');
        var previous = "";
        for (var i = 0; i < sample.Readings.Length; i++)
        {
            var sensor = sample.Inventory.Sensors[i];
            var device = sensor.Source + "\0" + sensor.Device;
            if (device != previous)
                text.Append('\n').Append(terminal.Bold(sensor.Device)).Append("  ").Append(terminal.Dim(sensor.Chip.Length > 0 ? sensor.Source + "  " + sensor.Chip : sensor.Source)).Append('\n');
            previous = device;
            AppendRow(text, sensor, sample.Readings[i], terminal);
        }
        if (sample.Readings.Length == 0)
            text.Append("\nno sensors found here; 'homelab-agent doctor' says why\n");
        text.Append('\n').Append(PowerLine(sample.Power, terminal)).Append('\n');
        foreach (var state in sample.Throttles)
        {
            if (state.Now == true || state.SinceBoot == true)
                text.Append(ThrottleLine(state, terminal)).Append('\n');
        }
        return text.ToString();
    }

    /// <summary>The node's figure with everything that qualifies it, on one line.</summary>
    public static string PowerLine(NodePower power, Terminal terminal)
    {
        if (power.Watts is not { } watts)
            return $"{"node power",-LabelWidth}{"unknown",ValueWidth}  {terminal.Dim("needs two passes, or a source: see 'homelab-agent doctor'")}";
        var percent = string.Create(CultureInfo.InvariantCulture, $"±{power.Uncertainty * 100:0} %");
        var value = ValueText.Of(Quantity.Power, watts.Microwatts);
        return $"{"node power",-LabelWidth}{terminal.Bold(value.PadLeft(ValueWidth))}  {power.Provenance.Word()} {percent} ({power.Source}, {power.Scope.Word()})";
    }

    /// <summary>A cause that holds now or held since boot, and for how long this process has seen it hold.</summary>
    public static string ThrottleLine(ThrottleState state, Terminal terminal)
    {
        var when = state.Now switch
        {
            true => terminal.Bad("now"),
            false => "held since boot",
            null => "held since boot; can not be told now",
        };
        var time = state.Held > TimeSpan.Zero ? string.Create(CultureInfo.InvariantCulture, $", {state.Held.TotalSeconds:0.#} s in this run") : "";
        return $"{"throttled",-LabelWidth}{state.Cause.Word(),ValueWidth}  {when}{time}";
    }

    private static void AppendRow(StringBuilder text, SensorInfo sensor, Reading reading, Terminal terminal)
    {
        var name = sensor.Label.Length > 0 && sensor.Label != sensor.Name ? $"{sensor.Label} ({sensor.Name})" : sensor.Name;
        var value = reading.Micros is { } micros ? ValueText.Of(sensor.Quantity, micros) : "n/a";
        text.Append("  ").Append(name.PadRight(LabelWidth)).Append(' ').Append(value.PadLeft(ValueWidth - 3));
        if (sensor.Shape == SensorShape.Limit)
            text.Append("  ").Append(terminal.Dim("limit"));
        if (reading.Quality != Quality.Ok)
            text.Append("  ").Append(Note(reading, terminal));
        text.Append('\n');
    }

    private static string Note(Reading reading, Terminal terminal)
    {
        var note = reading.Detail is { } detail ? $"{reading.Quality.Word()}: {detail}" : reading.Quality.Word();
        return reading.Quality switch
        {
            Quality.Fault or Quality.Denied => terminal.Bad(note),
            Quality.Stale or Quality.Implausible => terminal.Warning(note),
            _ => terminal.Dim(note),
        };
    }
}
