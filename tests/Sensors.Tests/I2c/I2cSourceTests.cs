using Homelab.NodeAgent.Sensors.I2c;
using Homelab.TestKit;
using Homelab.Units;

namespace Homelab.NodeAgent.Sensors.Tests.I2c;

public sealed class I2cSourceTests : IDisposable
{
    private readonly FixtureHost _host = FixtureHost.Of(("/dev/i2c-1", ""), ("/dev/i2c-2", ""), ("/dev/gpiochip0", ""), ("/dev/gpiochip4", ""));
    private readonly FakeI2c _kernel = new();
    private readonly FakeGpio _lines = new();
    private readonly ManualClock _clock = new();

    public void Dispose() => _host.Dispose();

    [Theory]
    [InlineData(FakeI2c.Everything)]
    [InlineData(FakeI2c.StubOnly)]
    public void Read_KnownChipSetUp_IsItsFiguresAndNothingIsWritten(uint functions)
    {
        var chip = Ina226(_kernel.Adapter(Node(1), functions), 0x40);

        var discovery = Source("ina226@1-0x40 shunt=10mOhm label=node1").Discover(_host.Root);

        Assert.Equal((12.0, 1.0, 3.0), (Value(discovery, "voltage"), Value(discovery, "current"), Value(discovery, "power")));
        Assert.Equal(
            new SensorInfo("i2c", "ina226@1-0x40", "power", "node1", Quantity.Power, SensorShape.Gauge, "/dev/i2c-1"), discovery.Sensor("power").Info);
        Assert.Empty(chip.Writes);
        Assert.Equal(0, _kernel.Open());
        Assert.Equal(FindingKind.Note, Assert.Single(discovery.Findings).Kind);
    }

    [Fact]
    public void Read_InputRail_IsKnownByTheNodesFigure()
    {
        Ina226(_kernel.Adapter(Node(1)), 0x40);

        var discovery = Source("ina226@1-0x40 shunt=10mOhm label=node1 role=input").Discover(_host.Root);

        Assert.Equal("VDD_IN", discovery.Sensor("power").Info.Label);
        Assert.Equal("node1", discovery.Sensor("voltage").Info.Label);
    }

    [Fact]
    public void Discover_FreshChip_IsSetUpAndSaysNothingUntilItHasConverted()
    {
        var chip = Ina226(_kernel.Adapter(Node(1)), 0x40).Set(0x00, 0x4127).Set(0x05, 0);
        var discovery = Source("ina226@1-0x40 shunt=2mOhm range=32.768A").Discover(_host.Root);

        Assert.Equal([((byte)0x00, (ushort)0x4727), ((byte)0x05, (ushort)0x0A00)], chip.Writes);
        Assert.Equal((Quality.Fault, (long?)null), (discovery.Sensor("current").Read().Quality, discovery.Sensor("power").Read().Micros));

        // The chip says that it has converted.
        chip.Set(0x06, 0x0008);
        Assert.Equal(4.0, Pass(discovery)["current"].Value());
        Assert.Equal(2, chip.Writes.Count);
    }

    [Fact]
    public void Read_ChipThatNeverSaysReady_IsReadOnceItMustHaveConverted()
    {
        Ina226(_kernel.Adapter(Node(1)), 0x40).Set(0x05, 0);
        var discovery = Source("ina226@1-0x40 shunt=10mOhm").Discover(_host.Root);
        Assert.Equal(Quality.Fault, Pass(discovery)["current"].Quality);

        _clock.Advance(TimeSpan.FromMilliseconds(300));

        Assert.Equal(1.0, Pass(discovery)["current"].Value());
    }

