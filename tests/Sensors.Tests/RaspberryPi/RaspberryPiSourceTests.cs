using Homelab.NodeAgent.Sensors.RaspberryPi;
using Homelab.NodeAgent.Vcio;
using Homelab.TestKit;
using Homelab.Units;

namespace Homelab.NodeAgent.Sensors.Tests.RaspberryPi;

public sealed class RaspberryPiSourceTests
{
    private const string Sysfs = "/sys/devices/platform/soc/soc:firmware/get_throttled";

    private readonly ManualClock _time = new();
    private readonly FakeFirmware _firmware = FakeFirmware.Pi5();
    private readonly List<string> _opened = [];

    [Fact]
    public void Discover_Pi5_GivesFlagsClocksAndRails()
    {
        using var host = Device("vcio_gencmd");
        var discovery = Source().Discover(host.Root);

        Assert.Equal(8, discovery.Sensors.Count(static sensor => sensor.Info.Quantity == Quantity.State));
        Assert.Equal(2_400_033_792, discovery.Sensor("arm_clock").Read().Value());
        Assert.Equal(46.2, discovery.Sensor("soc_temp").Read().Value());
        Assert.Equal(0.8752, discovery.Sensor("core_voltage").Read().Value());
        Assert.Equal(4.9245, discovery.Sensor("pmic", "ext5v_voltage").Read().Value());
        Assert.Equal(12, discovery.Sensors.Count(static sensor => sensor.Info.Name != "rails_power" && sensor.Info.Quantity == Quantity.Power));
        Assert.Equal((Quality.Ok, 5.921618), (discovery.Sensor("rails_power").Read().Quality, discovery.Sensor("rails_power").Read().Value()));
        Assert.DoesNotContain(discovery.Sensors, static sensor => sensor.Info.Name is "ext5v_power" or "batt_current");
        Assert.Empty(discovery.Findings);
    }

    [Fact]
    public void Read_WholePass_AsksEachCommandOnceAndNeverWithAnArgumentThatClears()
    {
        using var host = Device("vcio_gencmd");
        var sensors = Looked(host).Sensors;
        _firmware.Asked.Clear();

        foreach (var sensor in sensors)
            sensor.Read();

        Assert.Equal(
            ["get_throttled", "measure_clock arm", "measure_clock core", "measure_clock v3d", "measure_temp", "measure_temp pmic", "measure_volts core", "pmic_read_adc"],
            _firmware.Asked);
    }

    [Fact]
    public void Read_ThrottleWord_IsNowAndSinceBoot()
    {
        using var host = Device("vcio_gencmd");
        var discovery = Looked(host);
        _firmware.Say("get_throttled", "throttled=0x50005\n");

        Assert.Equal(
            ["under_voltage", "firmware_capped", "under_voltage_since_boot", "firmware_capped_since_boot"],
            discovery.Sensors.Where(static sensor => sensor.Info.Quantity == Quantity.State && sensor.Read() == Reading.Ok(1_000_000)).Select(static sensor => sensor.Info.Name));
    }

    [Theory]
    [InlineData(Errno.TimedOut, Quality.Fault, "ETIMEDOUT reading vcio_gencmd")]
    [InlineData(Errno.NotPermitted, Quality.Denied, "EPERM reading vcio_gencmd")]
    [InlineData(Errno.NoEntry, Quality.Fault, "ENOENT reading vcio_gencmd: gone")]
    public void Read_FirmwareFails_NothingHasAValue(int errno, Quality quality, string detail)
    {
        using var host = Device("vcio_gencmd");
        var sensors = Looked(host).Sensors;
        _firmware.Errno = errno;

        Assert.All(sensors, sensor => Assert.Equal(Reading.None(quality, detail), sensor.Read()));
    }

    [Theory]
    [InlineData("get_throttled", "garbage", "under_voltage")]
    [InlineData("measure_temp", "temp=nan'C", "soc_temp")]
    [InlineData("measure_clock arm", "", "arm_clock")]
    public void Read_GarbageAnswer_IsAFaultOfThatSensorAlone(string command, string text, string name)
    {
        using var host = Device("vcio_gencmd");
        var discovery = Looked(host);
        _firmware.Say(command, text);

        Assert.Equal(Quality.Fault, discovery.Sensor(name).Read().Quality);
        Assert.Equal(Quality.Ok, discovery.Sensor("core_voltage").Read().Quality);
    }

