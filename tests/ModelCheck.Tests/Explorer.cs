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
        var seen = new HashSet<UInt128> { first.Fingerprint().Value };
        var frontier = new List<(World World, Trail? Trail)> { (first, null) };
        long transitions = 0;
        for (var level = 0; level < depth; level++)
        {
            var next = new List<(World, Trail?)>();
            foreach (var (world, trail) in frontier)
            {
                foreach (var move in moves(world))
                {
                    var after = DeepCopy.Of(world);
                    move.Do(after);
                    after.Check();
                    transitions++;
                    if (after.Violation is { } violation)
                        return new Search(level + 1, seen.Count, transitions, $"{new Trail(move.Name, trail)}: {violation}");
                    // The last level's states have no successors to keep them for.
                    if (seen.Add(after.Fingerprint().Value) && level + 1 < depth)
                        next.Add((after, new Trail(move.Name, trail)));
                }
            }
            frontier = next;
        }
        return new Search(depth, seen.Count, transitions, null);
    }

    private sealed record Trail(string Move, Trail? Before)
    {
        public override string ToString() => Before is null ? Move : $"{Before} → {Move}";
    }
}
