using Homelab.Aggregator.Fleet;
using Homelab.Units;

namespace Homelab.Aggregator.Prometheus;

/// <summary>The errors of one NVIDIA GPU by their number: its agent tells each kind as a pair of sensors, <c>xid1</c> (which) and <c>xid1_errors</c> (how many).</summary>
internal static class XidKinds
{
    private const string Ending = "_errors";

    /// <summary>Each kind that was seen and its errors, and last <c>other</c> with what the kinds leave of the total: all errors of an agent that does not tell them apart.</summary>
    /// <param name="total">Index of the GPU's sensor of all errors; its reading is usable.</param>
    public static IEnumerable<(string Xid, double Errors)> Of(NodeIdentity identity, IReadOnlyList<SensorReading> readings, int total)
    {
        var rest = readings[total].Usable ?? 0;
        for (var i = 0; i < readings.Count; i++)
        {
            if (!IsKind(identity.Sensors[i], identity.Sensors[total].Device) || readings[i].Usable is not > 0 || Code(identity, readings, i) is not { } code)
                continue;
            rest -= readings[i].Usable!.Value;
            yield return (code, readings[i].Usable!.Value / 1e6);
        }
        yield return ("other", Math.Max(0, rest) / 1e6);
    }

    private static bool IsKind(FleetSensor sensor, string device) => sensor is { Source: "nvidia", Quantity: Quantity.Count }
        && sensor.Device == device && sensor.Name.StartsWith("xid", StringComparison.Ordinal) && sensor.Name.EndsWith(Ending, StringComparison.Ordinal) && sensor.Name != "xid" + Ending;

    /// <summary>Null while its pair says nothing.</summary>
    private static string? Code(NodeIdentity identity, IReadOnlyList<SensorReading> readings, int kind)
    {
        var (device, name) = (identity.Sensors[kind].Device, identity.Sensors[kind].Name[..^Ending.Length]);
        for (var i = 0; i < readings.Count; i++)
        {
            if (identity.Sensors[i] is { Source: "nvidia" } sensor && sensor.Device == device && sensor.Name == name)
                return readings[i].Usable is { } micros ? (micros / 1_000_000).ToString(System.Globalization.CultureInfo.InvariantCulture) : null;
        }
        return null;
    }
}
