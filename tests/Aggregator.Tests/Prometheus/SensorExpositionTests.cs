using System.Buffers;
using System.Text;
using Homelab.Aggregator.Fleet;
using Homelab.Aggregator.Prometheus;
using Homelab.Aggregator.Tests.Fakes;
using Homelab.Units;

namespace Homelab.Aggregator.Tests.Prometheus;

public sealed class SensorExpositionTests
{
    private static readonly ProcessFacts Process = new("0.1.0", "a1b2c3d", ".NET 10.0.0", TimeSpan.FromSeconds(1.5), 60_000_000, DateTimeOffset.UnixEpoch.AddSeconds(1_790_000_000), 42);

    /// <summary>What a node of many channels may lose.</summary>
    private static readonly string[] Least =
        [.. MetricFamilies.OfSensors.SkipWhile(family => family != MetricFamilies.CpuFrequency).Select(family => family.Name)];

    public static TheoryData<string> Trees => [.. RecordedNode.Trees];

    [Theory]
    [MemberData(nameof(Trees))]
    public void Write_RecordedHost_KeepsItsSeriesAndPromtoolHasNoComplaint(string tree)
    {
        var text = Write(RecordedNode.Tree(tree));

        AssertBounded(text);
        Assert.Equal("", Promtool.CheckMetrics(text));
    }

    [Theory]
    [MemberData(nameof(Trees))]
    public void Write_RecordedHost_EveryUsableSensorIsThereOrTheLeastAreCounted(string tree)
    {
        var sensors = RecordedNode.Tree(tree);
        var text = Write(sensors);
        var lines = text.Split('\n').Select(line => line.Split("} ")[0] + "}").ToHashSet(StringComparer.Ordinal);
        var places = sensors.Where(each => each.Reading.Usable is not null).Select(each => (Usable: each.Reading.Usable, Place: SensorFamilies.Of(each.Sensor)))
            .Where(each => each.Place is { } place && (place.Family != BoardFamilies.Alarm || each.Usable > 0)).Select(each => each.Place!.Value).ToArray();
        var missing = places.Where(place => !lines.Contains(Series(place))).ToArray();

        Assert.NotEmpty(places);
        Assert.All(missing, place => Assert.Contains(place.Family.Name, Least));
        Assert.Contains($"homelab_node_sensors_left_out{{node=\"um890\"}} {missing.Length}\n", text, StringComparison.Ordinal);
        // A zone's second passive trip is the only sensor that shares a series; no other is lost behind its twin.
        Assert.All(places.GroupBy(Series).Where(group => group.Count() > 1), group => Assert.Equal(MetricFamilies.TemperatureLimit, group.First().Family));
    }

    [Theory]
    [InlineData("laptop-battery")]
    [InlineData("pi5")]
    [InlineData("radeon")]
    [InlineData("rk1")]
    public void Write_RecordedHost_MatchesTheGolden(string tree)
    {
        // The sensors' part only: the rest does not differ by tree.
        var text = string.Join('\n', Write(RecordedNode.Tree(tree), withControl: false).Split('\n').Where(line => !line.Contains("homelab_agent_", StringComparison.Ordinal)
            && !line.Contains("homelab_fleet_", StringComparison.Ordinal) && !line.Contains("homelab_collector_", StringComparison.Ordinal) && !line.Contains("homelab_aggregator_", StringComparison.Ordinal) && !line.Contains(" process_", StringComparison.Ordinal) && !line.StartsWith("process_", StringComparison.Ordinal)));

        Assert.Equal(Repository.Golden(text, "tests", "Aggregator.Tests", "Prometheus", "Golden", "hosts", tree + ".prom"), text);
    }

    [Fact]
    public void Write_NvidiaCards_Have35SeriesEachBesideTheNodes()
    {
        var text = Write(RecordedNode.Cards());

        AssertBounded(text);
        Assert.Contains("homelab_node_sensors_left_out{node=\"um890\"} 0\n", text, StringComparison.Ordinal);
        Assert.Contains("homelab_gpu_info{node=\"um890\",gpu=\"nvidia@0000:01:00.0\",vendor=\"nvidia\",model=\"NVIDIA L40S\",uuid=\"GPU-00000001-1111-2222-3333-444444444444\",driver=\"595.71.05\",pci_bus_id=\"0000:01:00.0\"} 1\n", text, StringComparison.Ordinal);
        Assert.Equal("", Promtool.CheckMetrics(text));
    }

    [Fact]
    public void Write_ErrorsOfAGpu_AreToldByNumberAndSumToTheTotal()
    {
        var cards = RecordedNode.Cards();
        var gpu = cards.First(each => each.Sensor.Name == "xid_errors").Sensor.Device;
        (string Name, double Value)[] said = [("xid_errors", 9), ("xid1", 48), ("xid1_errors", 3), ("xid2", 79), ("xid2_errors", 1)];
        var text = Write([.. cards.Select(each => each.Sensor.Device == gpu && Array.Find(said, one => one.Name == each.Sensor.Name) is { Name: not null } word ? (each.Sensor, Sample.Ok(word.Value)) : each)]);

        var family = $"homelab_gpu_xid_errors_total{{node=\"um890\",gpu=\"{gpu}\",xid=";
        Assert.Equal([family + "\"48\"} 3", family + "\"79\"} 1", family + "\"other\"} 5"], text.Split('\n').Where(line => line.StartsWith(family, StringComparison.Ordinal)));
        AssertBounded(text);
    }

