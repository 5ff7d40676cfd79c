using Homelab.NodeAgent.Sensors.Nvidia;
using Homelab.TestKit;
using Homelab.Units;

namespace Homelab.NodeAgent.Sensors.Tests.Nvidia;

public sealed class NvidiaSourceTests : IDisposable
{
    private const string First = "0000:01:00.0";
    private const string Second = "0000:41:00.0";

    private readonly FixtureHost _host = FixtureHost.Of();
    private readonly NvidiaSource _source = new();

    public void Dispose() => _host.Dispose();

    [Fact]
    public void Discover_RecordedCard_ReadsEveryChannel()
    {
        FakeNvml.In(_host, First);

        var discovery = _source.Discover(_host.Root);

        (string, double?)[] expected =
        [
            ("power", 25.92), ("power_instant", 27.74), ("energy", 123456.789),
            ("power_cap", 320), ("power_cap_set", 320), ("power_cap_default", 320), ("power_cap_min", 150), ("power_cap_max", 400),
            ("temp", 43), ("temp_max", 90), ("temp_throttle", 96), ("temp_crit", 101),
            ("utilization", 0), ("memory_utilization", 0.23), ("encoder_utilization", 0), ("decoder_utilization", 0),
            ("memory_used", 624951296), ("memory_total", 17171480576),
            ("graphics_clock", 210e6), ("graphics_clock_max", 3165e6), ("memory_clock", 405e6), ("video_clock", 1185e6), ("performance_state", 8),
            ("fan", 0), ("fan2", 0), ("fan_speed", 0),
            ("throttled_thermal", 0), ("throttled_power", 0), ("external_brake", 0), ("frequency_capped", 0), ("hw_slowdown", 0),
            ("throttled_thermal_seconds", 0), ("throttled_power_seconds", 0), ("external_brake_seconds", 0),
            ("xid_errors", 0), ("last_xid", null),
            ("xid1", null), ("xid1_errors", null), ("xid2", null), ("xid2_errors", null), ("xid3", null), ("xid3_errors", null), ("xid4", null), ("xid4_errors", null),
            ("pcie_generation", 1), ("pcie_generation_max", 4), ("pcie_width", 16), ("pcie_width_max", 16), ("pcie_replays", 0),
        ];
        Assert.Equal(expected, discovery.Sensors.Select(static sensor => (sensor.Info.Name, sensor.Read().Value())));
        Assert.All(discovery.Sensors, static sensor => Assert.Equal(("nvidia", "nvidia@0000:01:00.0"), (sensor.Info.Source, sensor.Info.Device)));
        Assert.Equal(SensorShape.Counter, discovery.Sensor("energy").Info.Shape);
    }

    [Fact]
    public void Discover_RecordedCard_NotesThatPowerIsAMeanOverASecond()
    {
        FakeNvml.In(_host, First);

        var note = Assert.Single(_source.Discover(_host.Root).Findings);

        Assert.Equal(FindingKind.Note, note.Kind);
        Assert.Contains("RTX 4080 SUPER, GPU-00000000-1111-2222-3333-444444444444, driver 595.71.05", note.Meaning, StringComparison.Ordinal);
        Assert.Contains("mean over 1 s", note.Meaning, StringComparison.Ordinal);
    }

    [Fact]
    public void Discover_RecordedCard_InitialisesOnceAndAttachesNothingElse()
    {
        var fake = FakeNvml.In(_host, First);

        var discovery = _source.Discover(_host.Root);
        ReadAll(discovery);
        _source.Discover(_host.Root);

        // 1: not an error without a GPU; 2: none is attached until it is asked for.
        Assert.Equal(["flags 3", "init"], fake.Calls.Take(2));
        Assert.Single(fake.Calls, "init");
        Assert.Single(fake.Calls, "0.attach");
    }

    [Fact]
    public void Discover_NoGpuWithTheDriver_LoadsNothing()
    {
        var fake = FakeNvml.In(_host);

        var discovery = _source.Discover(_host.Root);

        Assert.Empty(discovery.Sensors);
        Assert.Equal((FindingKind.Foreign, "This machine has no NVIDIA GPU."), (discovery.Findings[0].Kind, discovery.Findings[0].Meaning));
        Assert.Empty(fake.Calls);
    }

