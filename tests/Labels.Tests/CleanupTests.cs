using System.Collections.Immutable;
using FsCheck;
using FsCheck.Fluent;

namespace Homelab.Aggregator.Labels.Tests;

public sealed class CleanupTests
{
    private static readonly string[] Foreign =
        ["power.homelab/other", "power.homelab/State", "power.homelab2/state", "state", "kubernetes.io/arch", "power.homelab/over-budget-2", "example.org/over-budget"];

    [Fact]
    public void Of_NodeThatCarriesEverything_NamesAllOfOursAndNothingElse() => Check.QuickThrowOnFailure(Prop.ForAll((int seed) =>
    {
        var pick = new Random(seed);
        string[] Some(ImmutableArray<string> ours) => [.. ours.Select(LabelPrefix.Default.Key).Concat(Foreign).Where(_ => pick.Next(2) == 0)];
        var (labels, annotations) = (Some(LabelNames.Labels), Some(LabelNames.Annotations));
        var taints = Some(LabelNames.Taints).Select(key => new NodeTaint(key, "", (TaintEffect)pick.Next(4))).ToArray();
        string[] types = [.. LabelNames.Conditions.Append("Ready").Append("MemoryPressure").Where(_ => pick.Next(2) == 0)];
        var sight = new NodeSight
        {
            Key = new NodeKey("home", "n"),
            Labels = NodeSight.Nothing.AddRange(labels.Select(key => KeyValuePair.Create(key, "x"))),
            Annotations = NodeSight.Nothing.AddRange(annotations.Select(key => KeyValuePair.Create(key, "x"))),
            Taints = [.. taints],
            Conditions = [.. types.Select(type => new NodeCondition(type, ConditionStatus.True, "", "", default, default))],
            WattsCapacity = pick.Next(2) == 0 ? null : 0,
        };
        var cleanup = Cleanup.Of(sight, LabelPrefix.Default);

        Assert.Equal(labels.Except(Foreign).Order(), cleanup.Labels.Order());
        Assert.Equal(annotations.Except(Foreign).Order(), cleanup.Annotations.Order());
        Assert.Equal(taints.Where(taint => !Foreign.Contains(taint.Key)), cleanup.Taints.AsEnumerable());
        Assert.Equal(types.Except(["Ready", "MemoryPressure"]), cleanup.Conditions.AsEnumerable());
        Assert.Equal(sight.WattsCapacity is not null, cleanup.HasCapacity);
    }));

    [Fact]
    public void Of_WhatABookWrote_IsAllOfIt()
    {
        var world = new LabelWorld(LabelPolicy.Default with { AdvertiseWatts = true });
        var (node, _) = (world.Add("a"), world.Add("b"));
        world.Set(node, facts => facts with { IsShedder = true, IsUnderVoltage = true, Reason = "why" });
        world.Run(60);
        var cleanup = Cleanup.Of(world.Sights[node], LabelPrefix.Default);
        Assert.Equal(world.Sights[node].Labels.Keys, cleanup.Labels.Order(StringComparer.Ordinal));
        Assert.Equal(world.Sights[node].Annotations.Keys, cleanup.Annotations.Order(StringComparer.Ordinal));
        Assert.Equal(world.Sights[node].Taints.AsEnumerable(), cleanup.Taints);
        Assert.Equal(2, cleanup.Taints.Length);
        Assert.Equal(2, cleanup.Conditions.Length);
        Assert.True(cleanup is { HasCapacity: true, IsEmpty: false });
    }

    [Fact]
    public void Of_ForeignNode_IsEmpty() => Assert.True(Cleanup.Of(new NodeSight { Key = new NodeKey("home", "n") }, LabelPrefix.Default).IsEmpty);
}