    [Fact]
    public void Write_ErrorsOfAnAgentThatTellsNoKinds_AreAllOther()
    {
        var text = Write([(Sample.Sensor("nvidia", "nvidia@0000:01:00.0", "xid_errors", Quantity.Count, SensorShape.Counter), Sample.Ok(2))]);

        Assert.Contains("homelab_gpu_xid_errors_total{node=\"um890\",gpu=\"nvidia@0000:01:00.0\",xid=\"other\"} 2\n", text, StringComparison.Ordinal);
    }

    [Fact]
    public void Write_BoardOfAThousandChannels_KeepsWhatMattersMostAndCountsTheRest()
    {
        var channels = Enumerable.Range(1, 1000).Select(n => (Sample.Sensor("hwmon", "pmbus@i2c", $"in{n}", Quantity.Voltage), Sample.Ok(12)));
        var heat = (Sample.Sensor("hwmon", "pmbus@i2c", "temp1", Quantity.Temperature), Sample.Ok(55));
        var text = Write([.. channels, heat]);

        Assert.Equal(150, SeriesOfTheNode(text).Count());
        Assert.Contains("homelab_node_temperature_celsius{node=\"um890\",chip=\"pmbus@i2c\",sensor=\"temp1\",label=\"\"} 55\n", text, StringComparison.Ordinal);
        var shown = text.Split('\n').Count(line => line.StartsWith("homelab_node_voltage_volts{", StringComparison.Ordinal));
        Assert.Contains($"homelab_node_sensors_left_out{{node=\"um890\"}} {1000 - shown}\n", text, StringComparison.Ordinal);
    }

    [Fact]
    public void Write_ManyCores_LeaveRoomForTheOthers()
    {
        var clocks = Enumerable.Range(0, 256).Select(n => (Sample.Sensor("cpufreq", $"policy{n}", "scaling_cur_freq", Quantity.Frequency), Sample.Ok(3e9)));
        var text = Write([.. clocks, (Sample.Sensor("hwmon", "ina@p", "curr1", Quantity.Current), Sample.Ok(1.5))]);

        Assert.Equal(150, SeriesOfTheNode(text).Count());
        Assert.Contains("homelab_node_current_amperes{node=\"um890\",chip=\"ina@p\",sensor=\"curr1\"} 1.5\n", text, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(0, "homelab_node_alarms_raised{node=\"um890\"} 0\n", false)]
    [InlineData(1, "homelab_node_alarms_raised{node=\"um890\"} 1\n", true)]
    public void Write_Alarm_HasASeriesOnlyWhileItIsRaised(double value, string count, bool isThere)
    {
        var text = Write([(Sample.Sensor("hwmon", "nvme@p", "temp1_crit_alarm", Quantity.State), Sample.Ok(value))]);

        Assert.Contains(count, text, StringComparison.Ordinal);
        Assert.Equal(isThere, text.Contains("homelab_node_alarm{node=\"um890\",chip=\"nvme@p\",sensor=\"temp1_crit_alarm\"} 1\n", StringComparison.Ordinal));
    }

    private static void AssertBounded(string text)
    {
        Assert.InRange(SeriesOfTheNode(text).Count(), 20, 150);
        var gpus = text.Split('\n').Where(line => line.StartsWith("homelab_gpu_", StringComparison.Ordinal)).GroupBy(line => line.Split("gpu=\"")[1].Split('"')[0]);
        Assert.All(gpus, gpu => Assert.InRange(gpu.Count(), 1, 35));
    }

    private static IEnumerable<string> SeriesOfTheNode(string text) =>
        text.Split('\n').Where(line => line.Contains("node=\"um890\"", StringComparison.Ordinal) && !line.StartsWith("homelab_gpu_", StringComparison.Ordinal));

    private static string Series(SensorPlace place) =>
        place.Family.Name + "{" + string.Join(',', place.Family.Labels.Zip(place.Labels.Prepend("um890"), (name, value) => $"{name}=\"{value.Replace("\"", "\\\"", StringComparison.Ordinal)}\"")) + "}";

    private static string Write((FleetSensor, SensorReading)[] sensors, bool withControl = true)
    {
        var output = new ArrayBufferWriter<byte>();
        var fleet = RecordedNode.Snapshot(sensors);
        FleetExposition.Write(new ExpositionWriter(output, ExpositionFormat.Text), withControl ? fleet with { Control = TypicalControl.View() } : fleet, Process);
        return Encoding.UTF8.GetString(output.WrittenSpan);
    }
}