    [Theory]
    [InlineData(null, "no driver")]
    [InlineData("nouveau", "driven by nouveau")]
    [InlineData("vfio-pci", "lent to a virtual machine")]
    public void Discover_GpuOfAnotherDriver_SaysWhose(string? driver, string meaning)
    {
        _host.Put("/sys/bus/pci/devices/0000:01:00.0/vendor", "0x10de\n");
        _host.Put("/sys/bus/pci/devices/0000:01:00.0/class", "0x030000\n");
        if (driver is not null)
        {
            _host.Put($"/sys/bus/pci/drivers/{driver}/", "");
            _host.Put("/sys/bus/pci/devices/0000:01:00.0/driver", $"-> ../../drivers/{driver}");
        }

        Assert.Contains(meaning, Assert.Single(_source.Discover(_host.Root).Findings).Meaning, StringComparison.Ordinal);
    }

    [Fact]
    public void Discover_NoLibrary_SaysWhatToInstall()
    {
        FakeNvml.In(_host, First);
        File.Delete(_host.Locate("/usr/lib/libnvidia-ml.so.1"));

        var discovery = _source.Discover(_host.Root);

        Assert.Equal(Quality.Unsupported, discovery.Sensor("power").Read().Quality);
        var finding = Assert.Single(discovery.Findings);
        Assert.Equal((FindingKind.Missing, "NVML_ERROR_LIBRARY_NOT_FOUND"), (finding.Kind, finding.Errno));
        Assert.Contains("libnvidia-ml1", finding.Fix, StringComparison.Ordinal);
    }

    [Fact]
    public void Discover_LibraryOfAnotherArchitecture_NamesTheFile()
    {
        FakeNvml.In(_host, First);
        File.WriteAllText(_host.Locate("/usr/lib/libnvidia-ml.so.1"), "not a library");

        var finding = Assert.Single(_source.Discover(_host.Root).Findings);

        Assert.Equal((FindingKind.Broken, _host.Locate("/usr/lib/libnvidia-ml.so.1")), (finding.Kind, finding.Path));
    }

    [Theory]
    [InlineData(4, Quality.Denied, "Denied", "NVML_ERROR_NO_PERMISSION", "DeviceAllow=char-nvidia")]
    [InlineData(9, Quality.Denied, "Denied", "NVML_ERROR_DRIVER_NOT_LOADED", "DeviceAllow=char-nvidia")]
    [InlineData(17, Quality.Denied, "Denied", "NVML_ERROR_OPERATING_SYSTEM", "DeviceAllow=char-nvidia")]
    [InlineData(18, Quality.Fault, "Broken", "NVML_ERROR_LIB_RM_VERSION_MISMATCH", "reboot")]
    [InlineData(999, Quality.Fault, "Broken", "NVML_ERROR_UNKNOWN", "nvidia-smi -q")]
    public void Discover_InitialisationRefused_IsOneFindingWithItsFix(int code, Quality quality, string kind, string name, string fix)
    {
        FakeNvml.In(_host, First, Second).Say($"err.init {code}");

        var discovery = _source.Discover(_host.Root);

        Assert.Equal(2, discovery.Sensors.Count);
        Assert.All(discovery.Sensors, sensor => Assert.Equal(quality, sensor.Read().Quality));
        var finding = Assert.Single(discovery.Findings);
        Assert.Equal((kind, name), (finding.Kind.ToString(), finding.Errno));
        Assert.Contains(fix, finding.Fix, StringComparison.Ordinal);
    }

    [Fact]
    public void Discover_AfterTheUpgradedDriverWasLoaded_ReadsAgain()
    {
        var fake = FakeNvml.In(_host, First).Say("err.init 18");
        _source.Discover(_host.Root);

        fake.Say("err.init 0");

        Assert.Equal(25.92, _source.Discover(_host.Root).Sensor("power").Read().Value());
    }

