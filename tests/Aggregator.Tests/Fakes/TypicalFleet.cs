using Homelab.Aggregator.Fleet;
using Homelab.Aggregator.Fleet.Learned;
using Homelab.TestKit;
using Homelab.Units;

namespace Homelab.Aggregator.Tests.Fakes;

/// <summary>A fleet like the one at home: a mini-PC with 16 threads, a compute module, and a board that is switched off.</summary>
internal static class TypicalFleet
{
    public static readonly string[] Nodes = ["pi4", "rk1-1", "um890"];

    public static FleetSnapshot Snapshot()
    {
        var time = Sample.Clock();
        var stored = EnergyLedger.Empty.Count(Sample.Node("pi4"), Sample.Instance(9), Energy.FromJoules(4321)).Ledger;
        var roster = new FleetRoster(Sample.Rules, stored, Learned());
        var start = Moment.Of(time);
        Join(roster, 1, Um890(), 61.5, "rapl-package", PowerScope.Package, Provenance.Measured, 0.4, time);
        Join(roster, 2, Rk1(), 12.25, "model:rk1", PowerScope.Board, Provenance.Modelled, 0.25, time);
        roster.Publish(start);
        time.Advance(TimeSpan.FromSeconds(1));
        roster.Apply(new LedgerStored(roster.Ledger, "", Moment.Of(time)));
        return roster.Publish(Moment.Of(time));
    }

    /// <summary>A week of the mini-PC: nights at 14 W, evenings at 58 W.</summary>
    private static FleetLevels Learned()
    {
        var levels = new FleetLevels();
        for (var day = 20_770; day < 20_777; day++)
        {
            levels[Sample.Node("um890")]["power package rapl-package"].Observe(day, 14, TimeSpan.FromHours(20));
            levels[Sample.Node("um890")]["power package rapl-package"].Observe(day, 58, TimeSpan.FromHours(4));
        }
        return levels;
    }

    private static void Join(
        FleetRoster roster, long stream, (NodeIdentity Identity, double[] Values) node, double watts, string source,
        PowerScope scope, Provenance provenance, double uncertainty, ManualClock time)
    {
        var now = Moment.Of(time);
        var readings = node.Values.Select((value, index) => (index, Sample.Ok(value))).ToArray();
        SourceReport[] sources =
        [
            new("hwmon", true, TimeSpan.FromMicroseconds(812), now.Wall, 0, ""),
            new("thermal", false, TimeSpan.FromMilliseconds(250), null, 3, "EIO reading thermal_zone0/temp"),
        ];
        var report = Sample.Report(watts, 100.5, readings: readings, sources: sources, agentTime: now.Wall.AddMilliseconds(3),
            monotonic: TimeSpan.FromSeconds(7), cost: new AgentCost(11_500_000, TimeSpan.FromMilliseconds(90)))
            with
        { Power = new NodePower(Power.FromWatts(watts), provenance, source, scope, uncertainty) };
        roster.Apply(new NodeGreeted(new StreamNumber(stream), node.Identity, now));
        roster.Apply(new NodeReported(new StreamNumber(stream), node.Identity.Name, report, now));
    }

