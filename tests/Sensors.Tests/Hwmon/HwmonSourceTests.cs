using Homelab.NodeAgent.Sensors.Hwmon;
using Homelab.TestKit;
using Homelab.Units;

namespace Homelab.NodeAgent.Sensors.Tests.Hwmon;

public sealed class HwmonSourceTests
{
    private const string Class = "/sys/class/hwmon/";
    private const string Gpu = "/sys/devices/pci0000:00/0000:03:00.0";

    [Fact]
    public void Discover_SameChipNameTwice_KeepsBothApart()
    {
        using var host = FixtureHost.Recorded("node-exporter");
        var devices = Discover(host).Sensors.Select(static sensor => sensor.Info.Device).Distinct().ToList();

        Assert.Contains("coretemp@platform/coretemp.0", devices);
        Assert.Contains("coretemp@platform/coretemp.1", devices);
    }

    [Fact]
    public void Discover_TwinsWithoutDevice_AreNumberedInKernelOrder()
    {
        using var host = FixtureHost.Recorded("pathological");
        var discovery = Discover(host);

        Assert.Equal(30, discovery.Sensor("twin@virtual", "temp1").Read().Value());
        Assert.Equal(40, discovery.Sensor("twin@virtual#2", "temp1").Read().Value());
    }

    [Fact]
    public void Discover_SameLabelTwice_KeepsBothChannels()
    {
        using var host = FixtureHost.Recorded("node-exporter");
        var channels = Discover(host).Sensors.Where(static sensor => sensor.Info is { Label: "foosensor", Shape: SensorShape.Gauge, Quantity: Quantity.Temperature });

        Assert.Equal(["temp1", "temp2"], channels.Select(static sensor => sensor.Info.Name));
    }

    [Fact]
    public void Read_InputThatTheChipCallsFaulty_HasNoValue()
    {
        using var host = FixtureHost.Of(
            (Class + "hwmon0/name", "nct7802"),
            (Class + "hwmon0/temp1_input", "25000"),
            (Class + "hwmon0/temp1_fault", "1"),
            (Class + "hwmon0/temp2_input", "31000"),
            (Class + "hwmon0/temp2_fault", "0"),
            (Class + "hwmon0/temp3_input", "32000"));
        var files = new ScriptedFiles();
        var discovery = new HwmonSource().Discover(host.Seen(files));
        files.ForgetReads();

        Assert.Equal([null, 31, 32], Pass());
        Assert.Equal((Quality.Fault, null), (discovery.Sensor("temp1").Read().Quality, discovery.Sensor("temp1").Read().Micros));
        host.Put(Class + "hwmon0/temp1_fault", "0");
        host.Put(Class + "hwmon0/temp2_fault", "1");
        Assert.Equal([25, null, 32], Pass());
        files.ForgetReads();
        Pass();
        // The flag is read once a pass, for its own sensor and for the input's.
        Assert.Equal(files.Reads.Count, files.Reads.Distinct().Count());

        List<double?> Pass() => [.. discovery.Sensors.Select(static sensor => (sensor.Info.Quantity, sensor.Read().Value())).Where(static read => read.Quantity == Quantity.Temperature).Select(static read => read.Item2)];
    }

    [Theory]
    [InlineData("ina226", "power1_crit")]
    [InlineData("i915", "power1_max")]
    [InlineData("amdgpu", "power1_cap")]
    [InlineData("ina3221", "curr1_crit")]
    [InlineData("nct6779", "in1_max")]
    [InlineData("nvme", "temp1_max")]
    public void Read_UpperLimitOfExactlyZero_IsNotSet(string chip, string file)
    {
        using var host = FixtureHost.Of((Class + "hwmon0/name", chip), (Class + "hwmon0/" + file, "0"));
        var limit = new HwmonSource().Discover(host.Root).Sensor(file);

        Assert.Equal((Quality.Unsupported, null), (limit.Read().Quality, limit.Read().Micros));
        host.Put(Class + "hwmon0/" + file, "5000");
        Assert.Equal(Quality.Ok, limit.Read().Quality);
    }

    [Theory]
    [InlineData("temp1_min")]
    [InlineData("in1_lcrit")]
    [InlineData("power1_cap_min")]
    [InlineData("fan1_min")]
    public void Read_LowerLimitOfZero_IsOne(string file)
    {
        using var host = FixtureHost.Of((Class + "hwmon0/name", "any"), (Class + "hwmon0/" + file, "0"));

        Assert.Equal(Reading.Ok(0), new HwmonSource().Discover(host.Root).Sensor(file).Read());
    }