    [Theory]
    [InlineData(15, "NVML_ERROR_GPU_IS_LOST: gone", "xid")]
    [InlineData(16, "NVML_ERROR_RESET_REQUIRED: the GPU needs a reset", "sudo nvidia-smi --gpu-reset -i 0000:01:00.0")]
    public void Read_LostGpu_LeavesItsNeighbour(int code, string detail, string fix)
    {
        var fake = FakeNvml.In(_host, First, Second);
        var discovery = _source.Discover(_host.Root);
        var (lost, other) = (discovery.Sensor("nvidia@" + First, "power"), discovery.Sensor("nvidia@" + Second, "power"));
        ReadAll(discovery);

        fake.Say($"0.err.all {code}");
        ReadAll(discovery);

        Assert.Equal((Quality.Fault, detail), (lost.Read().Quality, lost.Read().Detail));
        Assert.Equal(25.92, other.Read().Value());
        var again = _source.Discover(_host.Root);
        Assert.Equal(discovery.Sensors.Select(static sensor => sensor.Info), again.Sensors.Select(static sensor => sensor.Info));
        Assert.Contains(fix, again.Findings.Single(finding => finding.Path.EndsWith(First, StringComparison.Ordinal)).Fix, StringComparison.Ordinal);
    }

    [Fact]
    public void Read_LostGpu_IsNotAskedForTheRest()
    {
        var fake = FakeNvml.In(_host, First);
        var discovery = _source.Discover(_host.Root);
        ReadAll(discovery);
        fake.Say("0.err.fields 15");
        fake.ForgetCalls();

        _ = discovery.Sensor("power").Read();

        Assert.Equal(["0.fields"], fake.Calls);
        Assert.Equal(Quality.Fault, discovery.Sensor("temp").Read().Quality);
    }

    [Fact]
    public void Discover_LostGpuComesBack_IsSeenAfterANewInitialisation()
    {
        var fake = FakeNvml.In(_host, First).Say("0.err.all 15");
        _source.Discover(_host.Root);
        fake.Say("0.err.all 0");

        var discovery = _source.Discover(_host.Root);

        Assert.Equal(25.92, discovery.Sensor("power").Read().Value());
        Assert.Equal(2, fake.Calls.Count(static call => call == "init"));
    }

    [Fact]
    public void Read_SleepingGpu_IsNotWoken()
    {
        var fake = FakeNvml.In(_host, First);
        var discovery = _source.Discover(_host.Root);
        ReadAll(discovery);
        _host.Put($"/sys/bus/pci/devices/{First}/power/runtime_status", "suspended\n");
        fake.ForgetCalls();

        Assert.All(discovery.Sensors, static sensor => Assert.Equal(Quality.Asleep, sensor.Read().Quality));
        Assert.Equal(discovery.Sensors.Count, _source.Discover(_host.Root).Sensors.Count);

        Assert.Empty(fake.Calls);
    }

    [Fact]
    public void Discover_AsleepFromTheStart_OpensNothingUntilItWakes()
    {
        var fake = FakeNvml.In(_host, First);
        _host.Put($"/sys/bus/pci/devices/{First}/power/runtime_status", "suspended\n");

        var asleep = Assert.Single(_source.Discover(_host.Root).Sensors);
        Assert.Equal(("power", Quality.Asleep), (asleep.Info.Name, asleep.Read().Quality));
        Assert.Empty(fake.Calls);

        _host.Put($"/sys/bus/pci/devices/{First}/power/runtime_status", "active\n");
        Assert.Equal(25.92, asleep.Read().Value());
        Assert.True(_source.Discover(_host.Root).Sensors.Count > 20);
    }

    [Fact]
    public void Read_IdleGpuThatMaySleep_IsLetGoOf()
    {
        var fake = FakeNvml.In(_host, First).Say("0.util 0");
        MaySleep("auto", "Enabled (fine-grained)");
        var power = _source.Discover(_host.Root).Sensor("power");

        for (var look = 0; look < IdleRest.IdleLooks; look++)
            Assert.Equal(Quality.Ok, Next(power).Quality);
        Assert.Equal("shutdown", fake.Calls[^1]);
        fake.ForgetCalls();

        for (var look = 0; look < IdleRest.RestLooks; look++)
            Assert.Equal(IdleRest.LeftAlone, Next(power));
        Assert.Empty(fake.Calls);
        // It did not fall asleep: read on, and not left alone again soon.
        for (var look = 0; look < 2 * IdleRest.IdleLooks; look++)
            Assert.Equal(Quality.Ok, Next(power).Quality);
        Assert.Single(fake.Calls, "init");
    }

