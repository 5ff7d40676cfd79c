using System.Collections;
using Homelab.Aggregator.Budgeting;
using Homelab.Aggregator.Configuration;
using Homelab.Aggregator.Tests.Fakes;
using Homelab.Units;

namespace Homelab.Aggregator.Tests.Configuration;

public sealed class BudgetSectionsTests
{
    private const string Whole = """
        budget:
          watts: 100
          mode: cap
          device: psu
          strictness: bounded
          unmanaged: 8
          agentRestartLimit: 90s
          onBattery: { watts: 60, nodes: [um890] }
          schedules:
            - { name: peak, days: mon-fri, from: "17:00", to: "20:00", watts: 80 }
            - { name: night, days: [sat, sun], from: "22:00", to: "24:00", watts: 50 }
          groups:
            - name: rack
              watts: 70
              device: ups
              groups:
                - { name: tp2, watts: 40, unmanaged: 4, strictness: hard, nodes: [rk1-1, rk1-2] }
        classes:
          - { name: home }
          - { name: batch, guarantee: 0.15 }
        nodes:
          um890: { class: batch, weight: 3, floor: 15, ceiling: 54 }
          hub.lan: { class: home }
        """;

    [Fact]
    public void Read_WholeConfiguration_IsUnderstoodWithoutComplaint()
    {
        var config = Load(Whole);
        var (options, rack) = (config.Options, config.Options.Groups.Single());

        Assert.Empty(config.Problems);
        Assert.Empty(config.Warnings);
        Assert.Equal((ControlMode.Cap, BudgetDevice.Psu, false, 8, 60, 90), (options.Mode, options.Device, options.IsHard!.Value, options.Unmanaged.Watts, options.OnBattery!.Value.Watts, options.AgentRestartLimit.TotalSeconds));
        Assert.Equal(("rack", 70, BudgetDevice.Ups, null), (rack.Name, rack.Limit.Watts, rack.Device, rack.IsHard));
        Assert.Equal(("tp2", true, 4, "rk1-1 rk1-2"), (rack.Groups[0].Name, rack.Groups[0].IsHard, rack.Groups[0].Unmanaged.Watts, string.Join(' ', rack.Groups[0].Members)));
        Assert.Equal(["home 0", "batch 0.15"], options.Classes.Select(each => string.Create(System.Globalization.CultureInfo.InvariantCulture, $"{each.Name} {each.Guarantee}")));
        Assert.Equal(("batch", 3, 15, 54), (options.Nodes[NodeName.Parse("um890")].Class, options.Nodes[NodeName.Parse("um890")].Weight, options.Nodes[NodeName.Parse("um890")].Floor!.Value.Watts, options.Nodes[NodeName.Parse("um890")].Ceiling!.Value.Watts));
        Assert.Equal("home", options.Nodes[NodeName.Parse("hub.lan")].Class);
    }

    [Fact]
    public void Read_Schedules_HaveDaysAndTimes()
    {
        var schedules = Load(Whole).Options.Schedules;

        Assert.Equal([DayOfWeek.Monday, DayOfWeek.Tuesday, DayOfWeek.Wednesday, DayOfWeek.Thursday, DayOfWeek.Friday], schedules[0].Days.AsEnumerable());
        Assert.Equal([DayOfWeek.Sunday, DayOfWeek.Saturday], schedules[1].Days.AsEnumerable());
        Assert.Equal((new TimeOnly(17, 0), new TimeOnly(20, 0), 80), (schedules[0].From, schedules[0].To, schedules[0].Limits["fleet"].Watts));
        Assert.Equal(TimeOnly.MinValue, schedules[1].To);
    }

    [Fact]
    public void Read_ManyMistakes_AllAreToldWithPlaceAndFix()
    {
        var config = Load("""
            budget:
              watts: 100
              device: toaster
              schedules:
                - { days: [noday], from: "25:00", watts: 0 }
              groups:
                - { watts: 50 }
                - { name: tp2, watts: lots, nodes: [Bad_Name] }
            classes:
              - { guarantee: 2 }
            nodes:
              um890: { class: nowhere, weight: -1, floor: 60, ceiling: 50 }
            """);

        var told = config.Problems.Select(problem => problem.Key).ToArray();
        Assert.Superset(new HashSet<string>
        {
            "budget.device", "budget.schedules[0].days", "budget.schedules[0].from", "budget.schedules[0].to", "budget.schedules[0].watts",
            "budget.groups[0].name", "budget.groups[1].watts", "budget.groups[1].nodes", "classes[0].name", "classes[0].guarantee",
            "nodes.um890.class", "nodes.um890.weight", "nodes.um890.floor",
        }, new HashSet<string>(told));
        Assert.All(config.Problems, problem => Assert.StartsWith("f:", problem.Origin, StringComparison.Ordinal));
        Assert.All(config.Problems, problem => Assert.NotEqual("", problem.Fix));
    }