    [Fact]
    public void Discover_NamelessChip_IsCalledUnnamed()
    {
        using var host = FixtureHost.Recorded("pathological");

        Assert.Equal(55, Discover(host).Sensor("unnamed@platform/nameless.0", "temp1").Read().Value());
    }

    [Fact]
    public void Discover_ChipsRenumberedAtBoot_KeepTheirKeysAndOrder()
    {
        using var first = TwoChips(nct: 0, core: 1);
        using var second = TwoChips(nct: 7, core: 2);

        Assert.Equal(Keys(first), Keys(second));

        static FixtureHost TwoChips(int nct, int core) => FixtureHost.Of(
            ($"/sys/devices/platform/nct6775.656/hwmon/hwmon{nct}/name", "nct6775"),
            ($"/sys/devices/platform/nct6775.656/hwmon/hwmon{nct}/fan1_input", "900"),
            ($"{Class}hwmon{nct}", $"-> ../../devices/platform/nct6775.656/hwmon/hwmon{nct}"),
            ($"/sys/devices/platform/coretemp.0/hwmon/hwmon{core}/name", "coretemp"),
            ($"/sys/devices/platform/coretemp.0/hwmon/hwmon{core}/temp1_input", "50000"),
            ($"{Class}hwmon{core}", $"-> ../../devices/platform/coretemp.0/hwmon/hwmon{core}"));

        static List<string> Keys(FixtureHost host) => [.. Discover(host).Sensors.Select(static sensor => sensor.Info.Device + " " + sensor.Info.Name)];
    }

    [Fact]
    public void Read_NumbersSwappedAfterDiscovery_NeverReadsTheOtherChip()
    {
        using var host = FixtureHost.Of(
            ("/sys/devices/platform/a/hwmon/hwmon0/name", "a"),
            ("/sys/devices/platform/a/hwmon/hwmon0/temp1_input", "10000"),
            ("/sys/devices/platform/b/hwmon/hwmon1/name", "b"),
            ("/sys/devices/platform/b/hwmon/hwmon1/temp1_input", "20000"),
            (Class + "hwmon0", "-> ../../devices/platform/a/hwmon/hwmon0"));
        var sensor = Discover(host).Sensor("temp1");

        File.Delete(host.Locate(Class + "hwmon0"));
        host.Put(Class + "hwmon0", "-> ../../devices/platform/b/hwmon/hwmon1");
        Directory.Delete(host.Locate("/sys/devices/platform/a"), recursive: true);

        Assert.Equal(Reading.None(Quality.Fault, "ENOENT reading temp1_input: gone"), sensor.Read());
    }

    [Theory]
    [InlineData(Errno.TryAgain, Quality.Fault)]
    [InlineData(Errno.NoData, Quality.Unsupported)]
    [InlineData(Errno.InputOutput, Quality.Fault)]
    [InlineData(Errno.Invalid, Quality.Unsupported)]
    [InlineData(Errno.NoDeviceOrAddress, Quality.Fault)]
    [InlineData(Errno.TimedOut, Quality.Fault)]
    [InlineData(Errno.Busy, Quality.Fault)]
    public void Read_OneChannelFails_TheOthersDoNotNotice(int errno, Quality quality)
    {
        using var host = FixtureHost.Recorded("n100");
        var discovery = Discover(host.Seen(new ScriptedFiles().Fail("hwmon0/temp2_input", errno)));

        foreach (var sensor in discovery.Sensors.Where(static sensor => sensor.Info.Device == "coretemp@platform/coretemp.0"))
            Assert.Equal(sensor.Info.Name == "temp2" ? quality : Quality.Ok, sensor.Read().Quality);
    }

    [Fact]
    public async Task Read_ThatHangs_HoldsUpOnlyItself()
    {
        using var host = FixtureHost.Recorded("n100");
        var files = new ScriptedFiles();
        var discovery = Discover(host.Seen(files));
        using var hang = files.Block("hwmon0/temp1_input");

        var stuck = Task.Run(() => discovery.Sensor("coretemp@platform/coretemp.0", "temp1").Read());
        await hang.Reached.WaitAsync(TimeSpan.FromSeconds(10));

        Assert.Equal(38, discovery.Sensor("coretemp@platform/coretemp.0", "temp2").Read().Value());
        Assert.False(stuck.IsCompleted);
        hang.Release();
        Assert.Equal(Quality.Ok, (await stuck.WaitAsync(TimeSpan.FromSeconds(10))).Quality);
    }

