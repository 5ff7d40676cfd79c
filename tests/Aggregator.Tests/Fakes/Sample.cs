using System.Collections.Immutable;
using Homelab.Aggregator.Budgeting;
using Homelab.Aggregator.Fleet;
using Homelab.TestKit;
using Homelab.Units;

namespace Homelab.Aggregator.Tests.Fakes;

/// <summary>Small builders of fleet input; every value can be overridden where a test cares.</summary>
internal static class Sample
{
    public static readonly FleetRules Rules = new(new BudgetPolicy(Power.FromWatts(100)), TimeSpan.FromSeconds(1));

    public static readonly MachineFacts Machine =
        new("b00t", "amd64", "UM890 Pro", "AMD Ryzen 9 8945HS", "6.11.0", "Ubuntu 24.04", 16, 32L << 30, false);

    /// <summary>Starts at the moment that the goldens name.</summary>
    public static ManualClock Clock() => new(new DateTimeOffset(2026, 11, 21, 10, 0, 0, TimeSpan.Zero));

    public static NodeName Node(string name = "um890") => NodeName.Parse(name);

    public static AgentInstance Instance(byte number = 1) => new(number);

    public static FleetSensor Sensor(
        string source, string device, string name, Quantity quantity, SensorShape shape = SensorShape.Gauge, string label = "", string path = "") =>
        new(source, device, name, label, quantity, shape, path);

    public static NodeIdentity Identity(string node = "um890", byte instance = 1, uint inventory = 1, params FleetSensor[] sensors) =>
        new(Node(node), Instance(instance), "0.1.0", Machine with { BootId = "b00t-" + node }, $"10.0.0.{instance}:5000", inventory, [.. sensors]);

    public static SensorReading Ok(double value) => new(Quality.Ok, (long)Math.Round(value * 1e6), "");

    public static NodeReport Report(
        double? watts = 40, double joules = 0, ulong sequence = 1, uint inventory = 1, double uncertainty = 0.1,
        (int, SensorReading)[]? readings = null, SourceReport[]? sources = null, DateTimeOffset? agentTime = null, TimeSpan monotonic = default, AgentCost? cost = null) =>
        new(sequence, agentTime, monotonic, inventory, [.. readings ?? []],
            watts is { } known ? new NodePower(Power.FromWatts(known), Provenance.Measured, "rapl-package", PowerScope.Package, uncertainty) : NodePower.None,
            Energy.FromJoules(joules), [.. sources ?? []], cost);

    public static ImmutableArray<FleetSensor> Inventory(params FleetSensor[] sensors) => [.. sensors];
}