    [Theory]
    [InlineData("on", "Enabled (fine-grained)", 0)]
    [InlineData("auto", "Disabled by default", 0)]
    [InlineData("auto", "Enabled (fine-grained)", 1)]
    public void Read_GpuThatIsBusyOrCanNotSleep_IsReadOn(string control, string status, int percent)
    {
        FakeNvml.In(_host, First).Say($"0.util {percent}");
        MaySleep(control, status);
        var power = _source.Discover(_host.Root).Sensor("power");

        for (var look = 0; look < 3 * IdleRest.IdleLooks; look++)
            Assert.Equal(Quality.Ok, Next(power).Quality);
    }

    [Fact]
    public void Read_UnsupportedChannels_AreNeitherListedNorAskedForEachSecond()
    {
        var fake = FakeNvml.In(_host, First).Say("0.err.fan 3", "0.err.energy 3", "0.err.ecc 3", "0.err.power 3");
        var discovery = _source.Discover(_host.Root);
        fake.ForgetCalls();

        Next(discovery.Sensor("power"));
        Next(discovery.Sensor("power"));

        Assert.DoesNotContain(discovery.Sensors, static sensor => sensor.Info.Name is "fan" or "energy");
        Assert.DoesNotContain("0.fan", fake.Calls);
        Assert.DoesNotContain("0.energy", fake.Calls);
        Assert.DoesNotContain("0.ecc", fake.Calls);
        Assert.DoesNotContain("0.power", fake.Calls);
        Assert.Contains("0.temp", fake.Calls);
        fake.Say("0.err.fan 0");
        Assert.Equal(0, _source.Discover(_host.Root).Sensor("fan").Read().Value());
    }

    [Fact]
    public void Read_OldDriver_FallsBackToTheOlderCalls()
    {
        FakeNvml.OldIn(_host, First).Say("0.reasons 0x24", "0.power 31000");

        var discovery = _source.Discover(_host.Root);

        Assert.Equal(31, discovery.Sensor("power").Read().Value());
        Assert.Equal((1, 1), (discovery.Sensor("throttled_power").Read().Value(), discovery.Sensor("throttled_thermal").Read().Value()));
        Assert.DoesNotContain(discovery.Sensors, static sensor => sensor.Info.Name is "power_instant" or "memory_temp" or "fan");
    }

    [Theory]
    [InlineData("0.temp 255", "temp")]
    [InlineData("0.util 101", "utilization")]
    [InlineData("0.field186 4000001", "power_instant")]
    [InlineData("0.field186 0", "power_instant")]
    [InlineData("0.field185 0", "power")]
    [InlineData("0.clock0 60000", "graphics_clock")]
    [InlineData("0.pstate 32", "performance_state")]
    public void Read_NumberThatCanNotBe_IsImplausible(string line, string channel)
    {
        FakeNvml.In(_host, First).Say(line);

        Assert.Equal(Quality.Implausible, _source.Discover(_host.Root).Sensor(channel).Read().Quality);
    }

    [Fact]
    public void Read_LaptopWithoutLimits_ListsNone()
    {
        FakeNvml.In(_host, First).Say("0.limit 0", "0.default 0xFFFFFFFF", "0.min 0", "0.max 0");

        Assert.DoesNotContain(_source.Discover(_host.Root).Sensors, static sensor => sensor.Info.Name.StartsWith("power_cap_", StringComparison.Ordinal));
    }

    [Fact]
    public void Read_MultiInstance_KeepsThePowerOfTheWholeAndSaysWhyThereIsNoUse()
    {
        FakeNvml.In(_host, First).Say("0.mig 1", "0.instances 0x65", "0.err.util 3");

        var discovery = _source.Discover(_host.Root);

        Assert.Equal(25.92, discovery.Sensor("power").Read().Value());
        var use = discovery.Sensor("utilization");
        Assert.Contains("MIG", use.Read().Detail, StringComparison.Ordinal);
        Assert.Equal(Quality.Unsupported, Next(use).Quality);
        Assert.Contains("MIG", use.Read().Detail, StringComparison.Ordinal);
        Assert.Equal((1, 4), (discovery.Sensor("multi_instance").Read().Value(), discovery.Sensor("instances").Read().Value()));
    }

