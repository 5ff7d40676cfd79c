using System.Collections.Immutable;
using System.Globalization;

namespace Homelab.Aggregator.Labels;

/// <summary>Decides what the Node objects of all clusters should say. Keeps dwell and write spacing from round to round; not safe for two threads.</summary>
/// <remarks>The plan's changes are taken as sent. What fails or does not take hold shows in the next sight, and is sent again once the spacing is over.</remarks>
internal sealed class LabelBook(LabelPolicy policy)
{
    private static readonly TimeSpan ForgetAfter = TimeSpan.FromMinutes(10);
    private readonly Dictionary<NodeKey, NodeMemory> _memories = [];
    private readonly SortedDictionary<string, ClusterMemory> _clusters = new(StringComparer.Ordinal);
    private readonly EventBook _events = new(policy.EventWindow);
    private bool? _isOverBudget;

    /// <param name="nodes">Every node seen, each once. A cluster that can not be seen now is left out as a whole, and is remembered for ten minutes.</param>
    /// <param name="moment">Never before the one of the last round.</param>
    public LabelPlan Decide(FleetFacts fleet, IReadOnlyList<NodePair> nodes, LabelMoment moment)
    {
        var hosts = new SharedHosts(nodes);
        foreach (var cluster in _clusters.Values)
            cluster.Open();
        foreach (var node in nodes)
            Observe(node, fleet, hosts, moment);
        Grade(nodes, moment.Now);
        foreach (var cluster in _clusters.Values)
            cluster.Guard(policy, moment.Now);
        TellFleet(fleet, moment.At);
        var plan = Draft(fleet, nodes, moment);
        Forget(moment.Now);
        return plan;
    }

    private void Observe(NodePair node, FleetFacts fleet, SharedHosts hosts, LabelMoment moment)
    {
        var key = node.Sight.Key;
        if (!_memories.TryGetValue(key, out var memory))
        {
            _memories[key] = memory = new NodeMemory(policy, moment.Now);
            memory.Adopt(node.Sight, moment);
        }
        memory.LastSeen = moment.Now;
        memory.Observe(node.Facts, fleet, hosts.LabelOf(node.Facts), hosts.NodesOf(node.Facts), moment.Now);
        if (memory.IsFresh)
            memory.Tell(_events, key, node.Facts!, moment.At);
        if (!_clusters.TryGetValue(key.Cluster, out var cluster))
            _clusters[key.Cluster] = cluster = new ClusterMemory(moment.Now);
        cluster.Add(node, memory);
    }

    private void Grade(IReadOnlyList<NodePair> nodes, TimeSpan now)
    {
        var groups = nodes.GroupBy(node => (node.Sight.Key.Cluster, policy.GradeWithinArchitecture ? node.Sight.Architecture : ""));
        foreach (var group in groups)
        {
            var grades = new EfficiencyGrades(group.Select(node => _memories[node.Sight.Key].Score).OfType<double>());
            foreach (var node in group)
            {
                var memory = _memories[node.Sight.Key];
                if (memory.IsFresh)
                    memory.ObserveGrade(memory.Score is { } score ? grades.Of(score, memory.Word(LabelNames.Efficiency)) : null, now);
            }
        }
    }

    private void TellFleet(FleetFacts fleet, DateTimeOffset at)
    {
        var isOver = fleet.OverBudgetSince is not null;
        if (isOver && _isOverBudget == false)
        {
            foreach (var cluster in _clusters.Keys)
                _events.Note(cluster, null, "FleetOverBudget", true, "the fleet draws more than its budget", at);
        }
        _isOverBudget = isOver;
    }

    private LabelPlan Draft(FleetFacts fleet, IReadOnlyList<NodePair> nodes, LabelMoment moment)
    {
        var changes = ImmutableArray.CreateBuilder<NodeChange>();
        var lines = ImmutableArray.CreateBuilder<PlanLine>();
        foreach (var node in nodes)
        {
            var memory = _memories[node.Sight.Key];
            var cluster = _clusters[node.Sight.Key.Cluster];
            var mayRemove = cluster.MayRemove(policy, moment.Now);
            var mayTaint = cluster.MayTaint(node.Sight.Key);
            var draft = new NodeDraft(policy, memory, node, new DraftRules(mayRemove, mayTaint, moment));
            if (draft.Change.Patches == 0)
            {
                memory.Gate.Settle();
                continue;
            }
            var heldBack = fleet.Mode == FleetMode.Observe ? "mode observe" : WaitOf(memory, moment.Now);
            if (heldBack.Length == 0 && draft.AddsFirstTaint && !cluster.TryTaint(node.Sight.Key))
                (heldBack, draft) = ("", new NodeDraft(policy, memory, node, new DraftRules(mayRemove, false, moment)));
            lines.AddRange(draft.Lines(heldBack));
            if (heldBack.Length > 0 || draft.Change.Patches == 0)
                continue;
            memory.Gate.Send(draft.Mark, draft.Change.Patches, moment.Now);
            if (draft.IsRefreshed)
                memory.Gate.Refreshed(moment.Now);
            changes.Add(draft.Change);
        }
        var events = _events.Take(moment.Now);
        return new LabelPlan(changes.ToImmutable(), policy.Events && fleet.Mode != FleetMode.Observe ? events : [], lines.ToImmutable());
    }

    private static string WaitOf(NodeMemory memory, TimeSpan now) => memory.Gate.IsOpen(now) ? ""
        : $"waits {Math.Ceiling(memory.Gate.OpensIn(now).TotalSeconds).ToString("0", CultureInfo.InvariantCulture)} s";

    private void Forget(TimeSpan now)
    {
        foreach (var key in _memories.Where(entry => now - entry.Value.LastSeen >= ForgetAfter).Select(entry => entry.Key).ToList())
            _memories.Remove(key);
    }
}
