using Homelab.NodeAgent.Sensors.Bmc;
using Homelab.TestKit;
using Homelab.Units;

namespace Homelab.NodeAgent.Sensors.Tests.Bmc;

public sealed class IpmiSourceTests : IDisposable
{
    private static readonly TimeSpan Second = TimeSpan.FromSeconds(1);

    private readonly ManualClock _clock = new();
    private readonly FixtureHost _host = FixtureHost.Of(("/sys/class/ipmi/ipmi0/dev", "243:0\n"));
    private readonly FakeController _controller;
    private readonly IpmiSource _source;
    private int _opened;

    public IpmiSourceTests()
    {
        _controller = new FakeController(_clock);
        _source = new IpmiSource(
            (string path, out int errno) =>
            {
                Assert.EndsWith("/dev/ipmi0", path, StringComparison.Ordinal);
                _opened++;
                errno = 0;
                return _controller;
            }, _clock);
    }

    public void Dispose() => _host.Dispose();

    [Fact]
    public void Discover_ControllerWithDcmi_HasItsWattsAtOnce()
    {
        var discovery = _source.Discover(_host.Root);

        Assert.Equal(146, discovery.Sensor("ipmi0", "power").Read().Value());
        Assert.Equal((140, 90, 300), (discovery.Sensor("power_average").Read().Value(), discovery.Sensor("power_lowest").Read().Value(), discovery.Sensor("power_highest").Read().Value()));
        Assert.Equal(("dcmi", Quantity.Power), (discovery.Sensor("power").Info.Label, discovery.Sensor("power").Info.Quantity));
        var finding = Assert.Single(discovery.Findings);
        Assert.Equal(FindingKind.Note, finding.Kind);
        Assert.Contains("device 0x20, firmware 1.46, IPMI 2.0, manufacturer 10876", finding.Meaning, StringComparison.Ordinal);
    }

    [Fact]
    public void Read_EachSecond_AsksEveryTwoSecondsAndFollows()
    {
        var power = Power();
        _controller.AskedForPower.Clear();
        for (var watts = 150; watts < 160; watts++)
        {
            _clock.Advance(Second);
            _controller.Power = FakeController.Watts((ushort)watts);
            Assert.Equal(Quality.Ok, power.Read().Quality);
        }

        Assert.Equal(5, _controller.AskedForPower.Count);
        Assert.InRange(power.Read().Value()!.Value, 157, 158);
    }

    [Fact]
    public void Read_ControllerThatHangs_ReturnsAtOnceStaleAndThenNothing()
    {
        var power = Power();
        _controller.Power = null;
        var asked = _controller.AskedForPower.Count;
        var before = _clock.GetTimestamp();
        _clock.Advance(Second * 3);
        _ = power.Read();
        Assert.Equal(before + (Second * 3).Ticks, _clock.GetTimestamp());

        var seen = Pass(power, 7);
        Assert.Equal((Quality.Stale, 146), (seen.Quality, seen.Value()));
        seen = Pass(power, 60);
        Assert.Equal((Quality.Fault, null), (seen.Quality, seen.Micros));
        Assert.Contains("not answered", seen.Detail, StringComparison.Ordinal);
        // Patience and pauses grow: far fewer questions than passes.
        Assert.InRange(_controller.AskedForPower.Count - asked, 3, 8);

        _controller.Power = FakeController.Watts(99);
        Assert.Equal(Reading.Ok(99_000_000), Pass(power, 70));
    }

    [Fact]
    public void Read_LateAnswer_IsNotTakenForTheNextOne()
    {
        var power = Power();
        _controller.Takes = Second * 6;
        _controller.Power = FakeController.Watts(111);
        Pass(power, 8);
        _controller.Takes = TimeSpan.Zero;
        _controller.Power = FakeController.Watts(222);

        for (var i = 0; i < 30; i++)
            Assert.NotEqual(111, Pass(power, 1).Value());
        Assert.Equal(222, power.Read().Value());
    }