    [Fact]
    public void Read_ChipThatLostItsSupply_IsCalibratedAgainAndNeverReadsZero()
    {
        var chip = Ina226(_kernel.Adapter(Node(1)), 0x40);
        var discovery = Source("ina226@1-0x40 shunt=10mOhm").Discover(_host.Root);
        Assert.Equal(1.0, Pass(discovery)["current"].Value());

        chip.Set(0x05, 0).Set(0x04, 0).Set(0x03, 0);
        var during = Pass(discovery);

        Assert.Equal((Quality.Fault, (long?)null), (during["current"].Quality, during["current"].Micros));
        Assert.Equal([((byte)0x05, (ushort)0x0800)], chip.Writes);
    }

    [Theory]
    [InlineData("ina226@1-0x40 shunt=10mOhm", 0xFE, 0x1234)]
    [InlineData("ina226@1-0x40 shunt=10mOhm", 0xFF, 0x2270)]
    [InlineData("ina260@1-0x40", 0xFF, 0x2260)]
    [InlineData("ina3221@1-0x40 shunt=10mOhm", 0xFF, 0x2260)]
    [InlineData("ina228@1-0x40 shunt=10mOhm", 0x3E, 0x0000)]
    [InlineData("ina219@1-0x40 shunt=10mOhm", 0xFE, 0x5449)]
    public void Discover_AnotherChip_IsNeverWrittenToAndSaysSo(string monitor, byte register, int value)
    {
        var chip = Ina226(_kernel.Adapter(Node(1)), 0x40).Set(register, (ulong)value);

        var discovery = Source(monitor).Discover(_host.Root);

        Assert.Empty(chip.Writes);
        Assert.All(Pass(discovery).Values, static reading => Assert.Equal((Quality.Unsupported, (long?)null), (reading.Quality, reading.Micros)));
        var finding = Assert.Single(discovery.Findings);
        Assert.Equal(FindingKind.Broken, finding.Kind);
        Assert.Contains(string.Create(System.Globalization.CultureInfo.InvariantCulture, $"register 0x{register:x2} reads 0x{value:x4}"), finding.Meaning, StringComparison.Ordinal);
        Assert.NotEmpty(finding.Fix);
    }

    [Fact]
    public void Discover_ChipThatForgets_IsStubbornAndSaysSo()
    {
        var chip = Ina226(_kernel.Adapter(Node(1)), 0x40).Set(0x05, 0);
        chip.Deaf.Add(0x05);

        var discovery = Source("ina226@1-0x40 shunt=10mOhm").Discover(_host.Root);

        Assert.Equal(Quality.Fault, Pass(discovery)["current"].Quality);
        Assert.Contains("0x05 does not keep", Assert.Single(discovery.Findings).Meaning, StringComparison.Ordinal);
    }

    [Fact]
    public void Discover_KernelsDriver_IsYieldedTo()
    {
        _host.Put("/sys/bus/i2c/drivers/ina2xx/", "");
        _host.Put("/sys/bus/i2c/devices/1-0040/driver", "-> ../../drivers/ina2xx");
        var chip = Ina226(_kernel.Adapter(Node(1)), 0x40);
        chip.Driver = true;

        var discovery = Source("ina226@1-0x40 shunt=10mOhm").Discover(_host.Root);

        Assert.Empty(discovery.Sensors);
        Assert.Equal(0, chip.Reads);
        var finding = Assert.Single(discovery.Findings);
        Assert.Equal((FindingKind.Note, "EBUSY"), (finding.Kind, finding.Errno));
        Assert.Contains("driver ina2xx has it", finding.Meaning, StringComparison.Ordinal);
    }

    [Fact]
    public void Read_DriverTakesItLater_IsNotSpokenToAnyMore()
    {
        var chip = Ina226(_kernel.Adapter(Node(1)), 0x40);
        var discovery = Source("ina226@1-0x40 shunt=10mOhm").Discover(_host.Root);
        Pass(discovery);
        var reads = chip.Reads;

        chip.Driver = true;

        // "Unsupported" makes the loop search again within seconds.
        Assert.Equal(Quality.Unsupported, Pass(discovery)["power"].Quality);
        Assert.Equal(reads, chip.Reads);
    }

