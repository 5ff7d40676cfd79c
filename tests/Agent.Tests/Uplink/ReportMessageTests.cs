using Homelab.NodeAgent.Sampling;
using Homelab.NodeAgent.Sensors;
using Homelab.NodeAgent.Uplink;
using Homelab.Rpc;
using Homelab.Units;

namespace Homelab.NodeAgent.Tests.Uplink;

public class ReportMessageTests
{
    private static readonly Inventory Inventory = new([.. Enumerable.Range(0, 200).Select(static i => Some.Info("hwmon", "chip", $"temp{i}", Quantity.Temperature))]);

    private readonly ReportMessage _message = new();

    [Fact]
    public void Of_AnotherReport_HasNothingOfTheLast()
    {
        var full = Some.Sample(Inventory, [.. Inventory.Sensors.Select(static (_, i) => new Reading(Quality.Stale, i, "late"))], TimeSpan.FromSeconds(1), joules: 3) with
        {
            Power = new NodePower(Power.FromWatts(7), Provenance.Measured, "rapl-package", PowerScope.Package, 0.4),
            Throttles = [new ThrottleState(ThrottleCause.Thermal, true, true, TimeSpan.FromSeconds(5)), new ThrottleState(ThrottleCause.Power, true, true, TimeSpan.Zero)],
            Pods = new PodReport(new Energy(1), new Energy(2), new Energy(3), new Energy(4), [new PodEnergy("a", new Energy(5))]),
        };
        var bare = Some.Sample(Inventory, new Reading[Inventory.Sensors.Count], TimeSpan.FromSeconds(2), joules: 4) with
        {
            Throttles = [new ThrottleState(ThrottleCause.Power, null, null, TimeSpan.Zero)],
        };
        _message.Of(new AgentWord.Report(1, 1, full, [.. Enumerable.Range(0, 200)], WithSources: true, WithSelf: true));

        var word = new AgentWord.Report(2, 1, bare, [3, 5], WithSources: false, WithSelf: false);

        Assert.Equal(new ReportMessage().Of(word), _message.Of(word));
    }

    [Fact]
    public void Of_PodsThatComeAndGo_AreToldByTheirOwnNames()
    {
        _message.Of(Pods(new PodEnergy("1", new Energy(5)) { Name = "media/jellyfin-0" }, new PodEnergy("2", new Energy(6)) { Name = "dns/a" }));

        var word = Pods(new PodEnergy("2", new Energy(7)) { Name = "dns/a" }, new PodEnergy("3", new Energy(8)));

        Assert.Equal(new ReportMessage().Of(word), _message.Of(word));
        Assert.Equal([("dns", "a"), ("", "")], _message.Of(word).Report.Split.Pods.Select(static pod => (pod.Namespace, pod.Name)));

        static AgentWord.Report Pods(params PodEnergy[] pods) =>
            new(1, 1, Some.Sample() with { Pods = new PodReport(default, default, default, default, pods) }, [], WithSources: false, WithSelf: false);
    }

    [Fact]
    public void Of_SensorsBeyondWhatTheAggregatorTakes_AreLeftOut()
    {
        var readings = new Reading[5000];

        var report = _message.Of(new AgentWord.Report(1, 1, Some.Sample(Inventory, readings), [0, 4095, 4096, 4999], WithSources: false, WithSelf: false)).Report;

        Assert.Equal([0u, 4095u], report.Readings.Select(static reading => reading.Sensor));
    }

    [Fact]
    public void Of_AReportASecond_AllocatesNothing()
    {
        var frame = new FrameBuffer();
        var sample = Some.Sample(Inventory, [.. Inventory.Sensors.Select(static (_, i) => i % 2 == 0 ? Reading.Ok(i) : Reading.None(Quality.Fault, "EIO"))]) with
        {
            Power = new NodePower(Power.FromWatts(7), Provenance.Measured, "rapl-package", PowerScope.Package, 0.4),
            Throttles = [new ThrottleState(ThrottleCause.Thermal, true, false, TimeSpan.FromSeconds(5))],
        };
        var word = new AgentWord.Report(1, 1, sample, [.. Enumerable.Range(0, 200)], WithSources: false, WithSelf: false);
        for (var i = 0; i < 3; i++)
            frame.Frame(_message.Of(word));

        var before = GC.GetAllocatedBytesForCurrentThread();
        for (var i = 0; i < 25; i++)
            frame.Frame(_message.Of(word));

        Assert.Equal(0, GC.GetAllocatedBytesForCurrentThread() - before);
    }
}