    [Theory]
    [InlineData(0x2, "frequency_capped")]
    [InlineData(0x4, "throttled_power")]
    [InlineData(0x8, "hw_slowdown")]
    [InlineData(0x20, "throttled_thermal")]
    [InlineData(0x40, "throttled_thermal")]
    [InlineData(0x80, "external_brake")]
    [InlineData(0x101, null)]
    public void Read_ClockEvent_RaisesItsOwnFlag(int bits, string? flag)
    {
        FakeNvml.In(_host, First).Say($"0.reasons {bits}");

        var raised = _source.Discover(_host.Root).Sensors.Where(static sensor => sensor.Info.Quantity == Quantity.State && sensor.Read().Value() == 1);

        Assert.Equal(flag is null ? [] : [flag], raised.Select(static sensor => sensor.Info.Name));
    }

    [Fact]
    public void Read_OneCallRefused_CostsThatChannelOnly()
    {
        FakeNvml.In(_host, First).Say("0.err.temp 4", "0.err.clock 999");

        var discovery = _source.Discover(_host.Root);

        Assert.Equal(Quality.Denied, discovery.Sensor("temp").Read().Quality);
        Assert.Equal(Quality.Fault, discovery.Sensor("graphics_clock").Read().Quality);
        Assert.Equal(25.92, discovery.Sensor("power").Read().Value());
    }

    [Fact]
    public void Discover_GpuUnplugged_ForgetsIt()
    {
        FakeNvml.In(_host, First, Second);
        _source.Discover(_host.Root);
        File.Delete(_host.Locate($"/sys/bus/pci/drivers/nvidia/{Second}"));

        Assert.DoesNotContain(_source.Discover(_host.Root).Sensors, static sensor => sensor.Info.Device == "nvidia@" + Second);
    }

    [Fact]
    public void Read_TimesOfSlowdowns_AreSeconds()
    {
        FakeNvml.In(_host, First).Say("0.field74 u64:200740215000", "0.field251 u64:3000000000", "0.field252 u64:5000000000", "0.field253 u64:1500000");

        var discovery = _source.Discover(_host.Root);

        Assert.Equal(200.740215, discovery.Sensor("throttled_power_seconds").Read().Value());
        Assert.Equal(5, discovery.Sensor("throttled_thermal_seconds").Read().Value());
        Assert.Equal(0.0015, discovery.Sensor("external_brake_seconds").Read().Value());
        Assert.Equal((Quantity.Duration, SensorShape.Counter), (discovery.Sensor("external_brake_seconds").Info.Quantity, discovery.Sensor("external_brake_seconds").Info.Shape));
    }

    [Fact]
    public void Read_FlagsAndPowerSmoothingUnderTheirIds_AreNoTimes()
    {
        FakeNvml.In(_host, First).Say("0.field251 1", "0.field252 1", "0.field253 1", "0.field269 u64:1000000000", "0.field270 u64:7000000000", "0.field271 u64:9000000000");

        var discovery = _source.Discover(_host.Root);

        Assert.DoesNotContain(discovery.Sensors, static sensor => sensor.Info.Name is "throttled_thermal_seconds" or "external_brake_seconds");
    }

    [Fact]
    public void Read_DriverWithoutThem_HasTheOlderTimeOfHeatOnly()
    {
        FakeNvml.In(_host, First).Say("0.field251 err:2", "0.field252 err:2", "0.field253 err:2", "0.field75 u64:4000000000");

        var discovery = _source.Discover(_host.Root);

        Assert.Equal(4, discovery.Sensor("throttled_thermal_seconds").Read().Value());
        Assert.DoesNotContain(discovery.Sensors, static sensor => sensor.Info.Name == "external_brake_seconds");
    }

    [Fact]
    public void Read_DriverThatRefusesABatchForOneId_LosesThatIdOnly()
    {
        var fake = FakeNvml.In(_host, First).Say("0.minds 253");

        var discovery = _source.Discover(_host.Root);

        Assert.Equal(27.74, discovery.Sensor("power_instant").Read().Value());
        Assert.DoesNotContain(discovery.Sensors, static sensor => sensor.Info.Name == "external_brake_seconds");
        fake.ForgetCalls();
        ReadAll(discovery);
        Assert.Single(fake.Calls, "0.fields");
    }