    [Theory]
    [InlineData(Errno.RemoteInputOutput, Quality.Fault, "EREMOTEIO: nothing answers at 0x40 on /dev/i2c-1")]
    [InlineData(Errno.NoDeviceOrAddress, Quality.Fault, "ENXIO: nothing answers at 0x40 on /dev/i2c-1")]
    [InlineData(Errno.NoDevice, Quality.Fault, "ENODEV: nothing answers at 0x40 on /dev/i2c-1")]
    [InlineData(Errno.TimedOut, Quality.Fault, "ETIMEDOUT: the bus hung at 0x40 on /dev/i2c-1")]
    [InlineData(Errno.TryAgain, Quality.Fault, "EAGAIN: another master keeps the bus, or the adapter went away")]
    public void Read_Errno_IsAQualityWithTheReasonAndHeals(int errno, Quality quality, string detail)
    {
        var chip = Ina226(_kernel.Adapter(Node(1)), 0x40);
        chip.Errno = errno;
        var source = Source("ina226@1-0x40 shunt=10mOhm");
        var discovery = source.Discover(_host.Root);

        Assert.All(discovery.Sensors, sensor => Assert.Equal(new Reading(quality, null, detail), sensor.Read()));
        Assert.Equal((FindingKind.Broken, Errno.Name(errno)), (discovery.Findings[0].Kind, discovery.Findings[0].Errno));
        chip.Errno = 0;
        discovery = source.Discover(_host.Root);

        Assert.Equal(1.0, Pass(discovery)["current"].Value());
    }

    [Fact]
    public void Read_ArbitrationLostOnce_IsTriedAgainAtOnce()
    {
        var chip = Ina226(_kernel.Adapter(Node(1)), 0x40);
        var discovery = Source("ina226@1-0x40 shunt=10mOhm").Discover(_host.Root);
        Pass(discovery);

        (chip.Errno, chip.ErrnoTimes) = (Errno.TryAgain, 1);

        Assert.Equal(1.0, Pass(discovery)["current"].Value());
    }

    [Fact]
    public void Read_ChipThatHangsTheBus_IsLeftOutForAWhileAndItsNeighbourRead()
    {
        var adapter = _kernel.Adapter(Node(1));
        var (first, _) = (Ina226(adapter, 0x40), Ina226(adapter, 0x41));
        first.Errno = Errno.TimedOut;
        var discovery = Source("ina226@1-0x40 shunt=10mOhm, ina226@1-0x41 shunt=10mOhm").Discover(_host.Root);
        ReadAll(discovery);
        var reads = first.Reads;

        for (var pass = 0; pass < PowerMonitor.RestLooks; pass++)
            Assert.Equal(3.0, ReadAll(discovery)[("ina226@1-0x41", "power")].Value());

        Assert.Equal(reads, first.Reads);
        ReadAll(discovery);
        Assert.Equal(reads + 1, first.Reads);
    }

    [Fact]
    public void Read_OneBusHangs_TheOtherIsReadInTime()
    {
        var (stuck, sound) = (_kernel.Adapter(Node(1)), _kernel.Adapter(Node(2)));
        Ina226(stuck, 0x40);
        Ina226(sound, 0x40);
        var source = new I2cSource(TimeProvider.System) { Monitors = Parse("ina226@1-0x40 shunt=10mOhm, ina226@2-0x40 shunt=10mOhm"), Buses = _kernel, Lines = _lines };
        var discovery = source.Discover(_host.Root);
        ReadAll(discovery);
        using var hang = new ManualResetEventSlim();
        stuck.Hang = hang;

        var begun = TimeProvider.System.GetTimestamp();
        var during = ReadAll(discovery);
        var again = ReadAll(discovery);

        Assert.True(TimeProvider.System.GetElapsedTime(begun) < TimeSpan.FromSeconds(10), "the hanging one was waited for");
        foreach (var pass in new[] { during, again })
        {
            Assert.Equal(3.0, pass[("ina226@2-0x40", "power")].Value());
            Assert.Equal((Quality.Stale, (long?)null), (pass[("ina226@1-0x40", "power")].Quality, pass[("ina226@1-0x40", "power")].Micros));
        }
        Assert.Contains(source.Discover(_host.Root).Findings, static finding => finding.Path == "/dev/i2c-1" && finding.Meaning.Contains("does not answer", StringComparison.Ordinal));
        stuck.Hang = null;
        hang.Set();
        Assert.True(SpinUntil(() => ReadAll(discovery)[("ina226@1-0x40", "power")].Quality == Quality.Ok));
    }

