using FsCheck;
using FsCheck.Fluent;
using Homelab.NodeAgent.Actuators.Gpio;
using Homelab.NodeAgent.Gpio;
using Homelab.NodeAgent.Lamp;
using Homelab.NodeAgent.Sampling;
using Homelab.TestKit;
using Microsoft.Extensions.Logging.Abstractions;

namespace Homelab.NodeAgent.Tests.Lamp;

public sealed class LampLoopTests : IDisposable
{
    private static readonly TimeSpan BeatTime = TimeSpan.FromMilliseconds(250);

    private readonly FixtureHost _host = FixtureHost.Of(("/dev/gpiochip0", ""));
    private readonly FakeGpio _kernel = new();
    private readonly ManualClock _clock = new();
    private bool _isWell;

    public void Dispose() => _host.Dispose();

    [Fact]
    public void Beat_Well_IsLitOnceAndStays()
    {
        var line = _kernel.Chip(_host.Locate("/dev/gpiochip0"), "").Lines[27];
        _isWell = true;
        using var lamp = Lamp(out var loop);

        Pass(loop, 20);

        Assert.Equal([true], line.Driven);
        Assert.Equal((StatusLine.Consumer, 0x8UL), (line.Consumer, line.Flags));
    }

    [Fact]
    public void Beat_Unwell_BlinksOnceASecondAndSettlesWhenWell()
    {
        var line = _kernel.Chip(_host.Locate("/dev/gpiochip0"), "").Lines[27];
        using var lamp = Lamp(out var loop);
        Pass(loop, 9);
        Assert.Equal([true, false, true, false, true], line.Driven);

        _isWell = true;
        Pass(loop, 8);

        Assert.Equal([true, false, true, false, true], line.Driven);
    }

    [Fact]
    public async Task Run_Ended_LeavesTheLampDarkAndTheLineFree()
    {
        var line = _kernel.Chip(_host.Locate("/dev/gpiochip0"), "").Lines[27];
        _isWell = true;
        using (var lamp = Lamp(out var loop))
        {
            using var ending = new CancellationTokenSource();
            // The first beat comes before the first wait.
            var running = loop.RunAsync(ending.Token);
            Assert.Equal([true], line.Driven);
            await ending.CancelAsync();
            await running;
        }

        Assert.Equal([true, false], line.Driven);
        Assert.Equal(("", 0), (line.Consumer, _kernel.Open()));
    }

    [Fact]
    public void Beat_LineTaken_TriesAgainAndLights()
    {
        var line = _kernel.Chip(_host.Locate("/dev/gpiochip0"), "").Lines[27];
        line.Consumer = "fan";
        _isWell = true;
        using var lamp = Lamp(out var loop);
        Pass(loop, 4);
        Assert.Empty(line.Driven);

        line.Consumer = "";
        Pass(loop, 40);

        Assert.Equal([true], line.Driven);
    }

    [Fact]
    public void Beat_ChipGoesAway_IsTakenAgain()
    {
        var line = _kernel.Chip(_host.Locate("/dev/gpiochip0"), "").Lines[27];
        using var lamp = Lamp(out var loop);
        Pass(loop, 2);
        line.Errno = Errno.NoDevice;
        Pass(loop, 4);
        Assert.Equal(0, _kernel.Open());

        line.Errno = 0;
        _isWell = true;
        Pass(loop, 44);

        Assert.True(line.IsHigh);
        Assert.Equal(StatusLine.Consumer, line.Consumer);
    }

    [Fact]
    public void IsLit_AnyTime_IsSteadyWhenWellAndHalfTheTimeWhenNot() => Check.QuickThrowOnFailure(Prop.ForAll(
        Gen.Choose(0, 1_000_000).ToArbitrary(), static milliseconds =>
        {
            var now = TimeSpan.FromMilliseconds(milliseconds);
            Assert.True(LampPattern.IsLit(true, now));
            Assert.NotEqual(LampPattern.IsLit(false, now), LampPattern.IsLit(false, now + LampPattern.Half));
        }));

    [Theory]
    [InlineData(true, true, 1, true)]
    [InlineData(false, true, 1, false)]
    [InlineData(true, false, 1, false)]
    [InlineData(true, true, 8, false)]
    [InlineData(true, true, -1, false)]
    public void IsWell_OfItsParts_NeedsAllOfThem(bool isConnected, bool hasFigure, int age, bool isWell) =>
        Assert.Equal(isWell, LampPattern.IsWell(isConnected, hasFigure, age < 0 ? null : TimeSpan.FromSeconds(age), TimeSpan.FromSeconds(1)));

    private StatusLine Lamp(out LampLoop loop)
    {
        var line = new StatusLine(_host.Root, _kernel, new GpioLineName("gpiochip0", 27));
        loop = new LampLoop(line.Show, () => _isWell, "gpiochip0:27", new MonotonicClock(_clock), NullLogger.Instance);
        return line;
    }

    private void Pass(LampLoop loop, int beats)
    {
        for (var beat = 0; beat < beats; beat++)
        {
            loop.Beat();
            _clock.Advance(BeatTime);
        }
    }
}