    [Theory]
    [InlineData("temp1", -273.15)]
    [InlineData("temp2", 65261.85)]
    [InlineData("temp3", 3_900_000)]
    [InlineData("temp4", -55)]
    [InlineData("temp5", -274)]
    [InlineData("temp6", 127)]
    [InlineData("temp7", 118)]
    [InlineData("temp8_max", 65261.85)]
    [InlineData("temp8_min", -273.15)]
    [InlineData("temp8_crit", 200)]
    [InlineData("fan1", 3_000_000_000)]
    [InlineData("fan3", 65535)]
    [InlineData("power1", 4_294_967.295)]
    [InlineData("power2", 3_690_000_000_000)]
    [InlineData("power3", 25_000)]
    [InlineData("power4", 4294.967295)]
    public void Read_SentinelsSpikesAndUnitErrors_AreImplausibleWithTheirValue(string name, double value)
    {
        using var host = FixtureHost.Recorded("pathological");

        var reading = Discover(host).Sensor("sentinels@platform/sentinels.0", name).Read();

        Assert.Equal((Quality.Implausible, value), (reading.Quality, reading.Value()));
        Assert.NotEmpty(reading.Detail!);
    }

    [Theory]
    [InlineData("sentinels@platform/sentinels.0", "temp9", -44)]
    [InlineData("sentinels@platform/sentinels.0", "temp10", 118)]
    [InlineData("sentinels@platform/sentinels.0", "curr1", -1.5)]
    [InlineData("sentinels@platform/sentinels.0", "in0", -12.1)]
    [InlineData("ina3221@platform/i2c-1/1-0041", "curr3", -0.74)]
    [InlineData("ina3221@platform/i2c-1/1-0041", "power3", -3.7444)]
    public void Read_LegitimateNegativesAndHotSpots_AreOk(string device, string name, double value)
    {
        using var host = FixtureHost.Recorded("pathological");

        var reading = Discover(host).Sensor(device, name).Read();

        Assert.Equal((Quality.Ok, value), (reading.Quality, reading.Value()));
    }

    [Fact]
    public void Read_Ina3221_MultipliesItsRailsAndLeavesShuntsAlone()
    {
        using var host = FixtureHost.Recorded("jetson");
        const string device = "ina3221@platform/bus@0/c240000.i2c/i2c-1/1-0040";
        var discovery = Discover(host);

        var input = discovery.Sensor(device, "power1");
        Assert.Equal(("VDD_IN", Quantity.Power, ""), (input.Info.Label, input.Info.Quantity, input.Info.Path));
        Assert.Equal(5.05 * 0.96, input.Read().Value()!.Value, 6);
        Assert.Equal(0.0048, discovery.Sensor(device, "in4").Read().Value());
        Assert.Equal("sum of shunt voltages", discovery.Sensor(device, "in7").Info.Label);
        Assert.DoesNotContain(discovery.Sensors, static sensor => sensor.Info.Name is "power4" or "power5");
    }

    [Fact]
    public void Discover_Ina3221WithPowerFiles_TakesTheDriversOwn()
    {
        using var host = FixtureHost.Of(
            (Class + "hwmon0/name", "ina3221"),
            (Class + "hwmon0/in1_input", "5000"),
            (Class + "hwmon0/curr1_input", "1000"),
            (Class + "hwmon0/power1_input", "4990000"),
            (Class + "hwmon0/in2_input", "5000"),
            (Class + "hwmon0/curr2_input", "200"));
        var discovery = Discover(host);

        Assert.Equal(4.99, discovery.Sensor("power1").Read().Value());
        Assert.Equal(1.0, discovery.Sensor("power2").Read().Value());
    }

    [Fact]
    public void Read_NamelessAcpiPowerMeter_IsReadFromItsDevice()
    {
        using var host = FixtureHost.Recorded("haswell");
        var meter = Discover(host).Sensors.Single(static sensor => sensor.Info.Quantity == Quantity.Power);

        Assert.Equal(("power_meter@LNXSYSTM:00/LNXSYBUS:00/ACPI000D:00", "power1", 51.0), (meter.Info.Device, meter.Info.Name, meter.Read().Value()));
    }