    [Theory]
    [InlineData("ina226@1-0x40 shunt=10mOhm", 0x0001_0000u, "words")]
    [InlineData("ina228@1-0x40 shunt=10mOhm", 0x0060_0000u, "blocks")]
    public void Discover_AdapterThatCanNot_SaysSo(string monitor, uint functions, string what)
    {
        var chip = Ina226(_kernel.Adapter(Node(1), functions), 0x40);
        chip.Set(0x3E, 0x5449).Set(0x3F, 0x2281).Set(0x01, 0xFB6B).Set(0x02, 0x1000).Set(0x00, 0);

        var discovery = Source(monitor).Discover(_host.Root);

        Assert.All(Pass(discovery).Values, static reading => Assert.Equal(Quality.Unsupported, reading.Quality));
        Assert.Contains(what, Assert.Single(discovery.Findings).Meaning, StringComparison.Ordinal);
    }

    [Fact]
    public void Discover_NodeShut_NamesTheUnitsLine()
    {
        _kernel.Adapter(Node(1)).OpenErrno = Errno.Access;

        var discovery = Source("ina226@1-0x40 shunt=10mOhm, ina260@1-0x41").Discover(_host.Root);

        var finding = Assert.Single(discovery.Findings);
        Assert.Equal((FindingKind.Denied, "/dev/i2c-1", "EACCES"), (finding.Kind, finding.Path, finding.Errno));
        Assert.Contains("DeviceAllow=/dev/i2c-1 rw", finding.Fix, StringComparison.Ordinal);
        Assert.All(discovery.Sensors, static sensor => Assert.Equal(Quality.Denied, sensor.Read().Quality));
    }

    [Theory]
    [InlineData("i2c-7", "modprobe i2c-dev")]
    [InlineData("i2c-3", "correct the bus")]
    [InlineData("", "dtparam=i2c_arm=on")]
    public void Discover_NoNode_NamesWhatIsMissing(string adapter, string fix)
    {
        if (adapter.Length > 0)
            _host.Put($"/sys/bus/i2c/devices/{adapter}/name", "bcm2835");

        var discovery = Source("ina226@7-0x40 shunt=10mOhm").Discover(_host.Root);

        var finding = Assert.Single(discovery.Findings);
        Assert.Equal((FindingKind.Missing, "/dev/i2c-7"), (finding.Kind, finding.Path));
        Assert.Contains(fix, finding.Fix, StringComparison.Ordinal);
        Assert.All(discovery.Sensors, static sensor => Assert.Equal(Quality.Fault, sensor.Read().Quality));
    }

    [Fact]
    public void Discover_NothingNamed_OpensNothing()
    {
        _kernel.Adapter(Node(1));

        var discovery = new I2cSource { Buses = _kernel, Lines = _lines }.Discover(_host.Root);

        Assert.Empty(discovery.Sensors);
        Assert.Equal((FindingKind.Foreign, ""), (Assert.Single(discovery.Findings).Kind, discovery.Findings[0].Fix));
    }

