using FsCheck;
using FsCheck.Fluent;
using Homelab.Aggregator.Api;
using Homelab.Aggregator.Budgeting;
using Homelab.Aggregator.Cli;
using Homelab.Aggregator.Fleet;
using Homelab.Aggregator.Tests.Fakes;
using Homelab.TestKit;
using Homelab.Units;

namespace Homelab.Aggregator.Tests.Fleet;

/// <summary>Nodes of one machine in the fleet's sums.</summary>
public sealed class SharedHostTests
{
    private readonly ManualClock _time = Sample.Clock();
    private FleetRoster _roster = new(Sample.Rules, EnergyLedger.Empty);

    private Moment Now => Moment.Of(_time);

    [Fact]
    public void Publish_AgentsOfOneKernel_AreSummedOnceAndSaySo()
    {
        Kind("kind-a", 1, 40);
        Kind("kind-b", 2, 39);
        Report(3, "um890", 20);
        var fleet = _roster.Publish(Now);

        Assert.Equal((Power.FromWatts(60), Power.FromWatts(40), 3, 0), (fleet.Balance.Power, fleet.Balance.Headroom, fleet.Balance.Reporting, fleet.Balance.Missing));
        Assert.Equal([new SharedHost("kind-a", Name("kind-a")), new SharedHost("kind-a", Name("kind-a")), null], fleet.Nodes.Select(node => node.SharedHost));
        // Each says what its agent measured: the machine's.
        Assert.Equal([40, 39, 20], fleet.Nodes.Select(node => node.Power.Watts!.Value.Watts));
        var document = ApiMap.Fleet(fleet, ControlMode.Observe);
        Assert.Equal([new SharedHostDocument("kind-a", "kind-a"), new SharedHostDocument("kind-a", "kind-a"), null], document.Nodes.Select(node => node.SharedHost));
        Assert.Contains("kind-a and kind-b are on one machine (kind-a): its watts and energy are counted once, with kind-a\n", FleetView.Status(document, TerminalStyle.Plain), StringComparison.Ordinal);
    }

    [Fact]
    public void Publish_WhoCountsFallsSilent_TheOtherTakesOverAndHandsBack()
    {
        Kind("kind-a", 1, 40);
        Kind("kind-b", 2, 39);
        _roster.Apply(new NodeLeft(new StreamNumber(1), Name("kind-a"), Now));
        var without = _roster.Publish(Now);
        Kind("kind-a", 4, 41);
        var with = _roster.Publish(Now);

        Assert.Equal((Power.FromWatts(39), 0), (without.Balance.Power, without.Balance.Missing));
        Assert.Equal(new SharedHost("kind-a", Name("kind-b")), without.Nodes[0].SharedHost);
        Assert.Equal(Power.FromWatts(41), with.Balance.Power);
    }

    [Fact]
    public void Publish_VirtualMachinesThatTheOperatorNames_AreOneMachine()
    {
        _roster = new FleetRoster(Sample.Rules with { Hosts = Sample.Rules.Hosts.Add(Name("vm-a"), "nas").Add(Name("vm-b"), "nas") }, EnergyLedger.Empty);
        Report(1, "vm-a", 40);
        Report(2, "vm-b", 40);

        Assert.Equal(Power.FromWatts(40), _roster.Publish(Now).Balance.Power);
        Assert.Equal("nas", _roster.Publish(Now).Nodes[1].SharedHost!.Name);
    }

    [Fact]
    public void Publish_RecordedMachinesOfOneBootId_AreTwo()
    {
        Kind("kind-a", 1, 40, isReplay: true);
        Kind("kind-b", 2, 39, isReplay: true);

        Assert.Equal(Power.FromWatts(79), _roster.Publish(Now).Balance.Power);
    }

    [Fact]
    public void Publish_OneRebootsIntoAMachineOfItsOwn_BothCount()
    {
        Kind("kind-a", 1, 40);
        Kind("kind-b", 2, 39);
        _roster.Publish(Now);
        Report(2, "kind-b", 39);

        Assert.All(_roster.Publish(Now).Nodes, node => Assert.Null(node.SharedHost));
        Assert.Equal(Power.FromWatts(79), _roster.Publish(Now).Balance.Power);
    }