    [Fact]
    public void Read_HotterThanPossible_IsImplausible()
    {
        using var host = Device("vcio_gencmd");
        var discovery = Looked(host);
        _firmware.Say("measure_temp", "temp=4230.0'C");

        Assert.Equal(Quality.Implausible, discovery.Sensor("soc_temp").Read().Quality);
    }

    [Fact]
    public void Read_RailWithoutANumber_IsUnsupportedAndSoIsTheSum()
    {
        using var host = Device("vcio_gencmd");
        var discovery = Looked(host);
        _firmware.Say("pmic_read_adc", "VDD_CORE_A current(7)=nanA\nVDD_CORE_V volt(15)=0.89V\n");

        Assert.Equal(Quality.Unsupported, discovery.Sensor("vdd_core_power").Read().Quality);
        Assert.Equal(0.89, discovery.Sensor("vdd_core_voltage").Read().Value());
        Assert.Equal(Quality.Unsupported, discovery.Sensor("rails_power").Read().Quality);
    }

    [Fact]
    public void Discover_Pi4_HasNoRails()
    {
        using var host = FixtureHost.Recorded("pi4b");
        var discovery = new RaspberryPiSource().Discover(host.Root);

        Assert.DoesNotContain(discovery.Sensors, static sensor => sensor.Info.Device == "pmic");
        Assert.Equal(Reading.Ok(0), discovery.Sensor("under_voltage").Read());
        Assert.Equal(Reading.Ok(1_000_000), discovery.Sensor("under_voltage_since_boot").Read());
        // A clock that is off runs at 0 Hz: that is a value.
        Assert.Equal(Reading.Ok(0), discovery.Sensor("v3d_clock").Read());
    }

    [Fact]
    public void Discover_NarrowDoorShut_TakesTheWideOne()
    {
        using var host = FixtureHost.Of(("/dev/vcio_gencmd", ""), ("/dev/vcio", ""));
        var source = new RaspberryPiSource(
            path =>
            {
                _opened.Add(path[host.Path.Length..]);
                return path.EndsWith("gencmd", StringComparison.Ordinal) ? new FakeFirmware { Errno = Errno.Access } : _firmware;
            },
            _time);

        var discovery = source.Discover(host.Root);

        Assert.Equal(["/dev/vcio_gencmd", "/dev/vcio"], _opened);
        Assert.Equal("/dev/vcio", discovery.Sensor("under_voltage").Info.Path);
    }