    [Fact]
    public void Read_Ina228_CountsEnergy()
    {
        _kernel.Adapter(Node(1)).Chip(0x40).Set(0x3E, 0x5449).Set(0x3F, 0x2281).Set(0x01, 0xFB6B).Set(0x02, 3750)
            .Set(0x05, (ulong)Chips.Long(61_440), 3).Set(0x09, 1_024, 5).Set(0x0B, 1);

        var discovery = Source("ina228@1-0x40 shunt=15mOhm range=10A").Discover(_host.Root);

        Assert.Equal((12.0, 1.0), (Value(discovery, "voltage"), Value(discovery, "energy")));
        Assert.Equal(1_073_741_824_000_000, discovery.Sensor("energy").Info.WrapMicros);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(Errno.RemoteInputOutput)]
    public void Read_AgainAndAgain_AllocatesNothing(int errno)
    {
        var chip = Ina226(_kernel.Adapter(Node(1)), 0x40);
        var discovery = Source("ina226@1-0x40 shunt=10mOhm").Discover(_host.Root);
        chip.Errno = errno;
        var sensors = discovery.Sensors.ToArray();
        for (var pass = 0; pass < 50; pass++)
            Array.ForEach(sensors, static sensor => sensor.Read());
        var fake = AllocatedByTheFake();
        Array.ForEach(sensors, static sensor => sensor.Read());
        var (here, there) = (GC.GetAllocatedBytesForCurrentThread(), _kernel.AllocatedByCaller);

        for (var pass = 0; pass < 100; pass++)
            Array.ForEach(sensors, static sensor => sensor.Read());

        // The fake makes a string of the path at each opening, and nothing else; the look itself is made on the bus's own thread.
        var allocated = GC.GetAllocatedBytesForCurrentThread() - here + _kernel.AllocatedByCaller - there;
        Assert.True(allocated - (100 * fake) is >= 0 and < 100, $"{allocated} bytes in 100 passes, of which the fake {100 * fake}");
    }

    private long AllocatedByTheFake()
    {
        var path = System.Text.Encoding.UTF8.GetBytes(Node(1) + "\0");
        _kernel.Close(_kernel.Open(path));
        var before = GC.GetAllocatedBytesForCurrentThread();
        _kernel.Close(_kernel.Open(path));
        return GC.GetAllocatedBytesForCurrentThread() - before;
    }

    [Fact]
    public void Read_AlertPulledAndReleased_IsCountedBetweenLooks()
    {
        Ina226(_kernel.Adapter(Node(1)), 0x40);
        var line = _lines.Chip(_host.Locate("/dev/gpiochip0"), "pinctrl-bcm2711").Lines[17];
        var discovery = Source("ina226@1-0x40 shunt=10mOhm alert=gpiochip0:17").Discover(_host.Root);
        Assert.Equal((0.0, 0.0), (Pass(discovery)["alert"].Value(), Pass(discovery)["alerts"].Value()));

        line.Pull(isHigh: false);
        line.Pull(isHigh: true);
        line.Pull(isHigh: false);

        var pass = Pass(discovery);
        Assert.Equal((1.0, 2.0), (pass["alert"].Value(), pass["alerts"].Value()));
        Assert.Equal((AlertLine.Consumer, 0x116UL), (line.Consumer, line.Flags));
    }

    [Fact]
    public void Read_AlertsThatTheKernelLost_AreCounted()
    {
        Ina226(_kernel.Adapter(Node(1)), 0x40);
        var line = _lines.Chip(_host.Locate("/dev/gpiochip0"), "").Lines[17];
        var discovery = Source("ina226@1-0x40 shunt=10mOhm alert=gpiochip0:17").Discover(_host.Root);
        Pass(discovery);

        for (var i = 0; i < 50; i++)
        {
            line.Pull(isHigh: false, isLost: i is > 15 and < 40);
            line.Pull(isHigh: true);
        }

        Assert.Equal(50.0, Pass(discovery)["alerts"].Value());
    }

    [Fact]
    public void Discover_AlertByLabel_FindsTheChipWhereverItIs()
    {
        Ina226(_kernel.Adapter(Node(1)), 0x40);
        _lines.Chip(_host.Locate("/dev/gpiochip0"), "other");
        var chip = _lines.Chip(_host.Locate("/dev/gpiochip4"), "pinctrl-rp1");

        var discovery = Source("ina226@1-0x40 shunt=10mOhm alert=pinctrl-rp1:5").Discover(_host.Root);

        Assert.Equal("/dev/gpiochip4", discovery.Sensor("alert").Info.Path);
        Assert.Equal(AlertLine.Consumer, chip.Lines[5].Consumer);
    }

