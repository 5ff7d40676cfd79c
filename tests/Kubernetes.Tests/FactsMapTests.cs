using System.Collections.Immutable;
using Homelab.Aggregator.Budgeting;
using Homelab.Aggregator.Fleet;
using Homelab.Aggregator.Labels;
using Homelab.Aggregator.Orders;
using Homelab.Units;

namespace Homelab.Aggregator.Kubernetes.Tests;

public sealed class FactsMapTests
{
    private static readonly Moment Start = new(new DateTimeOffset(2026, 11, 21, 10, 0, 0, TimeSpan.Zero), TimeSpan.FromHours(1));

    [Fact]
    public void Nodes_Heard_AgesWithThePictureOnly()
    {
        var picture = new Fleet().Put("um890", with: node => node with { Link = NodeLink.Stale }).At(Start);
        Assert.Equal(TimeSpan.Zero, Facts(picture).Age);
        Assert.Equal(TimeSpan.Zero, Facts(picture, Start with { Monotonic = Start.Monotonic + TimeSpan.FromSeconds(2) }).Age);
        Assert.Equal(TimeSpan.FromSeconds(60), Facts(picture, Start with { Monotonic = Start.Monotonic + TimeSpan.FromSeconds(60) }).Age);
        Assert.Null(Facts(new Fleet().Put("um890").Silence("um890").At(Start)).Age);
    }

    [Fact]
    public void Nodes_WithoutACap_HasRoomUpToCeilingAndBudget()
    {
        var fleet = new Fleet { Budget = 100 }.Put("um890", 20).Put("rk1", 10);
        var facts = Facts(fleet.At(Start));
        Assert.Equal((CapKind.None, null, null, Power.FromWatts(40)), (facts.CapKind, facts.Cap, facts.Allocation, facts.Headroom));
        fleet.Budget = 45;
        Assert.Equal(Power.FromWatts(15), Facts(fleet.At(Start)).Headroom);
        fleet.Budget = 20;
        Assert.Equal(Power.Zero, Facts(fleet.At(Start)).Headroom);
    }

    [Theory]
    [InlineData("Held", true, "Hard")]
    [InlineData("Held", false, "Soft")]
    [InlineData("Uncontrolled", true, "Soft")]
    [InlineData("Observing", true, "None")]
    public void Nodes_Cap_IsHardWhenTheNodeAnswersSo(string standing, bool isAnswered, string kind)
    {
        var fleet = new Fleet { Mode = ControlMode.Cap }.Put("um890", 20, control: node => node with
        {
            Standing = Enum.Parse<NodeStanding>(standing),
            Cap = Power.FromWatts(40),
            Effective = isAnswered ? Power.FromWatts(39) : null,
        });
        Assert.Equal(kind, Facts(fleet.At(Start)).CapKind.ToString());
    }

    [Fact]
    public void Nodes_OfOneMachine_AreHeldByTheOneThatCounts()
    {
        NodeName a = NodeName.Parse("a"), b = NodeName.Parse("b");
        var fleet = new Fleet { Mode = ControlMode.Cap }
            .Put("a", with: node => node with { SharedHost = new SharedHost("nas", b) }, control: node => node with { CountedBy = b, SafeShare = null, Committed = Power.Zero })
            .Put("b", with: node => node with { SharedHost = new SharedHost("nas", b) }, control: node => node with { Standing = NodeStanding.Held, Cap = Power.FromWatts(40), Effective = Power.FromWatts(39) })
            .Put("c");
        var facts = FactsMap.Nodes(fleet.At(Start), ImmutableHashSet.Create(b), Start);

        Assert.Equal(["nas", "nas", ""], facts.Values.Select(each => each.Host));
        Assert.Equal((CapKind.Hard, Power.FromWatts(39), Power.FromWatts(30), true), (facts[a].CapKind, facts[a].Cap, facts[a].WattsShare, facts[a].IsShedder));
        Assert.False(facts[NodeName.Parse("c")].IsShedder);
    }

    [Theory]
    [InlineData("cpufreq:policy0 rapl:package-0 acpi-meter:power1", "acpi")]
    [InlineData("cpufreq:policy0 nvml:GPU-1 rapl:package-0", "rapl")]
    [InlineData("cpufreq:policy0 amdgpu:0000:03:00.0 nvml:GPU-1", "nvml")]
    [InlineData("cpufreq:policy0 xe:0000:03:00.0 amdgpu:0000:04:00.0", "amdgpu")]
    [InlineData("cpufreq:policy0 i915:0000:03:00.0 xe:0000:04:00.0", "xe")]
    [InlineData("cpufreq:policy0 i915:0000:03:00.0", "i915")]
    [InlineData("cpufreq:policy0", "freq")]
    [InlineData("devfreq:17000000.gpu", "freq")]
    [InlineData("", "none")]
    public void Actuator_WhatTheNodeHas_IsTheWordOfWhatHoldsMost(string limiters, string word)
    {
        var identity = new NodeIdentity(NodeName.Parse("um890"), new AgentInstance(1), "", MachineFacts.Unknown, "", 1, []) { Limiters = [.. limiters.Split(' ', StringSplitOptions.RemoveEmptyEntries)] };

        Assert.Equal(word, Machine.Actuator(identity).Word());
    }