    [Fact]
    public void Read_SlowController_IsStaleBetweenItsAnswers()
    {
        var power = Power();
        _controller.Takes = Second * 4;
        _controller.AskedForPower.Clear();
        var qualities = Enumerable.Range(0, 40).Select(_ => Pass(power, 1).Quality).ToHashSet();

        Assert.Contains(Quality.Stale, qualities);
        Assert.DoesNotContain(Quality.Fault, qualities);
        Assert.True(_controller.AskedForPower.Count <= 5, $"{_controller.AskedForPower.Count} questions in 40 s");
    }

    [Theory]
    [InlineData(new byte[] { 0x00, 0xDC, 1, 0 }, "too short")]
    [InlineData(new byte[] { 0x00 }, "too short")]
    [InlineData(new byte[0], "too short")]
    [InlineData(new byte[] { 0x00, 0xDD, 9, 9, 9, 9, 9, 9, 9, 9, 9, 9, 9, 9, 9, 9, 9, 9, 0x40 }, "not DCMI")]
    [InlineData(new byte[] { 0xC0 }, "busy")]
    [InlineData(new byte[] { 0xC3 }, "timeout")]
    public void Read_AnswerThatSaysNothing_KeepsTheLastAsStale(byte[] answer, string word)
    {
        var power = Power();
        _controller.Power = answer;
        var seen = Pass(power, 4);

        Assert.Equal((Quality.Stale, 146), (seen.Quality, seen.Value()));
        Assert.Contains(word, seen.Detail, StringComparison.Ordinal);
    }

    [Fact]
    public void Read_MeasurementInactive_IsThrownAway()
    {
        var power = Power();
        _controller.Power = FakeController.Watts(146, state: 0);

        Assert.Equal((Quality.Unsupported, null), (Pass(power, 4).Quality, power.Read().Micros));
        _controller.Power = FakeController.Watts(80);
        Assert.Equal(80, Pass(power, 4).Value());
    }

    [Fact]
    public void Read_ZeroWatts_AreNotBelieved()
    {
        var power = Power();
        _controller.Power = FakeController.Watts(0);

        Assert.Equal(Quality.Stale, Pass(power, 4).Quality);
        Assert.Equal((Quality.Fault, null), (Pass(power, 65).Quality, power.Read().Micros));
    }

    [Theory]
    [InlineData(0xC1, Quality.Unsupported)]
    [InlineData(0xD4, Quality.Denied)]
    public void Read_RefusedLater_HasNoValue(byte code, Quality quality)
    {
        var power = Power();
        _controller.Power = [code];

        Assert.Equal((quality, null), (Pass(power, 4).Quality, power.Read().Micros));
    }

    [Fact]
    public void Discover_SimulatorWithoutDcmi_NamesItAndHasNoSensor()
    {
        _controller.Power = [0xC1];
        var discovery = _source.Discover(_host.Root);

        Assert.Empty(discovery.Sensors);
        var finding = Assert.Single(discovery.Findings);
        Assert.Equal(FindingKind.Note, finding.Kind);
        Assert.Contains("0xC1 invalid command", finding.Meaning, StringComparison.Ordinal);
        Assert.Contains("device 0x20", finding.Meaning, StringComparison.Ordinal);
    }

    [Fact]
    public void Discover_ControllerThatHangs_CostsAMomentAndIsToldOnce()
    {
        _controller.Takes = TimeSpan.FromHours(1);
        var discovery = _source.Discover(_host.Root);

        Assert.Equal(FindingKind.Broken, Assert.Single(discovery.Findings).Kind);
        Assert.True(_clock.GetElapsedTime(0) < TimeSpan.FromMilliseconds(400));
    }

    [Fact]
    public void Discover_Again_KeepsTheDeviceAndAsksNothing()
    {
        _ = Power();
        var asked = _controller.AskedForPower.Count;
        var again = _source.Discover(_host.Root);

        Assert.Equal(4, again.Sensors.Count);
        Assert.Equal((1, asked), (_opened, _controller.AskedForPower.Count));
    }