    [Fact]
    public void Apply_EnergyOfOneMachine_IsTheFleetsOnceAndEachNodesOwn()
    {
        for (var second = 1; second <= 10; second++)
        {
            Kind("kind-a", 1, 40, joules: 40 * second);
            Kind("kind-b", 2, 40, joules: 40 * second);
            _roster.Publish(Now);
            _time.Advance(TimeSpan.FromSeconds(1));
        }

        Assert.Equal((Energy.FromJoules(400), Energy.FromJoules(400)), (_roster.Ledger.TotalOf(Name("kind-a")), _roster.Ledger.TotalOf(Name("kind-b"))));
        Assert.Equal(Energy.FromJoules(400), _roster.Ledger.FleetTotal);
    }

    [Fact]
    public void Apply_AgentBackAfterAnAbsence_WhatTheOtherCountedMeanwhileIsNotCountedAgain()
    {
        Kind("kind-a", 1, 40, joules: 40);
        Kind("kind-b", 2, 40, joules: 40);
        _roster.Apply(new NodeLeft(new StreamNumber(1), Name("kind-a"), Now));
        for (var second = 2; second <= 10; second++)
            Kind("kind-b", 2, 40, joules: 40 * second);
        Kind("kind-a", 3, 40, joules: 400);

        Assert.Equal(Energy.FromJoules(400), _roster.Ledger.FleetTotal);
    }

    [Fact]
    public void Apply_AgentsComeAndGo_TheFleetsEnergyNeverFallsAndIsAtMostOneMachines() =>
        Check.QuickThrowOnFailure(Prop.ForAll(Gen.ArrayOf(Gen.Choose(0, 3)).ToArbitrary(), script =>
        {
            _roster = new FleetRoster(Sample.Rules, EnergyLedger.Empty);
            var (stream, joules, before) = (10L, 0.0, Energy.Zero);
            foreach (var step in script)
            {
                joules += 40;
                var name = step % 2 == 0 ? "kind-a" : "kind-b";
                if (step < 2)
                    Kind(name, ++stream, 40, joules);
                else if (_roster.Publish(Now).Find(Name(name)) is not null)
                    _roster.Apply(new NodeLeft(new StreamNumber(stream), Name(name), Now));
                _roster.Publish(Now);
                if (_roster.Ledger.FleetTotal < before || _roster.Ledger.FleetTotal > Energy.FromJoules(joules * 2))
                    return false;
                before = _roster.Ledger.FleetTotal;
            }
            return true;
        }));

    [Fact]
    public void Publish_ContainerModelsWhatItsMachineMeasures_TheMeasuredFigureCounts()
    {
        Kind("alpha", 1, 8, marks: machine => machine with { Contained = true });
        Kind("pve", 2, 60);

        Assert.Equal(Power.FromWatts(60), _roster.Publish(Now).Balance.Power);
    }

    [Fact]
    public void Publish_VirtualMachinesOfOneSnapshot_AreTwo()
    {
        Kind("vm-a", 1, 40, 40, marks: machine => machine with { MachineId = "1", SystemUuid = "a" });
        Kind("vm-b", 2, 39, 39, marks: machine => machine with { MachineId = "1", SystemUuid = "b" });

        Assert.Equal(Power.FromWatts(79), _roster.Publish(Now).Balance.Power);
    }

    private static NodeName Name(string name) => NodeName.Parse(name);

    private void Kind(string name, long stream, double watts, double joules = 0, bool isReplay = false, Func<MachineFacts, MachineFacts>? marks = null)
    {
        var identity = Sample.Identity(name);
        var machine = identity.Machine with { BootId = "one-boot", Replay = isReplay };
        Report(stream, name, watts, joules, identity with { Machine = marks?.Invoke(machine) ?? machine });
    }

    private void Report(long stream, string name, double watts, double joules = 0, NodeIdentity? identity = null)
    {
        _roster.Apply(new NodeGreeted(new StreamNumber(stream), identity ?? Sample.Identity(name), Now));
        _roster.Apply(new NodeReported(new StreamNumber(stream), Name(name), Sample.Report(watts, joules), Now));
    }
}
