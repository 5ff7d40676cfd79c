using Homelab.NodeAgent.Sampling;
using Homelab.NodeAgent.Sensors;
using Homelab.TestKit;
using Homelab.Units;

namespace Homelab.NodeAgent.Tests.Sampling;

public sealed class AttributionTests : IDisposable
{
    private readonly ManualClock _time = new();
    private readonly Sampler _sampler;
    private double _joules;
    private double _busy;
    private double _containers;

    public AttributionTests()
    {
        var powercap = new FakeSource("powercap", () => [new FakeSensor(Some.Zone("package-0", "intel-rapl:0"), () => Reading.Ok((long)(_joules * 1e6)))]);
        var cpu = new FakeSource("cpu", () => [new FakeSensor(Some.Info("cpu", "cpu", "busy", Quantity.Duration, SensorShape.Counter), () => Reading.Ok((long)(_busy * 1e6)))]);
        var cgroup = new FakeSource("cgroup", () => [new FakeSensor(Some.Info("cgroup", "pod:a", "c1", Quantity.Duration, SensorShape.Counter), () => Reading.Ok((long)(_containers * 1e6)))]);
        _sampler = new Sampler(
            Some.Root, [powercap, cpu], Some.Fallback, new SamplerOptions(TimeSpan.FromSeconds(30), TimeSpan.FromMinutes(1)), new MonotonicClock(_time), () => default, new ListLog(), null, cgroup);
    }

    public void Dispose() => _sampler.Dispose();

    [Fact]
    public async Task Pass_WithContainers_SplitsTheNodesOwnEnergyAndKeepsThemOutOfTheInventory()
    {
        await NextAsync(joules: 0, busy: 0, containers: 0);
        var before = (await NextAsync(joules: 10, busy: 0, containers: 0)).Split!;

        var sample = await NextAsync(joules: 40, busy: 2, containers: 1.5);

        Assert.Equal(["powercap", "cpu"], sample.Inventory.Sensors.Select(sensor => sensor.Source));
        Assert.Equal(sample.Energy, sample.Split!.Whole);
        // Of 30 J in the second 2 J would have been drawn at rest; of the rest three quarters of the processor time were the container's.
        Assert.Equal(
            (21.0, 7.0, 2.0),
            (Assert.Single(sample.Split.Containers).Energy.Joules, (sample.Split.System - before.System).Joules, (sample.Split.Idle - before.Idle).Joules));
        Assert.Contains(sample.Sources, source => source is { Source: "cgroup", Success: true });
    }

    private async Task<NodeSample> NextAsync(double joules, double busy, double containers)
    {
        (_joules, _busy, _containers) = (joules, busy, containers);
        _time.Advance(TimeSpan.FromSeconds(1));
        return await _sampler.PassAsync();
    }
}
