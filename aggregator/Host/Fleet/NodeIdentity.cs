using System.Collections.Immutable;
using Homelab.Units;

namespace Homelab.Aggregator.Fleet;

/// <summary>Who speaks for a node and with what inventory, from one Hello.</summary>
/// <param name="AgentVersion">Empty when unknown.</param>
/// <param name="Peer">Address of the agent's end of the stream, for people.</param>
/// <param name="Inventory">Number of this inventory; a report counts its sensors by the inventory it names.</param>
internal sealed record NodeIdentity(
    NodeName Name, AgentInstance Instance, string AgentVersion, MachineFacts Machine, string Peer,
    uint Inventory, ImmutableArray<FleetSensor> Sensors)
{
    /// <summary>Time between two samples of the agent; zero when it did not say. Reports come no faster, so silence is judged by it.</summary>
    public TimeSpan SampleInterval { get; init; }

    /// <summary>When the certificate that the agent showed ends; null where it showed none.</summary>
    public DateTimeOffset? CertificateExpiry { get; init; }

    /// <summary>Names of what can hold the node down, in the order that answers to grants count by.</summary>
    public ImmutableArray<string> Limiters { get; init; } = [];

    /// <summary>Index of the sensor that says what share of the processors' time is used; -1 where there is none.</summary>
    public int UseSensor { get; } = Find(Sensors, static sensor => sensor is { Source: "cpu", Name: "utilization", Quantity: Quantity.Ratio });

    /// <summary>Index of the sensor that says whether the machine runs from what is stored; -1 where there is none.</summary>
    public int SupplySensor { get; } = Find(Sensors, static sensor => sensor is { Source: "power_supply", Device: "node", Name: "on_battery", Quantity: Quantity.State });

    /// <summary>The longest that a healthy agent may be silent between two reports.</summary>
    public TimeSpan Pace(TimeSpan reportInterval) => SampleInterval > reportInterval ? SampleInterval : reportInterval;

    private static int Find(ImmutableArray<FleetSensor> sensors, Func<FleetSensor, bool> isWanted)
    {
        for (var i = 0; !sensors.IsDefault && i < sensors.Length; i++)
        {
            if (isWanted(sensors[i]))
                return i;
        }
        return -1;
    }
}
