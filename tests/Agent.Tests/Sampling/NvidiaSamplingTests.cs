using Homelab.NodeAgent.Sampling;
using Homelab.NodeAgent.Sensors;
using Homelab.NodeAgent.Sensors.Nvidia;
using Homelab.TestKit;
using Homelab.Units;

namespace Homelab.NodeAgent.Tests.Sampling;

/// <summary>A graphics driver in the sampling loop: what it does to the node's figure, and that a call that hangs hurts nobody else.</summary>
public sealed class NvidiaSamplingTests : IDisposable
{
    private static readonly TimeSpan Second = TimeSpan.FromSeconds(1);

    private readonly FixtureHost _host = FixtureHost.Of();
    private readonly FakeNvml _fake;
    private readonly ManualClock _time = new();
    private readonly Sampler _sampler;
    private long _package = 1;

    public NvidiaSamplingTests()
    {
        _fake = FakeNvml.In(_host, "0000:01:00.0");
        var package = new FakeSource("powercap", () => [new FakeSensor(Some.Zone("package-0", "intel-rapl:0"), () => Reading.Ok(_package))]);
        _sampler = new Sampler(_host.Root, [package, new NvidiaSource()], Some.Fallback, new SamplerOptions(TimeSpan.FromMilliseconds(500), TimeSpan.FromMinutes(1)), new MonotonicClock(_time), () => default, new ListLog());
    }

    public void Dispose()
    {
        _fake.Say("0.hang.temp 0");
        _sampler.Dispose();
        _host.Dispose();
    }

    [Fact]
    public async Task Pass_CardWithACounter_ItsJoulesAreTheNodes()
    {
        await PassAsync();
        var before = await PassAsync(millijoules: 180_000);

        var sample = await PassAsync(millijoules: 180_000);

        Assert.Equal((Power.FromWatts(200), "rapl-package+gpu"), (sample.Power.Watts, sample.Power.Source));
        Assert.Equal(Energy.FromJoules(200), sample.Energy - before.Energy);
    }

    [Fact]
    public async Task Pass_DriverHangs_OthersAreReadAndTheCardKeepsItsWatts()
    {
        await PassAsync();
        await PassAsync(millijoules: 180_000);
        _fake.Say("0.field186 180000");
        await PassAsync(millijoules: 180_000);
        _fake.Say("0.hang.temp 1");

        var sample = await PassAsync();

        Assert.Equal((false, "nvidia@0000:01:00.0/power: the driver does not answer for this GPU"), (sample.Sources[1].Success, sample.Sources[1].Detail));
        Assert.True(sample.Sources[0].Success);
        Assert.Equal(Power.FromWatts(200), sample.Power.Watts);
        _fake.ForgetCalls();
        Assert.True((await PassAsync()).Sources[0].Success);
        Assert.Empty(_fake.Calls);

        _fake.Say("0.hang.temp 0");
        await Eventually.TrueAsync(() => _sampler.PassAsync().AsTask().GetAwaiter().GetResult().Sources[1].Success);
    }

    /// <summary>A second later, 20 J of the package and so much of the card.</summary>
    private async Task<NodeSample> PassAsync(long millijoules = 0)
    {
        _time.Advance(Second);
        _package += 20_000_000;
        if (millijoules > 0)
            _fake.Say($"0.energy {long.Parse(_fake.Value("0.energy")!, System.Globalization.CultureInfo.InvariantCulture) + millijoules}");
        return await _sampler.PassAsync();
    }
}