    [Fact]
    public void Read_ErrorsOfTheDriver_AreCountedAndTheLastIsNamed()
    {
        var fake = FakeNvml.In(_host, First);
        var discovery = _source.Discover(_host.Root);
        ReadAll(discovery);

        fake.Say("0.xids 48 31 79");
        ReadAll(discovery);
        Assert.Equal((3, 79), (discovery.Sensor("xid_errors").Read().Value(), discovery.Sensor("last_xid").Read().Value()));

        fake.Say("0.xids 48 31 79 13");
        ReadAll(discovery);
        Assert.Equal((4, 13), (discovery.Sensor("xid_errors").Read().Value(), discovery.Sensor("last_xid").Read().Value()));
    }

    [Fact]
    public void Read_ErrorsOfSeveralKinds_AreCountedByNumberInOrderOfAppearance()
    {
        var fake = FakeNvml.In(_host, First);
        var discovery = _source.Discover(_host.Root);
        (double?, double?)[] Kinds()
        {
            ReadAll(discovery);
            return [.. Enumerable.Range(1, 4).Select(place => (discovery.Sensor($"xid{place}").Read().Value(), discovery.Sensor($"xid{place}_errors").Read().Value()))];
        }

        Assert.All(Kinds(), static kind => Assert.Equal((null, null), kind));
        fake.Say("0.xids 48 31 48");
        Assert.Equal([(48, 2), (31, 1), (null, null), (null, null)], Kinds());
        fake.Say("0.xids 48 31 48 79 31 154 13 48");
        Assert.Equal([(48, 3), (31, 2), (79, 1), (154, 1)], Kinds());
        Assert.Equal(8, discovery.Sensor("xid_errors").Read().Value());
    }

    [Fact]
    public void Discover_RecordedCard_NamesTheDriversVersion()
    {
        FakeNvml.In(_host, First);

        Assert.All(_source.Discover(_host.Root).Sensors, static sensor => Assert.Equal("595.71.05", sensor.Info.Driver));
    }

    [Fact]
    public void Read_GpuThatReportsNoErrors_ListsNone()
    {
        FakeNvml.In(_host, First).Say("0.err.events 3");

        Assert.DoesNotContain(_source.Discover(_host.Root).Sensors, static sensor => sensor.Info.Name.Contains("xid", StringComparison.Ordinal));
    }

    [Fact]
    public void Read_MemoryErrors_AreFourCounts()
    {
        FakeNvml.In(_host, First).Say("0.ecc00 3", "0.ecc10 1", "0.ecc01 40", "0.ecc11 2");

        var discovery = _source.Discover(_host.Root);

        string[] names = ["ecc_corrected", "ecc_uncorrected", "ecc_corrected_lifetime", "ecc_uncorrected_lifetime"];
        Assert.Equal([3, 1, 40, 2], names.Select(name => discovery.Sensor(name).Read().Value()));
    }

    [Fact]
    public void Read_LimitsOnTheNewScale_AreDegrees()
    {
        FakeNvml.Recorded(_host, (First, "l40s"));

        var discovery = _source.Discover(_host.Root);

        Assert.Equal([88, 90, 93], ((string[])["temp_max", "temp_throttle", "temp_crit"]).Select(name => discovery.Sensor(name).Read().Value()));
    }

    [Fact]
    public void Read_SteadyState_AllocatesNothing()
    {
        FakeNvml.In(_host, First).Say("0.err.temp 4");
        var discovery = _source.Discover(_host.Root);
        for (var warm = 0; warm < 50; warm++)
            ReadAll(discovery);

        var before = GC.GetAllocatedBytesForCurrentThread();
        for (var pass = 0; pass < 10; pass++)
        {
            foreach (var sensor in discovery.Sensors)
                _ = sensor.Read();
        }

        // The enumerator of the list above, once a pass.
        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 10 * 64);
    }

    /// <summary>The reading of the next pass: a sensor's second read in a pass starts a new look.</summary>
    private static Reading Next(ISensor sensor) => sensor.Read();

    private static void ReadAll(Discovery discovery)
    {
        foreach (var sensor in discovery.Sensors)
            sensor.Read();
    }

    private void MaySleep(string control, string status)
    {
        _host.Put($"/sys/bus/pci/devices/{First}/power/control", control + "\n");
        _host.Put($"/proc/driver/nvidia/gpus/{First}/power", $"Runtime D3 status:          {status}\nVideo Memory:               Active\n");
    }
}
