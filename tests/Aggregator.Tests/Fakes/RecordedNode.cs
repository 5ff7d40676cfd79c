using System.Text.Json;
using Homelab.Aggregator.Fleet;
using Homelab.Units;

namespace Homelab.Aggregator.Tests.Fakes;

/// <summary>A node whose agent reads a recorded host tree: the agent's own golden of that tree as inventory and report.</summary>
internal static class RecordedNode
{

    /// <summary>Their links go in circles, so nothing is searched below the first level.</summary>
    public static string[] Trees { get; } =
        [.. Directory.GetDirectories(Repository.PathOf("tests", "fixtures", "hosts")).Where(folder => File.Exists(Path.Combine(folder, "expected.json"))).Select(folder => Path.GetFileName(folder)).Order(StringComparer.Ordinal)];

    /// <summary>The golden of the recorded NVIDIA cards.</summary>
    public static (FleetSensor Sensor, SensorReading Reading)[] Cards() => Read(Repository.PathOf("tests", "fixtures", "nvml", "expected.json"));

    public static (FleetSensor Sensor, SensorReading Reading)[] Tree(string tree) => Read(Repository.PathOf("tests", "fixtures", "hosts", tree, "expected.json"));

    /// <summary>A fleet of this one node, a second after it joined.</summary>
    public static FleetSnapshot Snapshot((FleetSensor Sensor, SensorReading Reading)[] sensors, string node = "um890")
    {
        var time = Sample.Clock();
        var roster = new FleetRoster(Sample.Rules, EnergyLedger.Empty);
        roster.Apply(new NodeGreeted(new StreamNumber(1), Sample.Identity(node, sensors: [.. sensors.Select(each => each.Sensor)]), Moment.Of(time)));
        var sources = sensors.Select(each => each.Sensor.Source).Distinct().Select(source => new SourceReport(source, true, TimeSpan.FromMilliseconds(1), Moment.Of(time).Wall, 0, "")).ToArray();
        var report = Sample.Report(40, 100, readings: [.. sensors.Select((each, index) => (index, each.Reading))], sources: sources, agentTime: Moment.Of(time).Wall, cost: new AgentCost(11_500_000, TimeSpan.FromMilliseconds(90)));
        roster.Apply(new NodeReported(new StreamNumber(1), Sample.Node(node), report, Moment.Of(time)));
        roster.Publish(Moment.Of(time));
        time.Advance(TimeSpan.FromSeconds(1));
        roster.Apply(new LedgerStored(roster.Ledger, "", Moment.Of(time)));
        return roster.Publish(Moment.Of(time));
    }

    private static (FleetSensor, SensorReading)[] Read(string file)
    {
        using var document = JsonDocument.Parse(File.ReadAllText(file));
        return [.. document.RootElement.GetProperty("readings").EnumerateArray().Select(One)];
    }

    private static (FleetSensor, SensorReading) One(JsonElement reading)
    {
        string Text(string key) => reading.TryGetProperty(key, out var value) ? value.GetString() ?? "" : "";
        var quantity = Enum.GetValues<Quantity>().Single(each => each.Word() == Text("quantity"));
        var sensor = new FleetSensor(Text("source"), Text("device"), Text("name"), Text("label"), quantity, Shape(Text("source"), Text("name"), quantity), Text("path"))
        {
            Product = Text("source") == "nvidia" ? "NVIDIA L40S" : "",
            Uuid = Text("source") == "nvidia" ? "GPU-00000001-1111-2222-3333-444444444444" : "",
            Driver = Text("source") switch { "nvidia" => "595.71.05", "amdgpu" or "intel_gpu" => Text("device").Split('@')[0], _ => "" },
        };
        long? micros = reading.GetProperty("value") is { ValueKind: JsonValueKind.Number } number ? (long)Math.Round(number.GetDecimal() * 1_000_000) : null;
        var quality = Enum.GetValues<Quality>().Single(each => string.Equals(each.ToString(), Text("quality"), StringComparison.OrdinalIgnoreCase));
        return (sensor, new SensorReading(quality, micros, Text("detail")));
    }

    /// <summary>The golden leaves the shape out.</summary>
    private static SensorShape Shape(string source, string name, Quantity quantity) => (source, quantity) switch
    {
        (_, Quantity.Energy) => SensorShape.Counter,
        ("pressure", Quantity.Duration) or ("cpuidle", _) or ("cpu", Quantity.Duration) => SensorShape.Counter,
        ("nvidia" or "intel_gpu" or "throttle", Quantity.Duration) => SensorShape.Counter,
        ("nvidia", Quantity.Count) when name is not ("last_xid" or "xid1" or "xid2" or "xid3" or "xid4" or "instances" or "performance_state") && !name.StartsWith("pcie_gen", StringComparison.Ordinal) => SensorShape.Counter,
        ("powercap", Quantity.Power) => name == "power" ? SensorShape.Gauge : SensorShape.Limit,
        ("thermal", Quantity.Temperature) => name == "temp" ? SensorShape.Gauge : SensorShape.Limit,
        ("cpufreq" or "devfreq", Quantity.Frequency) => name is "scaling_cur_freq" or "cur_freq" or "target_freq" ? SensorShape.Gauge : SensorShape.Limit,
        ("cluster", _) => name == "utilization" ? SensorShape.Gauge : SensorShape.Limit,
        (_, Quantity.State) => SensorShape.Gauge,
        ("hwmon" or "nvidia" or "amdgpu" or "intel_gpu", _) => IsLimit(name) ? SensorShape.Limit : SensorShape.Gauge,
        _ => SensorShape.Gauge,
    };

    private static bool IsLimit(string name) =>
        name.Contains("_cap", StringComparison.Ordinal) || name.Split('_')[^1] is "min" or "max" or "crit" or "lcrit" or "emergency" or "throttle" or "total";
}
