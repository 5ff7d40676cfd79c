using System.Buffers;
using System.Globalization;
using System.Text;
using Homelab.Aggregator.Configuration;
using Homelab.Aggregator.Fleet;
using Homelab.Aggregator.Prometheus;
using Homelab.Aggregator.Prometheus.Compatibility;
using Homelab.Aggregator.Tests.Fakes;
using Homelab.Units;

namespace Homelab.Aggregator.Tests.Prometheus.Compatibility;

public sealed class CompatibilityExpositionTests
{
    private static readonly CompatibilityOptions Node = new(NodeExporter: true);
    private static readonly CompatibilityOptions Dcgm = new(Dcgm: true);

    [Theory]
    [InlineData("haswell")]
    [InlineData("laptop")]
    [InlineData("node-exporter")]
    [InlineData("radeon")]
    [InlineData("um890")]
    public void Write_NodeExporterOfARecordedHost_MatchesTheGolden(string tree)
    {
        var text = Write(RecordedNode.Snapshot(RecordedNode.Tree(tree)), Node);

        Assert.Equal(Golden(text, tree + ".prom"), text);
    }

    [Theory]
    [InlineData("Text", "dcgm.prom")]
    [InlineData("OpenMetrics", "dcgm.openmetrics")]
    public void Write_DcgmOfRecordedCards_MatchesTheGolden(string format, string golden)
    {
        var text = Write(RecordedNode.Snapshot(RecordedNode.Cards(), "gpu-host"), Dcgm, Enum.Parse<ExpositionFormat>(format));

        Assert.Equal(Golden(text, golden), text);
    }

    /// <summary>Names, labels and values against node_exporter itself, on the same files.</summary>
    [Theory]
    [InlineData("haswell")]
    [InlineData("jetson")]
    [InlineData("laptop")]
    [InlineData("node-exporter")]
    [InlineData("radeon")]
    [InlineData("um890")]
    public async Task Write_RecordedHost_SaysWhatNodeExporterSays(string tree)
    {
        var theirs = await NodeExporter.ReadAsync(tree);
        var ours = Series(Write(RecordedNode.Snapshot(RecordedNode.Tree(tree)), Node));

        Assert.NotEmpty(ours);
        Assert.All(ours.Where(each => !IsKnownDifference(tree, each.Key)), each =>
        {
            Assert.True(theirs.TryGetValue(each.Key, out var value), $"{each.Key} is not in node_exporter");
            // A count begins with the agent; the golden's is the register as it stood.
            Assert.Equal(value, each.Value, 1e-6 * Math.Max(1, Math.Abs(value)));
        });
        // And nothing of what alerts rest on is missing but what we leave out on purpose.
        Assert.All(theirs.Keys.Where(IsWanted), series => Assert.Contains(series, ours.Keys));
    }

    [Fact]
    public void Write_Nothing_WhenNotAskedFor()
    {
        var text = Write(RecordedNode.Snapshot([.. RecordedNode.Tree("um890"), .. RecordedNode.Cards()]), new CompatibilityOptions());

        Assert.Equal("", text);
    }

    [Fact]
    public void Write_NodeDown_IsAbsent()
    {
        var fleet = RecordedNode.Snapshot(RecordedNode.Tree("um890"));

        Assert.NotEqual("", Write(fleet, Node));
        Assert.Equal("", Write(fleet with { Nodes = [.. fleet.Nodes.Select(node => node with { Link = NodeLink.Down })] }, Node));
    }

    [Theory]
    [InlineData("k10temp@pci0000:00/0000:00:18.3", "temp1", "temp1_input", Quantity.Temperature, 45.125, "node_hwmon_temp_celsius{chip=\"pci0000:00_0000:00:18_3\",node=\"um890\",sensor=\"temp1\"} 45.125")]
    [InlineData("rpi_volt@platform/soc:firmware/raspberrypi-hwmon", "in0_lcrit_alarm", "in0_lcrit_alarm", Quantity.State, 1, "node_hwmon_in_lcrit_alarm_volts{chip=\"soc:firmware_raspberrypi_hwmon\",node=\"um890\",sensor=\"in0\"} 0.001")]
    [InlineData("coretemp@platform/coretemp.0", "temp1_crit_alarm", "temp1_crit_alarm", Quantity.State, 1, "node_hwmon_temp_crit_alarm_celsius{chip=\"platform_coretemp_0\",node=\"um890\",sensor=\"temp1\"} 0.001")]
    [InlineData("nct6775@platform/nct6775.656", "fan2_alarm", "fan2_alarm", Quantity.State, 1, "node_hwmon_fan_alarm{chip=\"platform_nct6775_656\",node=\"um890\",sensor=\"fan2\"} 1")]
    [InlineData("i915@pci0000:00/0000:03:00.0", "energy1", "energy1_input", Quantity.Energy, 12.5, "node_hwmon_energy_joule_total{chip=\"pci0000:00_0000:03:00_0\",node=\"um890\",sensor=\"energy1\"} 12.5")]
    [InlineData("amdgpu@pci0000:00/0000:03:00.0", "power1", "power1_input", Quantity.Power, 7, "node_hwmon_power_watt{chip=\"pci0000:00_0000:03:00_0\",node=\"um890\",sensor=\"power1\"} 7")]
    [InlineData("w83627@virtual", "pwm1", "pwm1", Quantity.Ratio, 1, "node_hwmon_pwm{chip=\"w83627\",node=\"um890\",sensor=\"pwm1\"} 255")]
    [InlineData("unnamed@virtual", "in1", "in1_input", Quantity.Voltage, 5, "node_hwmon_in_volts{chip=\"hwmon7\",node=\"um890\",sensor=\"in1\"} 5")]
    public void Write_HwmonFile_HasNodeExportersNameChipAndUnit(string device, string name, string file, Quantity quantity, double value, string expected)
    {
        var sensor = Sample.Sensor("hwmon", device, name, quantity, path: "/sys/class/hwmon/hwmon7/" + file);

        Assert.Contains(expected + "\n", Write(RecordedNode.Snapshot([(sensor, Sample.Ok(value))]), Node), StringComparison.Ordinal);
    }

