using System.Collections.Immutable;
using Homelab.Aggregator.Configuration;
using Homelab.Aggregator.Fleet;
using Homelab.Aggregator.Labels;
using Homelab.Aggregator.Leadership;
using Homelab.Units;

namespace Homelab.Aggregator.Kubernetes;

/// <summary>
/// Owns what the labels remember: every five seconds, what the fleet is and what the nodes carry goes in, and what is to be written goes
/// to the links, which it never waits for. Clusters that can not be seen are left out of the round, and keep what they carry.
/// </summary>
internal sealed class LabelLoop(
    ImmutableArray<ClusterLink> links, LabelPolicy policy, AggregatorOptions options, FleetStore fleet, ClustersStore clusters,
    ILeadership leadership, TimeProvider time, ILogger<LabelLoop> logger) : BackgroundService
{
    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan ShortestInterval = TimeSpan.FromMilliseconds(250);
    private readonly Shedding _shedding = new(options.Nodes);
    private LabelBook? _book;
    private int _term;
    private TimeSpan? _overBudgetSince;
    private HashSet<string> _doubts = [];

    /// <summary>Links run from here on, and end with the loop.</summary>
    public override Task StartAsync(CancellationToken cancellationToken)
    {
        foreach (var link in links)
            link.Start();
        return base.StartAsync(cancellationToken);
    }

    public override async Task StopAsync(CancellationToken cancellationToken)
    {
        await base.StopAsync(cancellationToken);
        await Task.WhenAll(links.Select(link => link.DisposeAsync().AsTask()));
    }

    /// <summary>One round.</summary>
    public void Turn()
    {
        var snapshot = fleet.Current;
        var at = Moment.Of(time);
        var isLeading = Lead();
        var seen = See();
        var matches = Match(snapshot, seen);
        var plan = isLeading ? Decide(snapshot, seen, matches, at) : null;
        foreach (var link in links)
        {
            // What was decided under another mode or term is not to go out any more.
            if (plan is null || Mode(snapshot) == FleetMode.Observe)
                link.Clear();
        }
        foreach (var change in plan?.Changes ?? [])
            LinkOf(change.Key.Cluster).Put(change);
        foreach (var happened in plan?.Events ?? [])
            LinkOf(happened.Cluster).Put(happened);
        clusters.Current = View(snapshot, matches, plan, isLeading);
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        // The rounds keep step with what they judge.
        var interval = Interval * Math.Min(1, options.Kubernetes.Pace);
        using var timer = new PeriodicTimer(interval < ShortestInterval ? ShortestInterval : interval, time);
        do
        {
            try
            {
                Turn();
            }
            catch (Exception unexpected)
            {
                // Labels stand still then, which is what a scheduler expects of labels.
                Log.RoundFailed(logger, unexpected);
            }
        }
        while (await timer.WaitForNextTickAsync(stoppingToken));
    }

    /// <summary>A new leader begins as after a restart: it adopts what the nodes carry, and removes nothing before it knows the fleet.</summary>
    private bool Lead()
    {
        if (leadership.Term is not { } term)
        {
            if (_book is not null)
                Log.StandsBy(logger);
            _book = null;
            return false;
        }
        if (_book is not null && _term == term.Number)
            return true;
        Log.Leads(logger);
        (_book, _term) = (new LabelBook(policy), term.Number);
        return true;
    }

    private List<(NodeSight Sight, NodeMarks Marks)> See()
    {
        var seen = new List<(NodeSight, NodeMarks)>();
        foreach (var link in links)
        {
            foreach (var node in link.Seen?.Values ?? [])
                seen.Add((SightMap.Sight(link.Name, node, policy.Prefix), SightMap.Marks(link.Name, node)));
        }
        return seen;
    }

    private ImmutableArray<NodeMatch> Match(FleetSnapshot snapshot, List<(NodeSight Sight, NodeMarks Marks)> seen)
    {
        var marks = seen.ConvertAll(node => node.Marks);
        var names = marks.Select(node => node.Key.Name).ToHashSet(StringComparer.Ordinal);
        var matches = NodeMatcher.Match([.. snapshot.Nodes.Select(node => AgentMap.Marks(node, names))], marks, AgentMap.Rules(options.Kubernetes.Nodes, marks));
        var doubts = matches.Select(match => match.Error).Where(error => error.Length > 0).ToHashSet(StringComparer.Ordinal);
        foreach (var doubt in doubts.Except(_doubts).Order(StringComparer.Ordinal))
            Log.MatchInDoubt(logger, doubt);
        _doubts = doubts;
        return matches;
    }

    private LabelPlan Decide(FleetSnapshot snapshot, List<(NodeSight Sight, NodeMarks Marks)> seen, ImmutableArray<NodeMatch> matches, Moment at)
    {
        _overBudgetSince = FactsMap.IsOverBudget(snapshot) ? _overBudgetSince ?? at.Monotonic : null;
        var facts = FactsMap.Nodes(snapshot, _shedding.Of(snapshot), at);
        var pairs = seen.Select((node, i) => new NodePair(node.Sight, matches[i].Agent is { } agent ? facts.GetValueOrDefault(agent) : null)).ToList();
        return _book!.Decide(FactsMap.Fleet(snapshot, _overBudgetSince), pairs, new LabelMoment(at.Monotonic, at.Wall));
    }

    private ClustersView View(FleetSnapshot snapshot, ImmutableArray<NodeMatch> matches, LabelPlan? plan, bool isLeading)
    {
        var matched = matches.Select(match => match.Agent).OfType<NodeName>().ToHashSet();
        var writes = ImmutableSortedDictionary.CreateBuilder<ClusterWrite, long>();
        foreach (var link in links)
            writes.AddRange(link.Writes);
        return new ClustersView(
            isLeading ? "leading" : "standby",
            [.. links.Select(link => link.State(matches.Count(match => match.Agent is not null && match.Node.Cluster == link.Name)))],
            [.. matches.OrderBy(match => match.Node).Select(match => new ClusterNode(match.Node.Cluster, match.Node.Name, match.Agent, match.Agent is null ? "" : match.Evidence.Word(), match.Error))],
            [.. snapshot.Nodes.Select(node => node.Name).Where(name => !matched.Contains(name))],
            [.. (plan?.Lines ?? []).Select(line => new ClusterPlanLine(line.Node.Cluster, line.Node.Name, line.Kind, line.Key, line.From, line.To, line.Why, line.HeldBack))],
            writes.ToImmutable());
    }

    private ClusterLink LinkOf(string cluster) => links.First(link => link.Name == cluster);

    private static FleetMode Mode(FleetSnapshot snapshot) => FactsMap.Fleet(snapshot, null).Mode;
}
