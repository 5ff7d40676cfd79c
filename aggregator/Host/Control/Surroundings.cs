using System.Collections.Immutable;
using Homelab.Aggregator.Budgeting;
using Homelab.Aggregator.Fleet;
using Homelab.Units;

namespace Homelab.Aggregator.Control;

/// <summary>What the fleet stands in: which nodes are in which cluster, and whether a battery feeds it. Touched by one thread.</summary>
/// <remarks>
/// What a former process saw stands until it is seen anew: a node stays in its cluster, and a cluster counts as looked into for
/// <see cref="MostAge"/> since it was seen. A clock that went back makes an age that says nothing, and then the cluster is not seen.
/// </remarks>
internal sealed class Surroundings
{
    /// <summary>For so long what was seen of a cluster before a restart counts as seen.</summary>
    public static readonly TimeSpan MostAge = TimeSpan.FromHours(24);

    /// <summary>So much newer may be what was seen than what is stored of its time.</summary>
    public static readonly TimeSpan SightLasts = TimeSpan.FromHours(1);

    /// <summary>Back from a battery only after so long on the mains: what fails once fails again.</summary>
    public static readonly TimeSpan MainsAfter = TimeSpan.FromSeconds(300);

    /// <summary>So often what is to be stored is looked over while nothing new is seen.</summary>
    private static readonly TimeSpan LookOver = TimeSpan.FromMinutes(1);

    private readonly ControlSettings _settings;
    private readonly ImmutableSortedSet<string> _groups;
    private readonly ImmutableSortedDictionary<string, DateTimeOffset> _seenBefore;
    private ImmutableSortedDictionary<NodeName, string> _remembered;
    private readonly Dictionary<NodeName, TimeSpan> _mainsSince = [];
    private ClusterSight _live = ClusterSight.Nothing;
    private FleetSight _durable;
    private DateTimeOffset _lookedOverAt;

    /// <param name="stored">What it goes on from.</param>
    /// <param name="durable">What the disk has.</param>
    public Surroundings(ControlSettings settings, FleetSight stored, FleetSight durable, DateTimeOffset wall)
    {
        (_settings, _groups, _remembered, _durable, ToStore) = (settings, ClusterGroups.NamesIn(settings.Policy.Budget), stored.Places, durable, stored);
        _seenBefore = stored.SeenAt;
        OnBattery = stored.OnBattery.Intersect(settings.SupplyTellers);
        (Places, Seen) = (_remembered, StillSeen(wall));
    }

    /// <summary>Nodes whose word has put the fleet on battery.</summary>
    public ImmutableSortedSet<NodeName> OnBattery { get; private set; }

    public ImmutableSortedDictionary<NodeName, string> Places { get; private set; }

    public ImmutableSortedSet<string> Seen { get; private set; }

    public FleetSight ToStore { get; private set; }

    public bool IsStored => ReferenceEquals(ToStore, _durable);

    public void NoteStored(FleetSight stored) => _durable = stored;

    /// <summary>What the watches see now.</summary>
    public void Place(ClusterSight live, DateTimeOffset wall)
    {
        if (ReferenceEquals(live, _live) && wall >= _lookedOverAt && wall - _lookedOverAt < LookOver)
            return;
        (_live, Places, Seen) = (live, _remembered.SetItems(live.Places), StillSeen(wall).Union(live.Seen));
        Remember(wall);
    }

    /// <summary>The budget tree in force, with the members of its clusters.</summary>
    public BudgetGroup Fill(BudgetGroup tree) => ClusterGroups.IsIn(tree) ? ClusterGroups.Fill(tree, Places, Seen) : tree;

    /// <summary>A node's word on its supply. Battery counts at once, mains after a while, and a node that says nothing has not taken its word back.</summary>
    /// <returns>What the decision log is to say; null: nothing changed.</returns>
    public string? Hear(NodeName node, bool? isOnBattery, Moment at)
    {
        if (!_settings.SupplyTellers.Contains(node))
            return null;
        if (isOnBattery != false)
            _mainsSince.Remove(node);
        if (isOnBattery == true && !OnBattery.Contains(node))
        {
            OnBattery = OnBattery.Add(node);
            Remember(at.Wall);
            return $"{node} says that it runs from a battery: so does the fleet";
        }
        if (isOnBattery != false || !OnBattery.Contains(node))
            return null;
        if (_mainsSince.TryAdd(node, at.Monotonic) || at.Monotonic - _mainsSince[node] < MainsAfter)
            return null;
        return TakeBack(node, at.Wall) ? $"{node} has been on the mains for {MainsAfter.TotalMinutes:0} minutes" : null;
    }

    /// <summary>Its stream ended: what it said last stands.</summary>
    public void Leave(NodeName node) => _mainsSince.Remove(node);

    /// <summary>It is gone for good, and so is its place; where a cluster still has it, that is seen anew.</summary>
    /// <returns>Whether it had put the fleet on battery.</returns>
    public bool Forget(NodeName node, DateTimeOffset wall)
    {
        (_remembered, Places) = (_remembered.Remove(node), Places.Remove(node));
        return TakeBack(node, wall);
    }

    /// <returns>Whether it had put the fleet on battery.</returns>
    private bool TakeBack(NodeName node, DateTimeOffset wall)
    {
        var was = OnBattery.Contains(node);
        OnBattery = OnBattery.Remove(node);
        _mainsSince.Remove(node);
        Remember(wall);
        return was;
    }

    /// <summary>Clusters that a former process saw, not too long ago.</summary>
    private ImmutableSortedSet<string> StillSeen(DateTimeOffset wall) =>
        [.. _seenBefore.Where(each => wall - each.Value is { Ticks: >= 0 } age && age <= MostAge).Select(static each => each.Key)];

    /// <summary>What is to be on disk; the same instance while it says what matters.</summary>
    private void Remember(DateTimeOffset wall)
    {
        _lookedOverAt = wall;
        var places = Places.RemoveRange(Places.Where(place => !_groups.Contains(place.Value)).Select(static place => place.Key));
        var seenAt = ToStore.SeenAt;
        foreach (var cluster in _groups)
        {
            if (_live.Up.Contains(cluster) && !(seenAt.TryGetValue(cluster, out var at) && wall >= at && wall - at < SightLasts))
                seenAt = seenAt.SetItem(cluster, wall);
        }
        if (!ReferenceEquals(seenAt, ToStore.SeenAt) || !places.SequenceEqual(ToStore.Places) || !OnBattery.SetEquals(ToStore.OnBattery))
            ToStore = new FleetSight(OnBattery, places, seenAt);
    }
}
