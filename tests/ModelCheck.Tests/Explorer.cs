using System.Collections.Concurrent;

namespace Homelab.ModelCheck;

/// <summary>One thing that the adversary can do.</summary>
internal sealed record Move(string Name, Action<World> Do);

/// <summary>What a search found.</summary>
/// <param name="States">Different states visited.</param>
/// <param name="Violation">The first state that broke the budget, with the moves that lead to it; null when there is none.</param>
internal sealed record Search(int Depth, long States, long Transitions, string? Violation);

/// <summary>Breadth first through every interleaving of the moves up to a depth. States that look the same are followed once.</summary>
internal static class Explorer
{
    /// <param name="moves">All that may happen next in a world.</param>
    public static Search Explore(Func<World> start, Func<World, IEnumerable<Move>> moves, int depth)
    {
        var first = start();
        var seen = new ConcurrentDictionary<UInt128, bool> { [first.Fingerprint().Value] = true };
        var frontier = new List<(World World, Trail? Trail)> { (first, null) };
        long transitions = 0;
        for (var level = 0; level < depth; level++)
        {
            var next = new ConcurrentBag<(World, Trail?)>();
            var isLast = level + 1 == depth;
            string? violation = null;
            Parallel.ForEach(frontier, (state, stop) =>
            {
                foreach (var move in moves(state.World))
                {
                    var after = DeepCopy.Of(state.World);
                    move.Do(after);
                    after.Check();
                    Interlocked.Increment(ref transitions);
                    if (after.Violation is { } broken)
                    {
                        violation = $"{new Trail(move.Name, state.Trail)}: {broken}";
                        stop.Stop();
                        return;
                    }
                    // The last level's states have no successors to keep them for.
                    if (seen.TryAdd(after.Fingerprint().Value, true) && !isLast)
                        next.Add((after, new Trail(move.Name, state.Trail)));
                }
            });
            if (violation is not null)
                return new Search(level + 1, seen.Count, transitions, violation);
            frontier = [.. next];
        }
        return new Search(depth, seen.Count, transitions, null);
    }

    private sealed record Trail(string Move, Trail? Before)
    {
        public override string ToString() => Before is null ? Move : $"{Before} → {Move}";
    }
}