    [Theory]
    [InlineData(Errno.Access, "Denied", "DeviceAllow=/dev/vcio_gencmd r")]
    [InlineData(Errno.NotPermitted, "Denied", "SupplementaryGroups=video")]
    [InlineData(Errno.TimedOut, "Broken", "")]
    public void Discover_DoorShut_SaysWhatOpensIt(int errno, string kind, string fix)
    {
        using var host = FixtureHost.Of(("/dev/vcio_gencmd", ""), (Sysfs, "0"));
        _firmware.Errno = errno;

        var discovery = Source().Discover(host.Root);

        Assert.Empty(discovery.Sensors);
        var finding = Assert.Single(discovery.Findings);
        Assert.Equal((kind, "/dev/vcio_gencmd"), (finding.Kind.ToString(), finding.Path));
        Assert.Contains(fix, finding.Fix, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("Raspberry Pi 4 Model B Rev 1.5\0", "No door to the firmware is seen here", true)]
    [InlineData("Turing Machines RK1\0", "This machine is no Raspberry Pi.", false)]
    public void Discover_NoDoor_IsMissingAndMendableOnAPiOnly(string board, string meaning, bool hasFix)
    {
        using var host = FixtureHost.Of(("/proc/device-tree/model", board));

        var finding = Assert.Single(Source().Discover(host.Root).Findings);

        Assert.Equal((hasFix ? FindingKind.Missing : FindingKind.Foreign, hasFix), (finding.Kind, finding.Fix.Length > 0));
        Assert.StartsWith(meaning, finding.Meaning, StringComparison.Ordinal);
        Assert.Empty(_opened);
    }

    [Theory]
    [InlineData(Sysfs)]
    [InlineData("/sys/devices/platform/soc@107c000000/soc@107c000000:firmware/get_throttled")]
    public void Read_SysfsCopy_TellsNowAndKeepsWhatItSaw(string file)
    {
        using var host = FixtureHost.Of((file, "0\n"));
        var discovery = Source().Discover(host.Root);
        var (now, sinceBoot) = (discovery.Sensor("under_voltage"), discovery.Sensor("under_voltage_since_boot"));

        Assert.Equal(Reading.Ok(0), now.Read());
        Assert.Equal(Quality.Unsupported, sinceBoot.Read().Quality);
        host.Put(file, "50005\n");
        Assert.Equal(Reading.Ok(1_000_000), now.Read());
        Assert.Equal(Reading.Ok(1_000_000), sinceBoot.Read());
        // The kernel asked again and cleared the history; this boot did not.
        host.Put(file, "0\n");
        Assert.Equal(Reading.Ok(0), now.Read());
        Assert.Equal(Reading.Ok(1_000_000), sinceBoot.Read());
        Assert.Equal(8, discovery.Sensors.Count);
        Assert.Equal(FindingKind.Note, Assert.Single(discovery.Findings).Kind);
    }

    [Fact]
    public void Discover_HostRootOfAContainer_FallsBackToItsOwnDevices()
    {
        // A live kernel behind another root is told by its uevent counter; a recording never reaches for this machine's devices.
        using var live = FixtureHost.Of(("/sys/kernel/uevent_seqnum", "1"));
        var asked = new List<string>();
        var files = new OwnDevice();
        var source = new RaspberryPiSource(
            path =>
            {
                asked.Add(path);
                return _firmware;
            },
            _time);

        Assert.NotEmpty(source.Discover(live.Seen(files)).Sensors);
        Assert.Equal(["/dev/vcio_gencmd"], asked);
        using var recording = FixtureHost.Of(("/proc/stat", ""));
        Assert.Empty(source.Discover(recording.Seen(files)).Sensors);
    }

    [Fact]
    public void Read_AgainAndAgain_AllocatesNothing()
    {
        using var host = Device("vcio_gencmd");
        var sensors = new RaspberryPiSource(static _ => new Silent(), _time).Discover(host.Root).Sensors;
        Assert.True(sensors.Count > 10);
        for (var i = 0; i < sensors.Count; i++)
            sensors[i].Read();
        var before = GC.GetAllocatedBytesForCurrentThread();

        for (var pass = 0; pass < 50; pass++)
        {
            for (var i = 0; i < sensors.Count; i++)
                sensors[i].Read();
        }

        Assert.Equal(before, GC.GetAllocatedBytesForCurrentThread());
    }

    private static FixtureHost Device(string name) => FixtureHost.Of(("/dev/" + name, ""));

    /// <summary>A second after a first pass, which uses what the search was told.</summary>
    private Discovery Looked(FixtureHost host)
    {
        var discovery = Source().Discover(host.Root);
        foreach (var sensor in discovery.Sensors)
            sensor.Read();
        _time.Advance(TimeSpan.FromSeconds(1));
        return discovery;
    }

    private RaspberryPiSource Source() => new(
        path =>
        {
            _opened.Add(path);
            return _firmware;
        },
        _time);

    /// <summary>Answers without keeping a record, which would allocate.</summary>
    private sealed class Silent : IFirmware
    {
        public int Ask(ReadOnlySpan<byte> command, Span<byte> answer)
        {
            var text = command[0] switch
            {
                (byte)'g' => "throttled=0x50005"u8,
                (byte)'p' => "VDD_CORE_A current(7)=5.03652000A\nVDD_CORE_V volt(15)=0.89369880V\nX_A current(1)=nanA\nX_V volt(2)=1V\n"u8,
                _ => "temp=42.3'C"u8,
            };
            text.CopyTo(answer);
            return text.Length;
        }
    }

    /// <summary>This machine's files, and a device node of its own.</summary>
    private sealed class OwnDevice : IPseudoFiles
    {
        private readonly PosixFiles _files = new();

        public int Read(PseudoPath path, Span<byte> buffer) => _files.Read(path, buffer);

        public IReadOnlyList<string> List(string path, out int errno)
        {
            if (path != "/dev/vcio_gencmd")
                return _files.List(path, out errno);
            errno = Errno.NotDirectory;
            return [];
        }

        public string? Resolve(string path) => _files.Resolve(path);
    }
}