    [Theory]
    [InlineData("gpiochip0:17", "fan-control", "Broken", "held by 'fan-control'")]
    [InlineData("gpiochip0:17", "homelab-agent", "Note", "The running agent listens")]
    [InlineData("gpiochip0:500", "", "Broken", "no line 500")]
    [InlineData("gpiochip9:1", "", "Missing", "no GPIO chip")]
    [InlineData("pinctrl-x:1", "", "Missing", "no GPIO chip")]
    public void Discover_AlertNotToBeHad_SaysWhyAndTheMonitorIsRead(string name, string holder, string kind, string meaning)
    {
        Ina226(_kernel.Adapter(Node(1)), 0x40);
        _lines.Chip(_host.Locate("/dev/gpiochip0"), "").Lines[17].Consumer = holder;

        var discovery = Source("ina226@1-0x40 shunt=10mOhm alert=" + name).Discover(_host.Root);

        var finding = discovery.Findings[^1];
        Assert.Equal(kind, finding.Kind.ToString());
        Assert.Contains(meaning, finding.Meaning, StringComparison.Ordinal);
        Assert.Null(Pass(discovery)["alert"].Micros);
        Assert.Equal(3.0, Pass(discovery)["power"].Value());
    }

    [Fact]
    public void Read_GpioChipGoesAway_IsAFaultAndIsTakenAgain()
    {
        Ina226(_kernel.Adapter(Node(1)), 0x40);
        var line = _lines.Chip(_host.Locate("/dev/gpiochip0"), "").Lines[17];
        var source = Source("ina226@1-0x40 shunt=10mOhm alert=gpiochip0:17");
        var discovery = source.Discover(_host.Root);
        Pass(discovery);

        line.Errno = Errno.NoDevice;
        Assert.Equal((Quality.Fault, (long?)null), (Pass(discovery)["alert"].Quality, Pass(discovery)["alert"].Micros));
        Assert.Equal(0, _lines.Open());
        line.Errno = 0;
        discovery = source.Discover(_host.Root);

        Assert.Equal(0.0, Pass(discovery)["alert"].Value());
    }

    private static FakeChip Ina226(FakeAdapter adapter, int address) => adapter.Chip(address)
        .Set(0xFE, 0x5449).Set(0xFF, 0x2260).Set(0x00, 0x4727).Set(0x05, 0x0800).Set(0x02, 9600).Set(0x01, 4000).Set(0x04, 4000).Set(0x03, 480);

    private static IReadOnlyList<MonitorSpec> Parse(string text) => MonitorText.Parse(text, out var problem) ?? throw new ArgumentException(problem, nameof(text));

    private I2cSource Source(string monitors) => new(_clock) { Monitors = Parse(monitors), Buses = _kernel, Lines = _lines };

    private string Node(int number) => _host.Locate($"/dev/i2c-{number}");

    private static double? Value(Discovery discovery, string name) => discovery.Sensor(name).Read().Value();

    private static Dictionary<string, Reading> Pass(Discovery discovery) => discovery.Sensors.ToDictionary(static sensor => sensor.Info.Name, static sensor => sensor.Read());

    private static Dictionary<(string, string), Reading> ReadAll(Discovery discovery) =>
        discovery.Sensors.ToDictionary(static sensor => (sensor.Info.Device, sensor.Info.Name), static sensor => sensor.Read());

    private static bool SpinUntil(Func<bool> condition)
    {
        var begun = TimeProvider.System.GetTimestamp();
        while (!condition() && TimeProvider.System.GetElapsedTime(begun) < TimeSpan.FromSeconds(10))
            Thread.Yield();
        return condition();
    }
}
