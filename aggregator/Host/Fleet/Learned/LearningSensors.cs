using System.Collections.Immutable;
using Homelab.Units;

namespace Homelab.Aggregator.Fleet.Learned;

/// <summary>Which sensors of one inventory something is learned from, by index.</summary>
internal sealed class LearningSensors
{
    public static readonly LearningSensors None = new([]);

    public LearningSensors(ImmutableArray<FleetSensor> sensors)
    {
        All = sensors;
        Ambient = Indices(AmbientPick.IsAmbient);
        Packages = Indices(IsPackage);
        Busy = Indices(static sensor => sensor is { Source: "cpu", Name: "busy", Quantity: Quantity.Duration, Shape: SensorShape.Counter });
    }

    public ImmutableArray<FleetSensor> All { get; }

    public ImmutableArray<int> Ambient { get; }

    /// <summary>Energy of each processor package, once: what comes by memory-mapped registers is a copy.</summary>
    public ImmutableArray<int> Packages { get; }

    /// <summary>Processor time in use; at most one.</summary>
    public ImmutableArray<int> Busy { get; }

    private static bool IsPackage(FleetSensor sensor) =>
        sensor is { Source: "powercap" or "perf", Quantity: Quantity.Energy, Shape: SensorShape.Counter }
        && sensor.Label.StartsWith("package", StringComparison.Ordinal) && !sensor.Device.Contains("mmio", StringComparison.Ordinal);

    private ImmutableArray<int> Indices(Func<FleetSensor, bool> isWanted) => [.. Enumerable.Range(0, All.Length).Where(index => isWanted(All[index]))];
}
