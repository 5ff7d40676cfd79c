using System.Collections.Immutable;
using Homelab.Aggregator.Budgeting;
using Homelab.Aggregator.Fleet;

namespace Homelab.Aggregator.Control;

/// <summary>What a desk decided, and why: its own words before those of the round, counted, logged, and the last of them kept for whoever looks.</summary>
internal sealed class DecisionBoard(ILogger logger)
{
    private const int RecentKept = 32;

    private readonly List<Decision> _own = [];

    /// <summary>The last ones, oldest first.</summary>
    public ImmutableArray<Decision> Recent { get; private set; } = [];

    /// <summary>Something was said since the last round.</summary>
    public bool HasSaid => _own.Count > 0;

    /// <param name="local">Wall clock of the fleet's time zone.</param>
    public void Say(DateTimeOffset local, string reason) => _own.Add(new Decision(local, null, "budget", null, null, reason));

    /// <summary>Ends a round.</summary>
    /// <returns>All that is new, to be kept, and the counts with it.</returns>
    public (ImmutableArray<Decision> All, ControlCounts Counts) Close(ImmutableArray<Decision> round, ControlCounts counts)
    {
        ImmutableArray<Decision> all = _own.Count == 0 ? round : [.. _own, .. round];
        _own.Clear();
        foreach (var decision in all)
        {
            counts = counts with { Decisions = counts.Decisions.SetItem(decision.Kind, counts.Decisions.GetValueOrDefault(decision.Kind) + 1) };
            if (decision.Kind is "alarm" or "trip")
                Log.FleetAlarmed(logger, decision.Kind, decision is { Kind: "trip", Node: { } node } ? $"{node}: {decision.Reason}" : decision.Reason);
            else if (decision.Kind is "clear" or "mode" or "budget")
                Log.FleetDecided(logger, decision.Kind, decision.Reason);
        }
        if (all.Length > 0)
            Recent = [.. Recent.AddRange(all).TakeLast(RecentKept)];
        return (all, counts);
    }
}
