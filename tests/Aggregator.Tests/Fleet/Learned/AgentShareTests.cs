using Homelab.Aggregator.Fleet;
using Homelab.Aggregator.Fleet.Learned;
using Homelab.Aggregator.Tests.Fakes;
using Homelab.Units;

namespace Homelab.Aggregator.Tests.Fleet.Learned;

public sealed class AgentShareTests
{
    private readonly AgentShare _share = new();

    [Fact]
    public void Observe_LessThanAMinute_SaysNothing()
    {
        See(0, 0, 0);
        See(1, 10, 59);

        Assert.Null(_share.Value);
    }

    [Fact]
    public void Observe_AMinute_IsItsPartOfTheTimeInUse()
    {
        See(5, 1000, 0);
        See(5.3, 1030, 60);
        Assert.Equal(0.01, _share.Value!.Value, 9);

        See(5.3, 1030, 120);

        // Nothing ran at all, so it is a part of nothing.
        Assert.Null(_share.Value);
    }

    /// <summary>Both are counted by ticks of their own.</summary>
    [Fact]
    public void Observe_MoreThanTheWholeMachine_IsAllOfIt()
    {
        See(0, 0, 0);
        See(2, 1, 60);

        Assert.Equal(1, _share.Value);
    }

    [Fact]
    public void Observe_CounterThatFell_BeginsAnew()
    {
        See(50, 1000, 0);
        See(1, 1010, 60);
        Assert.Null(_share.Value);

        See(2, 1020, 120);

        Assert.Equal(0.1, _share.Value!.Value, 9);
    }

    [Fact]
    public void Take_NodeAboveItsIdle_TheAgentHasItsPartOfTheRest()
    {
        var time = Sample.Clock();
        var levels = new FleetLevels();
        levels[Sample.Node()]["power package rapl-package"].Observe(1, 10, TimeSpan.FromHours(100));
        var record = new NodeRecord(Sample.Node(), levels[Sample.Node()]);
        record.Greet(new StreamNumber(1), Sample.Identity(sensors: Sample.Sensor("cpu", "cpu", "busy", Quantity.Duration, SensorShape.Counter)));
        for (var second = 0; second <= 60; second++)
        {
            time.Advance(TimeSpan.FromSeconds(1));
            var report = Sample.Report(30, readings: [(0, Sample.Ok(second * 2))], monotonic: TimeSpan.FromSeconds(second), cost: new AgentCost(1, TimeSpan.FromMilliseconds(second * 20)));
            record.Take(report, Moment.Of(time), TimeSpan.FromSeconds(1));
        }

        var learned = record.View(Moment.Of(time), TimeSpan.FromSeconds(1), null).Learned;

        Assert.Equal((30 - learned.Idle!.Value.Watts) * 0.01, learned.Agent!.Value.Watts, 4);
        Assert.InRange(learned.Agent.Value.Watts, 0.19, 0.21);
    }

    private void See(double agent, double busy, double at) => _share.Observe(TimeSpan.FromSeconds(agent), TimeSpan.FromSeconds(busy), TimeSpan.FromSeconds(at));
}