    private static (NodeIdentity, double[]) Um890()
    {
        const string Gpu = "amdgpu@pci0000:00/0000:00:08.1";
        const string Disk = "nvme@pci0000:00/0000:00:02.3/nvme/nvme0";
        var sensors = new List<(FleetSensor, double)>
        {
            (Sample.Sensor("powercap", "intel-rapl:0", "energy", Quantity.Energy, SensorShape.Counter, "package-0"), 5123.25),
            (Sample.Sensor("powercap", "intel-rapl:0:0", "energy", Quantity.Energy, SensorShape.Counter, "core"), 2000.5),
            (Sample.Sensor("powercap", "intel-rapl:0", "long_term", Quantity.Power, SensorShape.Limit, "package-0"), 45),
            (Sample.Sensor("powercap", "intel-rapl:0", "short_term", Quantity.Power, SensorShape.Limit, "package-0"), 65),
            (Sample.Sensor("hwmon", Gpu, "power1", Quantity.Power, label: "PPT"), 21.5),
            (Sample.Sensor("hwmon", Gpu, "temp1", Quantity.Temperature, label: "edge"), 48),
            (Sample.Sensor("hwmon", Gpu, "in0", Quantity.Voltage, label: "vddgfx"), 0.9),
            (Sample.Sensor("hwmon", "k10temp@pci0000:00/0000:00:18.3", "temp1", Quantity.Temperature, label: "Tctl"), 71.125),
            (Sample.Sensor("hwmon", "dell_smm@platform", "temp4", Quantity.Temperature, label: "Ambient"), 24),
            (Sample.Sensor("hwmon", Disk, "temp1", Quantity.Temperature, label: "Composite"), 41.85),
            (Sample.Sensor("hwmon", Disk, "temp1_max", Quantity.Temperature, SensorShape.Limit, "Composite"), 82.85),
            (Sample.Sensor("hwmon", Disk, "temp1_crit", Quantity.Temperature, SensorShape.Limit, "Composite"), 84.85),
            (Sample.Sensor("hwmon", Disk, "temp1_alarm", Quantity.State, label: "Composite"), 0),
            (Sample.Sensor("hwmon", "nct6775@isa", "fan1", Quantity.RotationSpeed), 1350),
            (Sample.Sensor("hwmon", "BAT0@x", "curr1", Quantity.Current), 1.25),
            (Sample.Sensor("thermal", "acpitz", "temp", Quantity.Temperature, label: "acpitz"), 27.8),
            (Sample.Sensor("cpu", "cpu", "utilization", Quantity.Ratio), 0.12),
            (Sample.Sensor("cpu", "cpu", "busy", Quantity.Duration, SensorShape.Counter), 555),
        };
        for (var cpu = 0; cpu < 16; cpu++)
        {
            sensors.Add((Sample.Sensor("cpufreq", $"policy{cpu}", "scaling_cur_freq", Quantity.Frequency), 3.2e9 + cpu * 1e6));
            sensors.Add((Sample.Sensor("cpufreq", $"policy{cpu}", "scaling_max_freq", Quantity.Frequency, SensorShape.Limit), 5.2e9));
            sensors.Add((Sample.Sensor("cpufreq", $"policy{cpu}", "cpuinfo_max_freq", Quantity.Frequency, SensorShape.Limit), 5.2e9));
            sensors.Add((Sample.Sensor("cooling", cpu == 0 ? "Processor" : $"Processor#{cpu + 1}", "throttle", Quantity.Ratio, label: "Processor"), 0));
        }
        foreach (var (resource, kinds) in new[] { ("cpu", new[] { "some" }), ("memory", ["some", "full"]), ("io", ["some", "full"]) })
        {
            foreach (var kind in kinds)
            {
                sensors.Add((Sample.Sensor("pressure", resource, kind + "_avg10", Quantity.Ratio), 0.01));
                sensors.Add((Sample.Sensor("pressure", resource, kind + "_total", Quantity.Duration, SensorShape.Counter), 12.5));
            }
        }
        var identity = Sample.Identity("um890", 1, sensors: [.. sensors.Select(each => each.Item1)]) with { CertificateExpiry = new DateTimeOffset(2027, 11, 21, 0, 0, 0, TimeSpan.Zero) };
        return (identity, [.. sensors.Select(each => each.Item2)]);
    }

    private static (NodeIdentity, double[]) Rk1()
    {
        (FleetSensor, double)[] sensors =
        [
            (Sample.Sensor("thermal", "package-thermal", "temp", Quantity.Temperature, label: "package-thermal"), 79),
            (Sample.Sensor("thermal", "package-thermal", "trip_point_0", Quantity.Temperature, SensorShape.Limit, "passive"), 75),
            (Sample.Sensor("thermal", "package-thermal", "trip_point_1", Quantity.Temperature, SensorShape.Limit, "critical"), 115),
            (Sample.Sensor("cooling", "cpufreq-cpu4", "throttle", Quantity.Ratio, label: "cpufreq-cpu4"), 0.25),
            (Sample.Sensor("cooling", "pwm-fan", "fan", Quantity.Ratio, label: "pwm-fan"), 1),
            (Sample.Sensor("cpufreq", "policy4", "scaling_cur_freq", Quantity.Frequency), 1.8e9),
        ];
        var identity = Sample.Identity("rk1-1", 2, sensors: [.. sensors.Select(each => each.Item1)]) with
        {
            Machine = new MachineFacts("b2", "arm64", "Turing Machines RK1", "Rockchip RK3588", "6.11", "Ubuntu \"24.04\"", 8, 16L << 30, true),
        };
        return (identity, [.. sensors.Select(each => each.Item2)]);
    }
}