    [Theory]
    [InlineData("0", "")]
    [InlineData("1", "battery")]
    public void Discover_AcpiMeterOfABattery_IsLabelledSo(string isBattery, string label)
    {
        using var host = FixtureHost.Of((Class + "hwmon0/name", "power_meter"), (Class + "hwmon0/power1_average", "51000000"), (Class + "hwmon0/power1_is_battery", isBattery));

        Assert.Equal(label, Assert.Single(Discover(host).Sensors).Info.Label);
    }

    [Fact]
    public void Discover_SparseNvmeSensors_KeepTheirNumbers()
    {
        using var host = FixtureHost.Of(
            (Class + "hwmon0/name", "nvme"),
            (Class + "hwmon0/temp1_input", "38850"),
            (Class + "hwmon0/temp1_label", "Composite"),
            (Class + "hwmon0/temp9_input", "51850"),
            (Class + "hwmon0/temp9_label", "Sensor 8"));

        Assert.Equal([("temp1", "Composite", 38.85), ("temp9", "Sensor 8", 51.85)], Discover(host).Sensors.Select(static sensor => (sensor.Info.Name, sensor.Info.Label, sensor.Read().Value()!.Value)));
    }

    [Fact]
    public void Read_RpiVoltAlarm_IsAState()
    {
        using var host = FixtureHost.Recorded("pi5");
        var alarm = Discover(host).Sensor("in0_lcrit_alarm");

        Assert.Equal((Quantity.State, Reading.Ok(0)), (alarm.Info.Quantity, alarm.Read()));
    }

    [Fact]
    public void Discover_CoretempOfADisabledCore_KeepsTheDriversNumbers()
    {
        using var host = FixtureHost.Of(
            (Class + "hwmon0/name", "coretemp"),
            (Class + "hwmon0/temp1_input", "50000"),
            (Class + "hwmon0/temp1_label", "Package id 0"),
            (Class + "hwmon0/temp2_input", "48000"),
            (Class + "hwmon0/temp2_label", "Core 0"),
            (Class + "hwmon0/temp10_input", "49000"),
            (Class + "hwmon0/temp10_label", "Core 8"));

        Assert.Equal(["temp1 Package id 0", "temp2 Core 0", "temp10 Core 8"], Discover(host).Sensors.Select(static sensor => sensor.Info.Name + " " + sensor.Info.Label));
    }

    [Fact]
    public void Read_Ina226WithTheDriversPower_IsNotMultipliedAgain()
    {
        using var host = FixtureHost.Of(
            (Class + "hwmon0/name", "ina226"),
            (Class + "hwmon0/in0_input", "1"),
            (Class + "hwmon0/in1_input", "12100"),
            (Class + "hwmon0/curr1_input", "420"),
            (Class + "hwmon0/power1_input", "5075000"),
            (Class + "hwmon0/power1_crit", "0"));
        var power = Discover(host).Sensors.Where(static sensor => sensor.Info is { Quantity: Quantity.Power, Shape: SensorShape.Gauge });

        Assert.Equal(5.075, Assert.Single(power).Read().Value());
    }

    [Fact]
    public void Read_Ina3221DisabledChannel_IsUnsupportedAndSoIsItsPower()
    {
        using var host = FixtureHost.Recorded("jetson");
        const string device = "ina3221@platform/bus@0/c240000.i2c/i2c-1/1-0040";
        var discovery = Discover(host.Seen(new ScriptedFiles().Fail("in2_input", Errno.NoData).Fail("curr4_input", Errno.NoData)));

        Assert.Equal(Quality.Unsupported, discovery.Sensor(device, "in2").Read().Quality);
        Assert.Equal(Quality.Unsupported, discovery.Sensor(device, "power2").Read().Quality);
        Assert.Equal(Quality.Unsupported, discovery.Sensor(device, "curr4").Read().Quality);
        Assert.Equal(Quality.Ok, discovery.Sensor(device, "power3").Read().Quality);
    }