    [Theory]
    [InlineData("budget: { groups: [ { name: a, watts: 5 }, { name: a, watts: 6 } ] }", "budget.groups", "two groups are called 'a'")]
    [InlineData("budget: { groups: [ { name: fleet, watts: 5 } ] }", "budget.groups", "two groups are called 'fleet'")]
    [InlineData("budget: { groups: [ { name: a, watts: 5, nodes: [n] }, { name: b, watts: 6, nodes: [n] } ] }", "budget.groups", "in several groups")]
    [InlineData("budget: { groups: [ { name: a, watts: 5, unmanaged: 6 } ] }", "budget.groups", "leave nothing")]
    [InlineData("budget: { groups: [ { name: a, watts: 5, cluster: home } ] }", "budget.groups", "no cluster is looked at")]
    [InlineData("{ kubernetes: { enabled: true, contexts: [lab] }, budget: { groups: [ { name: a, watts: 5, cluster: home } ] } }", "budget.groups", "which is not there")]
    [InlineData("{ kubernetes: { enabled: true }, budget: { groups: [ { name: a, watts: 5, cluster: local }, { name: b, watts: 5, cluster: local } ] } }", "budget.groups", "several groups are the cluster 'local'")]
    [InlineData("{ kubernetes: { enabled: true }, budget: { groups: [ { name: a, watts: 5, cluster: a/b } ] } }", "budget.groups[0].cluster", "can not name a cluster")]
    [InlineData("nodes: { vm-1: { host: Big_NAS } }", "nodes.vm-1.host", "can not name a machine")]
    [InlineData("classes: [ { name: a, guarantee: 0.6 }, { name: b, guarantee: 0.6 } ]", "classes", "more than 1")]
    [InlineData("budget: { schedules: [ { from: '17:00', to: '20:00', watts: 5, group: x } ] }", "budget.schedules", "not there")]
    [InlineData("budget: { watts: 50, onBattery: { watts: 60 } }", "budget.onBattery.watts", "above")]
    [InlineData("budget: { watts: 50, unmanaged: 50 }", "budget.unmanaged", "leave nothing")]
    public void Read_WhatDoesNotGoTogether_IsNamed(string yaml, string key, string complaint)
    {
        var problem = Assert.Single(Load(yaml).Problems);

        Assert.Equal(key, problem.Key);
        Assert.Contains(complaint, problem.Complaint, StringComparison.Ordinal);
    }

    [Fact]
    public void Read_UnknownSettings_AreWarnedOf()
    {
        var config = Load("budget: { groups: [ { name: a, watts: 5, colour: red } ] }\nnodes: { um890: { speed: 9 } }\n");

        Assert.Equal(["budget.groups[0].colour", "nodes.um890.speed"], config.Warnings.Select(warning => warning.Key));
        Assert.Empty(config.Problems);
    }

    [Fact]
    public void Read_ClusterAndHost_ReachTheTreeAndTheNodes()
    {
        var config = Load("{ kubernetes: { enabled: true, contexts: [kind-mac] }, budget: { groups: [ { name: mac, watts: 40, cluster: kind-mac } ] }, nodes: { vm-1: { host: nas } } }");

        Assert.Empty(config.Problems);
        Assert.Equal("kind-mac", config.Options.Control().Policy.Budget.Groups[0].Cluster);
        Assert.Equal("nas", config.Options.Hosts[NodeName.Parse("vm-1")]);
        Assert.Equal("name nas", config.Options.Control().Traits(NodeName.Parse("vm-1"), Aggregator.Control.CapAbility.None, "b00t").Host);
        Assert.Equal("boot b00t", config.Options.Control().Traits(NodeName.Parse("vm-2"), Aggregator.Control.CapAbility.None, "b00t").Host);
    }

    [Fact]
    public void Control_Options_BecomeThePolicyOfTheTree()
    {
        var settings = Load(Whole).Options.Control();

        Assert.Equal(("fleet", 100, 8, false), (settings.Policy.Budget.Name, settings.Policy.Budget.Limit.Watts, settings.Policy.Budget.Unmanaged.Watts, settings.Policy.Budget.IsHard!.Value));
        Assert.Equal("um890", Assert.Single(settings.SupplyTellers).Value);
        Assert.Equal(60, settings.Calendar.Resolve(TypicalControl.Noon, [], isOnBattery: true).Policy.Budget.Limit.Watts);
        Assert.Equal(["fleet", "rack", "tp2"], settings.Groups);
        Assert.Equal(TimeSpan.FromSeconds(90), settings.Policy.AgentRestartLimit);
    }

    private static LoadedConfig Load(string yaml) => ConfigLoader.Load(ConfigFile.Parse("f", yaml), new Hashtable(), []);
}
