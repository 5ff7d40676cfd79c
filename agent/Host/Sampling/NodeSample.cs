using Homelab.NodeAgent.Diagnostics;
using Homelab.NodeAgent.Sensors;
using Homelab.Units;

namespace Homelab.NodeAgent.Sampling;

/// <summary>A finding and the source that made it.</summary>
internal sealed record SourceFinding(string Source, Finding Finding);

/// <summary>Everything known after one sampling pass. Immutable while it is the newest one, or held: readers on any thread share it without locks.</summary>
/// <remarks>The lists that have an entry per sensor or source are written anew for a later pass once nobody holds them: whoever reads those does so between
/// <see cref="SnapshotStore.Hold"/> and <see cref="Release"/>. All else stays as it is for ever.</remarks>
internal sealed record NodeSample
{
    private int _holders;

    public bool IsHeld => Volatile.Read(ref _holders) > 0;

    /// <summary>By the store only, which knows whether it was in time.</summary>
    public void Hold() => Interlocked.Increment(ref _holders);

    public void Release() => Interlocked.Decrement(ref _holders);

    public required Inventory Inventory { get; init; }

    /// <summary>One per sensor of the inventory. Counters are growth since the agent started, wraps undone, unless the sampler was told to keep them raw.</summary>
    public required Reading[] Readings { get; init; }

    /// <summary>One per sensor of the inventory: what an energy counter read in this pass gained since its last reading, over exactly that time. Null for all others.</summary>
    public required Power?[] Means { get; init; }

    /// <summary>Sensors that are no part of the inventory: only the split asks for them.</summary>
    public IReadOnlyList<SensorInfo> Aside { get; init; } = [];

    /// <summary>What holds the node's hardware back, one for each cause that something can tell.</summary>
    public IReadOnlyList<ThrottleState> Throttles { get; init; } = [];

    /// <summary>The energy by who used it; null where it is not split.</summary>
    public SplitState? Split { get; init; }

    /// <summary>What of the split is told to others; null with it.</summary>
    public PodReport? Pods { get; init; }

    public required NodePower Power { get; init; }

    /// <summary>Since the agent started; never falls.</summary>
    public required Energy Energy { get; init; }

    public required SourceHealth[] Sources { get; init; }

    /// <summary>What the last search of each source found missing, shut or broken.</summary>
    public required IReadOnlyList<SourceFinding> Findings { get; init; }

    /// <summary>End of the pass since the agent started, by a clock that nobody can set.</summary>
    public required TimeSpan Monotonic { get; init; }

    /// <summary>End of the pass by the wall clock; for people, never for arithmetic.</summary>
    public required DateTimeOffset Time { get; init; }

    public required SelfCost Self { get; init; }
}