    [Theory]
    [InlineData("5000000", "9000000", 5)]
    [InlineData(null, "9000000", 9)]
    [InlineData("5000000", null, 5)]
    [InlineData("", "9000000", 9)]
    public void Read_AmdgpuPower_PrefersTheAverageThatWorks(string? average, string? instant, double watts)
    {
        using var host = GpuHost(average, instant, "active");
        var power = Discover(host).Sensor("power1");

        Assert.Equal(watts, power.Read().Value());
        Assert.Equal(average is { Length: > 0 } ? "power1_average" : "power1_input", Path.GetFileName(power.Info.Path));
    }

    [Fact]
    public void Read_AmdgpuAverageRefused_TakesTheInstant()
    {
        using var host = GpuHost("5000000", "9000000", "active");

        Assert.Equal(9, Discover(host.Seen(new ScriptedFiles().Fail("power1_average", Errno.NotSupported))).Sensor("power1").Read().Value());
    }

    [Fact]
    public void Read_K10tempWithOffset_GivesBothByTheirLabels()
    {
        using var host = FixtureHost.Recorded("pathological");
        var labels = Discover(host).Sensors
            .Where(static sensor => sensor.Info.Device.StartsWith("k10temp", StringComparison.Ordinal))
            .ToDictionary(static sensor => sensor.Info.Label, static sensor => sensor.Read().Value());

        Assert.Equal(67, labels["Tctl"]);
        Assert.Equal(47, labels["Tdie"]);
    }

    [Fact]
    public void Read_SuspendedGpu_IsAsleepAndIsNotTouched()
    {
        using var host = GpuHost("5000000", "9000000", "suspended");
        var files = new ScriptedFiles();
        var discovery = Discover(host.Seen(files));

        Assert.All(discovery.Sensors, static sensor => Assert.Equal(Quality.Asleep, sensor.Read().Quality));
        Assert.DoesNotContain(files.Reads, static path => path.EndsWith("_input", StringComparison.Ordinal) || path.EndsWith("_average", StringComparison.Ordinal));
    }

    [Fact]
    public void Read_GpuThatWakes_IsReadAgain()
    {
        using var host = GpuHost("5000000", null, "suspended");
        var power = Discover(host).Sensor("power1");
        Assert.Equal(Quality.Asleep, power.Read().Quality);

        host.Put(Gpu + "/power/runtime_status", "active\n");

        Assert.Equal(5, power.Read().Value());
    }

    [Fact]
    public void Read_GpuAnswersEperm_IsAsleepNotDenied()
    {
        using var host = GpuHost("5000000", null, "active");
        var files = new ScriptedFiles();
        var power = Discover(host.Seen(files)).Sensor("power1");
        files.Fail("power1_average", Errno.NotPermitted);

        Assert.Equal(Quality.Asleep, power.Read().Quality);
    }

    [Fact]
    public void Read_SlowPptOfOneMilliwatt_IsImplausible()
    {
        using var host = GpuHost(null, "1000", "active");

        Assert.Equal(Quality.Implausible, Discover(host).Sensor("power1").Read().Quality);
    }

    /// <summary>As recorded of a Ryzen 7000's desktop graphics, beside a card of its own that draws 155 W.</summary>
    [Fact]
    public void Read_RaphaelsPptOfZero_IsImplausibleAndTheCardsIsOk()
    {
        using var host = FixtureHost.Recorded("radeon");
        var powers = Discover(host).Sensors.Where(static sensor => sensor.Info is { Name: "power1", Label: "PPT" }).Select(static sensor => sensor.Read()).ToList();

        Assert.Equal([Quality.Ok, Quality.Implausible], powers.Select(static reading => reading.Quality));
        Assert.Equal((155, 0L), (powers[0].Value(), powers[1].Micros));
    }

    [Fact]
    public void Discover_UsbPortContract_IsALimitNotAMeasurement()
    {
        using var host = FixtureHost.Recorded("pathological");
        var port = Discover(host).Sensors.Where(static sensor => sensor.Info.Device.StartsWith("ucsi_", StringComparison.Ordinal)).ToList();

        Assert.Equal(4, port.Count);
        Assert.All(port, static sensor => Assert.Equal(SensorShape.Limit, sensor.Info.Shape));
    }

