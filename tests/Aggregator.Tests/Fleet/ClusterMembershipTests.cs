using System.Collections.Immutable;
using Homelab.Aggregator.Fleet;
using Homelab.Units;

namespace Homelab.Aggregator.Tests.Fleet;

public sealed class ClusterMembershipTests
{
    private static readonly ImmutableSortedDictionary<NodeName, string> Nothing = ImmutableSortedDictionary<NodeName, string>.Empty;

    [Fact]
    public void Follow_MatchedNodes_AreOfTheirClusters() => Assert.Equal("a=home b=lab", Text(ClusterMembership.Follow(Nothing, Seen("home/a", "lab/b", "lab/?"))));

    [Fact]
    public void Follow_ClusterAwayOrNodeUnmatched_NodesStayWhereTheyWere()
    {
        var known = ClusterMembership.Follow(Nothing, Seen("home/a", "lab/b"));

        Assert.Same(known, ClusterMembership.Follow(known, Seen("home/a")));
        Assert.Same(known, ClusterMembership.Follow(known, ClustersView.Off));
    }

    [Fact]
    public void Follow_MatchedToAnotherCluster_NodeMoves() =>
        Assert.Equal("a=lab", Text(ClusterMembership.Follow(ClusterMembership.Follow(Nothing, Seen("home/a")), Seen("lab/a"))));

    [Fact]
    public void Follow_NodesInTwoClusters_TheKnownOneStaysElseTheFirstByName()
    {
        Assert.Equal("a=home", Text(ClusterMembership.Follow(Nothing, Seen("lab/a", "home/a"))));
        Assert.Equal("a=lab", Text(ClusterMembership.Follow(ClusterMembership.Follow(Nothing, Seen("lab/a")), Seen("home/a", "lab/a"))));
    }

    private static string Text(ImmutableSortedDictionary<NodeName, string> places) => string.Join(' ', places.Select(each => $"{each.Key}={each.Value}"));

    private static ClustersView Seen(params string[] nodes) => ClustersView.Off with
    {
        Nodes = [.. nodes.Select(text => text.Split('/')).Select(parts => new ClusterNode(parts[0], "node-" + parts[1], NodeName.TryParse(parts[1], out var agent) ? agent : null, "", ""))],
    };
}