    [Fact]
    public void Write_TwoPackages_HaveTheirNumbersAsIndex()
    {
        var zones = new[] { ("intel-rapl:0", "package-0"), ("intel-rapl:0:0", "dram"), ("intel-rapl:1", "package-1"), ("intel-rapl:1:0", "dram") }
            .Select(zone => (Sample.Sensor("powercap", zone.Item1, "energy", Quantity.Energy, SensorShape.Counter, zone.Item2), Sample.Ok(1)));
        var text = Write(RecordedNode.Snapshot([.. zones]), Node);

        Assert.Contains("node_rapl_package_joules_total{index=\"1\",node=\"um890\",path=\"/sys/class/powercap/intel-rapl:1\"} 1\n", text, StringComparison.Ordinal);
        Assert.Contains("node_rapl_dram_joules_total{index=\"1\",node=\"um890\",path=\"/sys/class/powercap/intel-rapl:1:0\"} 1\n", text, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(0, null, "0")]
    [InlineData(2, 79.0, "79")]
    public void Write_Xid_IsTheLastNumberOrNone(double count, double? last, string expected)
    {
        var xid = last is { } number ? Sample.Ok(number) : SensorReading.None;
        var text = Write(RecordedNode.Snapshot([(Gpu("xid_errors"), Sample.Ok(count)), (Gpu("last_xid"), xid)]), Dcgm with { DcgmHostnameLabel = "Hostname" });

        Assert.Contains($"DCGM_FI_DEV_XID_ERRORS{{gpu=\"0\",UUID=\"GPU-8f\",pci_bus_id=\"00000000:0C:00.0\",device=\"nvidia0\",modelName=\"NVIDIA L40S\",Hostname=\"um890\",node=\"um890\"}} {expected}\n", text, StringComparison.Ordinal);
    }

    [Fact]
    public void Choose_ForeignWord_IsRefused()
    {
        Assert.Null(new CompatibilityOptions().Choose(["kepler"]));
        Assert.Equal(new CompatibilityOptions(true, true), new CompatibilityOptions().Choose(["dcgm", "node_exporter"]));
    }

    private static FleetSensor Gpu(string name) =>
        Sample.Sensor("nvidia", "nvidia@0000:0c:00.0", name, Quantity.Count, SensorShape.Counter) with { Product = "NVIDIA L40S", Uuid = "GPU-8f" };

    /// <summary>Where we stay away from node_exporter on purpose, or Debian's is too old.</summary>
    private static bool IsKnownDifference(string tree, string series) =>
        // Debian's version has no clocks yet.
        series.Contains("sensor=\"freq", StringComparison.Ordinal) || series.StartsWith("node_hwmon_freq_freq_mhz", StringComparison.Ordinal)
        // Shunt voltages of an INA3221 are µV; node_exporter reads mV.
        || (tree == "jetson" && series.StartsWith("node_hwmon_in_volts", StringComparison.Ordinal) && series[^3] is >= '4' and <= '7')
        // Old drivers' names are beside the chip's folder, where node_exporter does not look.
        || series.Contains("chip_name=\"power_meter\"", StringComparison.Ordinal) || series.Contains("chip_name=\"applesmc\"", StringComparison.Ordinal)
        // The recording lacks the link that every kernel has.
        || series.Contains("chip=\"platform_nct6775_656\"", StringComparison.Ordinal)
        // Three radios on one device have one name there, and one of them is shown.
        || series.Contains("chip=\"ieee80211_phy0\"", StringComparison.Ordinal);

    /// <summary>All that is a reading or a bound of one; left out are copies of thermal zones, settings, and values that can not be.</summary>
    private static bool IsWanted(string series) =>
        !series.Contains("thermal_thermal_zone", StringComparison.Ordinal)
        && (series.StartsWith("node_rapl_", StringComparison.Ordinal) || series.StartsWith("node_hwmon_power_average_watt", StringComparison.Ordinal)
            || series.StartsWith("node_hwmon_curr_amps", StringComparison.Ordinal) || series.StartsWith("node_hwmon_temp_celsius", StringComparison.Ordinal)
            || series.StartsWith("node_hwmon_temp_crit_celsius", StringComparison.Ordinal) || series.StartsWith("node_hwmon_sensor_label", StringComparison.Ordinal));

    private static Dictionary<string, double> Series(string text) => text.Split('\n').Where(line => line.Length > 0 && line[0] != '#')
        .ToDictionary(line => line[..line.LastIndexOf(' ')].Replace("node=\"um890\",", "", StringComparison.Ordinal).Replace(",node=\"um890\"", "", StringComparison.Ordinal), line => double.Parse(line[(line.LastIndexOf(' ') + 1)..], CultureInfo.InvariantCulture));

    private static string Golden(string text, string name) => Repository.Golden(text, "tests", "Aggregator.Tests", "Prometheus", "Golden", "compatibility", name);

    private static string Write(FleetSnapshot fleet, CompatibilityOptions options, ExpositionFormat format = ExpositionFormat.Text)
    {
        var output = new ArrayBufferWriter<byte>();
        CompatibilityExposition.Write(new ExpositionWriter(output, format), fleet.Nodes, options);
        return Encoding.UTF8.GetString(output.WrittenSpan);
    }
}