    [Theory]
    [InlineData("hwmon9", "1-wire")]
    [InlineData("hwmon11", "spinning down")]
    public void Discover_ChipThatCostsToRead_IsLeftAloneWithANote(string folder, string reason)
    {
        using var host = FixtureHost.Recorded("pathological");
        var files = new ScriptedFiles();
        var discovery = Discover(host.Seen(files));

        var note = Assert.Single(discovery.Findings, finding => finding.Path == Class + folder);
        Assert.Equal(FindingKind.Note, note.Kind);
        Assert.Contains(reason, note.Meaning, StringComparison.Ordinal);
        Assert.DoesNotContain(files.Reads, path => path.Contains(folder + "/temp1_input", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("hwmon4", "ENOTDIR")]
    [InlineData("hwmon5", "ENOENT")]
    public void Discover_ChipWithoutFolder_IsBrokenAndTheOthersAreRead(string folder, string errno)
    {
        using var host = FixtureHost.Recorded("pathological");
        var discovery = Discover(host);

        var finding = Assert.Single(discovery.Findings, finding => finding.Path == Class + folder);
        Assert.Equal((FindingKind.Broken, errno), (finding.Kind, finding.Errno));
        Assert.True(discovery.Sensors.Count > 40);
    }

    [Fact]
    public void Discover_ThermalZonesCopy_IsDropped()
    {
        using var host = FixtureHost.Recorded("n100");

        Assert.DoesNotContain(Discover(host).Sensors, static sensor => sensor.Info.Device.StartsWith("acpitz", StringComparison.Ordinal));
    }

    [Fact]
    public void Discover_AttributesOnTheDevice_AreFound()
    {
        using var host = FixtureHost.Recorded("node-exporter");
        var fan = Discover(host).Sensor("applesmc@platform/applesmc.768", "fan2");

        Assert.Equal(("Right side", 1998), (fan.Info.Label, fan.Read().Value()));
    }

    [Fact]
    public void Discover_HostileLabel_LosesItsControlCharacters()
    {
        using var host = FixtureHost.Recorded("pathological");

        Assert.DoesNotContain(Discover(host).Sensor("broken@platform/broken.0", "temp13").Info.Label, char.IsControl);
    }

    [Theory]
    [InlineData("temp1", "EISDIR reading temp1_input")]
    [InlineData("temp2", "EIO reading temp2_input")]
    [InlineData("temp3", "ENOENT reading temp3_input: gone")]
    [InlineData("temp4", "ELOOP reading temp4_input")]
    [InlineData("temp5", "temp5_input is not a whole number")]
    [InlineData("temp8", "temp8_input is not a whole number")]
    [InlineData("temp9", "temp9_input is not a whole number")]
    public void Read_BrokenFile_IsAFaultThatNamesIt(string name, string detail)
    {
        using var host = FixtureHost.Recorded("pathological");

        Assert.Equal(Reading.None(Quality.Fault, detail), Discover(host).Sensor("broken@platform/broken.0", name).Read());
    }

    [Theory]
    [InlineData("flags\t\t: fpu hypervisor\n", "virtual machine", "")]
    [InlineData("flags\t\t: fpu\n", "No sensor driver", "sensors-detect")]
    public void Discover_NoChips_SaysWhyForThisKindOfMachine(string cpuInfo, string meaning, string fix)
    {
        using var host = FixtureHost.Of(("/proc/cpuinfo", cpuInfo));

        var finding = Assert.Single(new HwmonSource().Discover(host.Root).Findings);

        Assert.Contains(meaning, finding.Meaning, StringComparison.Ordinal);
        Assert.Contains(fix, finding.Fix, StringComparison.Ordinal);
    }

    private static Discovery Discover(FixtureHost host) => Discover(host.Root);

    private static Discovery Discover(HostRoot root) => new HwmonSource().Discover(root);

    private static FixtureHost GpuHost(string? average, string? instant, string status)
    {
        var host = FixtureHost.Of(
            (Gpu + "/class", "0x030000\n"),
            (Gpu + "/power/runtime_status", status + "\n"),
            (Gpu + "/hwmon/hwmon3/name", "amdgpu\n"),
            (Gpu + "/hwmon/hwmon3/device", "-> ../../../0000:03:00.0"),
            (Gpu + "/hwmon/hwmon3/power1_label", "PPT\n"),
            (Class + "hwmon3", "-> ../../devices/pci0000:00/0000:03:00.0/hwmon/hwmon3"));
        if (average is not null)
            host.Put(Gpu + "/hwmon/hwmon3/power1_average", average);
        if (instant is not null)
            host.Put(Gpu + "/hwmon/hwmon3/power1_input", instant);
        return host;
    }
}
