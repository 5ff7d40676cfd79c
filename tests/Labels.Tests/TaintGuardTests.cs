using FsCheck;
using FsCheck.Fluent;

namespace Homelab.Aggregator.Labels.Tests;

public sealed class TaintGuardTests
{
    [Fact]
    public void Choose_AnyCluster_LeavesItFitToRunPods() => Check.One(Config.QuickThrowOnFailure.WithMaxTest(2000), Prop.ForAll((int seed) =>
    {
        var nodes = Cluster(seed);
        var chosen = TaintGuard.Choose(nodes);
        Assert.Null(Violation(nodes, chosen));
        Assert.All(nodes.Where(node => chosen.Contains(node.Key)), node => Assert.True(node.Severity > 0));
        // As many as may be: no other that wants to could be added.
        foreach (var left in nodes.Where(node => node.Severity > 0 && !chosen.Contains(node.Key)))
            Assert.NotNull(Violation(nodes, chosen.Append(left.Key).ToHashSet()));
    }));

    [Fact]
    public void Choose_OrderOfNodes_ChangesNothing() => Check.QuickThrowOnFailure(Prop.ForAll((int seed) =>
    {
        var nodes = Cluster(seed);
        Assert.Equal(TaintGuard.Choose(nodes).Order(), TaintGuard.Choose([.. nodes.Reverse()]).Order());
    }));

    [Fact]
    public void Choose_ThoseThatAreTainted_StayBeforeEqualsThatAreNot()
    {
        GuardNode Node(string name, bool isHeld) => new(new NodeKey("c", name), "amd64", true, false, 1, isHeld);
        Assert.Equal(["c", "d"], TaintGuard.Choose([Node("a", false), Node("b", false), Node("c", true), Node("d", true)]).Select(key => key.Name).Order());
    }

    [Fact]
    public void Choose_SomeOtherWriteOnItsWay_DisplacesNoTaintedNode()
    {
        GuardNode Node(string name, bool isCarried) => new(new NodeKey("c", name), "amd64", true, false, 1, true, isCarried);
        Assert.Equal(["b"], TaintGuard.Choose([Node("a", false), Node("b", true), Node("x", false) with { Severity = 0 }]).Select(key => key.Name));
    }

    [Fact]
    public void Choose_LoneNodes_AreNeverTainted()
    {
        GuardNode Node(string name, string arch, bool isControlPlane = false) => new(new NodeKey("c", name), arch, true, isControlPlane, 9, false);
        Assert.Empty(TaintGuard.Choose([Node("only", "amd64")]));
        Assert.Equal(["x"], TaintGuard.Choose([Node("pi", "arm64"), Node("cp", "amd64", true), Node("x", "amd64"), Node("y", "amd64") with { Severity = 0 }])
            .Select(key => key.Name));
    }

    /// <summary>Null when the cluster is fit.</summary>
    internal static string? Violation(IReadOnlyCollection<GuardNode> nodes, IReadOnlySet<NodeKey> tainted)
    {
        if (nodes.Count(node => node.IsSchedulable && tainted.Contains(node.Key)) > nodes.Count(node => node.IsSchedulable) / 2)
            return "more than half of the schedulable nodes are tainted";
        if (nodes.Any(node => node.IsControlPlane && tainted.Contains(node.Key)) && nodes.All(node => !node.IsControlPlane || tainted.Contains(node.Key)))
            return "every control plane is tainted";
        foreach (var arch in nodes.GroupBy(node => node.Architecture))
        {
            var pool = arch.Any(node => node.IsSchedulable) ? arch.Where(node => node.IsSchedulable).ToArray() : [.. arch];
            if (pool.All(node => tainted.Contains(node.Key)))
                return $"every {arch.Key} node is tainted";
        }
        return null;
    }

    private static GuardNode[] Cluster(int seed)
    {
        var pick = new Random(seed);
        return [.. Enumerable.Range(0, pick.Next(0, 12)).Select(i => new GuardNode(
            new NodeKey("c", "n" + i), pick.Next(3) == 0 ? "arm64" : "amd64", pick.Next(4) > 0, pick.Next(4) == 0, pick.Next(4), pick.Next(2) == 0))];
    }
}
