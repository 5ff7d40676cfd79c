using System.Collections.Immutable;
using Homelab.Units;

namespace Homelab.Aggregator.Labels.Tests;

/// <summary>Clusters that take what a book writes, on a clock that only runs when told.</summary>
internal sealed class LabelWorld(LabelPolicy? policy = null)
{
    private static readonly DateTimeOffset Start = new(2026, 3, 1, 12, 0, 0, TimeSpan.Zero);

    public LabelPolicy Policy { get; } = policy ?? LabelPolicy.Default;

    public SortedDictionary<NodeKey, NodeSight> Sights { get; } = [];

    /// <summary>By node; a node without an entry has no agent.</summary>
    public Dictionary<NodeKey, NodeFacts> Facts { get; } = [];

    public FleetFacts Fleet { get; set; } = new(FleetMode.Cap, null, false);

    public TimeSpan Now { get; private set; } = TimeSpan.FromHours(1);

    public DateTimeOffset At => Start + Now;

    public List<(TimeSpan At, NodeChange Change)> Written { get; } = [];

    public List<(TimeSpan At, NodeEvent Event)> Events { get; } = [];

    public LabelPlan Last { get; private set; } = new([], [], []);

    /// <summary>Whether a change reaches its node.</summary>
    public Func<NodeChange, bool> Takes { get; set; } = _ => true;

    private LabelBook? _book;

    public LabelBook Book => _book ??= new LabelBook(Policy);

    public int Patches => Written.Sum(write => write.Change.Patches);

    /// <summary>A healthy, measured, capped mini PC.</summary>
    public NodeKey Add(string name, string arch = "amd64", string cluster = "home")
    {
        var key = new NodeKey(cluster, name);
        Sights[key] = new NodeSight { Key = key, Architecture = arch };
        Facts[key] = new NodeFacts
        {
            Agent = NodeName.Parse(name),
            Host = "boot-" + cluster + name,
            Age = TimeSpan.Zero,
            Power = new NodePower(Power.FromWatts(20), Provenance.Measured, "rapl-psys", PowerScope.Unknown, 0.03),
            CapKind = CapKind.Hard,
            Cap = Power.FromWatts(40),
            Allocation = Power.FromWatts(40),
            Floor = Power.FromWatts(14),
            Ceiling = Power.FromWatts(60),
            Idle = Power.FromWatts(9),
            Actuator = ActuatorKind.Rapl,
            ThermalMargin = new Temperature(40_000),
            IsThrottled = false,
            Supply = SupplyKind.Mains,
            Board = "UM890 Pro",
            Efficiency = 10,
            WattsShare = Power.FromWatts(28.9),
        };
        return key;
    }

    public void Set(NodeKey key, Func<NodeFacts, NodeFacts> change) => Facts[key] = change(Facts[key]);

    public void Look(NodeKey key, Func<NodeSight, NodeSight> change) => Sights[key] = change(Sights[key]);

    /// <summary>The aggregator starts again, with nothing in mind.</summary>
    public void Restart() => _book = null;

    public void Run(double seconds, Action? each = null)
    {
        for (var i = 0; i < seconds; i++)
        {
            each?.Invoke();
            Round();
        }
    }

    /// <summary>One second and one round.</summary>
    public void Round()
    {
        Now += TimeSpan.FromSeconds(1);
        var pairs = Sights.Values.Select(sight => new NodePair(sight, Facts.GetValueOrDefault(sight.Key))).ToArray();
        Last = Book.Decide(Fleet, pairs, new LabelMoment(Now, At));
        Events.AddRange(Last.Events.Select(one => (Now, one)));
        foreach (var change in Last.Changes)
        {
            Written.Add((Now, change));
            if (Takes(change))
                Sights[change.Key] = Applied(Sights[change.Key], change);
        }
    }

    public string? Label(NodeKey key, string name) => Sights[key].Labels.GetValueOrDefault(Policy.Prefix.Key(name));

    public string? Annotation(NodeKey key, string name) => Sights[key].Annotations.GetValueOrDefault(Policy.Prefix.Key(name));

    public TaintEffect? Taint(NodeKey key, string name)
    {
        var found = Sights[key].Taints.Where(taint => taint.Key == Policy.Prefix.Key(name)).ToArray();
        return found.Length == 0 ? null : found.Single().Effect;
    }

    public ConditionStatus? Condition(NodeKey key, string type) => Sights[key].Conditions.SingleOrDefault(condition => condition.Type == type)?.Status;

    public bool IsTainted(NodeKey key) => Sights[key].Taints.Any(taint => Cleanup.IsOurs(taint, Policy.Prefix));

    /// <summary>As an API server would: what we own and do not name any more goes, what is not ours stays.</summary>
    public static NodeSight Applied(NodeSight sight, NodeChange change)
    {
        var taints = sight.Taints.ToBuilder();
        foreach (var step in change.Taints)
        {
            if (step.From is { } from)
                Assert.True(taints.Remove(from), $"{change.Key} does not carry {from}");
            if (step.To is { } to)
                taints.Add(to);
        }
        Assert.Equal(taints.Count, taints.Select(taint => (taint.Key, taint.Effect)).Distinct().Count());
        return sight with
        {
            Labels = Merge(sight.Labels, change.Labels, LabelNames.Labels),
            Annotations = Merge(sight.Annotations, change.Annotations, LabelNames.Annotations),
            Taints = taints.ToImmutable(),
            Conditions = [.. sight.Conditions.Where(old => change.Conditions.All(set => set.Type != old.Type)), .. change.Conditions],
            WattsCapacity = change.Capacity is { } capacity ? capacity.Watts : sight.WattsCapacity,
        };
    }

    private static ImmutableSortedDictionary<string, string> Merge(
        ImmutableSortedDictionary<string, string> carried, ImmutableSortedDictionary<string, string> wanted, ImmutableArray<string> names)
    {
        var merged = carried.RemoveRange(carried.Keys.Where(key => names.Contains(key[(key.IndexOf('/', StringComparison.Ordinal) + 1)..])));
        return merged.AddRange(wanted);
    }
}