    [Theory]
    [InlineData(Errno.NoDevice)]
    [InlineData(Errno.NoDeviceOrAddress)]
    public void Read_DriverUnloaded_IsGoneAndOpenedAnew(int errno)
    {
        var power = Power();
        _controller.SendError = errno;
        Assert.EndsWith(": gone", Pass(power, 4).Detail, StringComparison.Ordinal);

        _controller.SendError = 0;
        Assert.Equal(power.Info, _source.Discover(_host.Root).Sensor("power").Info);
        // The loop keeps the sensors that it has when a search finds the same.
        Assert.Equal(146, power.Read().Value());
        Assert.True(_controller.IsClosed);
        Assert.Equal(2, _opened);
    }

    [Fact]
    public void Read_DriverError_IsStaleWithItsName()
    {
        var power = Power();
        _clock.Advance(Second * 2);
        _ = power.Read();
        _controller.ReceiveError = Errno.InputOutput;

        Assert.Equal((Quality.Stale, true), (Pass(power, 1).Quality, power.Read().Detail!.StartsWith("EIO", StringComparison.Ordinal)));
    }

    [Theory]
    [InlineData(Errno.Access, FindingKind.Denied)]
    [InlineData(Errno.NotPermitted, FindingKind.Denied)]
    [InlineData(Errno.NoEntry, FindingKind.Missing)]
    [InlineData(Errno.NoDevice, FindingKind.Broken)]
    public void Discover_DeviceShut_SaysWhatOpensIt(int refusal, object kind)
    {
        var source = new IpmiSource(
            (string _, out int errno) =>
            {
                errno = refusal;
                return null;
            }, _clock);
        var finding = Assert.Single(source.Discover(_host.Root).Findings);

        Assert.Equal((kind, Errno.Name(refusal), "/dev/ipmi0"), (finding.Kind, finding.Errno, finding.Path));
        Assert.Equal(refusal != Errno.NoDevice, finding.Fix.Length > 0);
    }

    [Theory]
    [InlineData("23", true)]
    [InlineData("17", true)]
    [InlineData("3", false)]
    [InlineData("10", false)]
    public void Discover_NoDriver_IsHintedAtInServersOnly(string chassis, bool isServer)
    {
        using var host = FixtureHost.Of(("/sys/class/dmi/id/chassis_type", chassis + "\n"));

        var finding = Assert.Single(_source.Discover(host.Root).Findings);

        Assert.Equal((isServer ? FindingKind.Hint : FindingKind.Foreign, isServer), (finding.Kind, finding.Fix.Contains("ipmi_devintf", StringComparison.Ordinal)));
    }

    [Fact]
    public void Discover_FirmwareNamesOneWithoutDriver_SaysModprobe()
    {
        using var host = FixtureHost.Of(("/sys/firmware/dmi/entries/38-0/raw", "x"));

        Assert.Contains("ipmi_devintf", Assert.Single(_source.Discover(host.Root).Findings).Fix, StringComparison.Ordinal);
        Assert.Equal(0, _opened);
    }

    [Fact]
    public void Read_SteadyState_AllocatesNothing()
    {
        var power = Power();
        Pass(power, 20);
        var now = power.Read();
        var before = GC.GetAllocatedBytesForCurrentThread();
        for (var i = 0; i < 100; i++)
            now = power.Read();

        Assert.Equal(0, GC.GetAllocatedBytesForCurrentThread() - before);
        Assert.Equal(Quality.Ok, now.Quality);
    }

    private ISensor Power() => _source.Discover(_host.Root).Sensor("power");

    private Reading Pass(ISensor sensor, int seconds)
    {
        Reading last = default;
        for (var i = 0; i < seconds; i++)
        {
            _clock.Advance(Second);
            last = sensor.Read();
        }
        return last;
    }
}