    [Fact]
    public void Nodes_Inventory_IsActuatorGpuSupplyAndEfficiency()
    {
        var sensors = ImmutableArray.Create(
            new FleetSensor("cpufreq", "policy0", "cpuinfo_max_freq", "", Quantity.Frequency, SensorShape.Limit, ""),
            new FleetSensor("hwmon", "amdgpu@pci", "temp2", "junction", Quantity.Temperature, SensorShape.Gauge, ""));
        var facts = Facts(new Fleet().Put("um890", with: node => node with
        {
            Identity = new NodeIdentity(node.Name, new AgentInstance(1), "", node.Identity!.Machine, "", 1, sensors) { Limiters = ["cpufreq:policy0", "rapl:package-0"] },
            Readings = [new SensorReading(Quality.Ok, 3_000_000_000_000_000, ""), new SensorReading(Quality.Ok, 50_000_000, "")],
        }).At(Start));

        Assert.Equal((ActuatorKind.Rapl, true, SupplyKind.Unknown), (facts.Actuator, facts.HasGpu, facts.Supply));
        Assert.Equal(3e9 * 16 / 60, facts.Efficiency);
        Assert.Equal(Power.FromWatts(30), facts.WattsShare);
    }

    [Theory]
    [InlineData(0, nameof(Quality.Ok), false, "Mains")]
    [InlineData(1, nameof(Quality.Ok), false, "Battery")]
    [InlineData(1, nameof(Quality.Stale), false, "Battery")]
    [InlineData(0, nameof(Quality.Ok), true, "Battery")] // A UPS that the machine knows nothing of feeds it.
    [InlineData(null, nameof(Quality.Unsupported), false, "Unknown")]
    [InlineData(1, nameof(Quality.Implausible), false, "Unknown")]
    public void Nodes_OwnSupply_IsWhatTheMachineSaysUnlessTheFleetIsOnBattery(int? said, string quality, bool isFleetOnBattery, string expected)
    {
        var sensor = new FleetSensor("power_supply", "node", "on_battery", "", Quantity.State, SensorShape.Gauge, "");
        var fleet = new Fleet { IsOnBattery = isFleetOnBattery }.Put("um890", with: node => node with
        {
            Identity = new NodeIdentity(node.Name, new AgentInstance(1), "", node.Identity!.Machine, "", 1, [sensor]),
            Readings = [new SensorReading(Enum.Parse<Quality>(quality), said * 1_000_000L, "")],
        });

        Assert.Equal(expected, Facts(fleet.At(Start)).Supply.ToString());
    }

    [Fact]
    public void Fleet_Mode_FollowsTheControlLoop()
    {
        Assert.Equal(new FleetFacts(FleetMode.Label, null, true), FactsMap.Fleet(new Fleet { IsOnBattery = true }.At(Start), null));
        Assert.Equal(FleetMode.Observe, FactsMap.Fleet(new Fleet().At(Start) with { Control = null }, null).Mode);
    }

    [Fact]
    public void Shedding_UnheldNodes_AreAsManyAsCoverTheExcess()
    {
        var settings = ImmutableSortedDictionary<NodeName, NodeSettings>.Empty.Add(NodeName.Parse("big"), new NodeSettings("home"));
        var fleet = new Fleet { Budget = 90 }.Put("big", 60).Put("mid", 30).Put("low", 20);
        Assert.Equal(["mid"], Names(new Shedding(ImmutableSortedDictionary<NodeName, NodeSettings>.Empty.Add(NodeName.Parse("big"), new NodeSettings("home"))), WithClass(fleet.At(Start), "home")));
        Assert.Equal(["big"], Names(new Shedding(settings), fleet.At(Start)).Take(1));
        fleet.Budget = 200;
        Assert.Empty(Names(new Shedding(settings), fleet.At(Start)));
    }

    [Fact]
    public void Shedding_HeldNodes_AreThoseWhoseCapsBite()
    {
        var fleet = new Fleet { Budget = 90, Mode = ControlMode.Cap }.Put("big", 60, control: node => node with { Cap = Power.FromWatts(60) }).Put("low", 40, control: node => node with { Cap = Power.FromWatts(30) });
        Assert.Equal(["low"], Names(new Shedding(ImmutableSortedDictionary<NodeName, NodeSettings>.Empty), fleet.At(Start)));
    }

    [Fact]
    public void Shedding_OneGroupOver_ConcernsItsMembersOnly()
    {
        var fleet = new Fleet { Budget = 500, Groups = [new BudgetGroup { Name = "tp2", Limit = Power.FromWatts(25), Members = [NodeName.Parse("low")] }] }.Put("big", 60).Put("low", 30);
        Assert.Equal(["low"], Names(new Shedding(ImmutableSortedDictionary<NodeName, NodeSettings>.Empty), fleet.At(Start)));
    }

    private static NodeFacts Facts(FleetSnapshot fleet, Moment? at = null) => FactsMap.Nodes(fleet, ImmutableHashSet<NodeName>.Empty, at ?? Start)[NodeName.Parse("um890")];

    private static string[] Names(Shedding shedding, FleetSnapshot fleet) => [.. shedding.Of(fleet).Order().Select(name => name.Value)];

    private static FleetSnapshot WithClass(FleetSnapshot fleet, string name)
    {
        var policy = fleet.Control!.Budget.Policy with { Classes = [new PriorityClass(name, 0), new PriorityClass("batch", 0)] };
        return fleet with { Control = fleet.Control with { Budget = fleet.Control.Budget with { Policy = policy } } };
    }
}
