using Homelab.NodeAgent.Diagnostics;
using Homelab.NodeAgent.Sensors;
using Homelab.Units;

namespace Homelab.NodeAgent.Sampling;

/// <summary>A finding and the source that made it.</summary>
internal sealed record SourceFinding(string Source, Finding Finding);

/// <summary>Everything known after one sampling pass. It does not change while it is held: readers on any thread share it without locks.</summary>
/// <remarks>Once nobody holds it and it is no longer the newest, the sampler writes a later pass in its place, with all its lists: whoever reads one that was
/// published does so between <see cref="SnapshotStore.Hold"/> and <see cref="Release"/>, and knows it again by its <see cref="Number"/>, not by its reference.
/// Only the inventory and the findings, which are replaced and never written to, may be kept. One that was not published stays as it is for ever.</remarks>
internal sealed record NodeSample
{
    private int _holders;

    public bool IsHeld => Volatile.Read(ref _holders) > 0;

    /// <summary>By the store only, which knows whether it was in time.</summary>
    public void Hold() => Interlocked.Increment(ref _holders);

    public void Release() => Interlocked.Decrement(ref _holders);

    /// <summary>Of the passes of one store, growing by one; 0 before it is published.</summary>
    public long Number { get; set; }

    public required Inventory Inventory { get; set; }

    /// <summary>One per sensor of the inventory. Counters are growth since the agent started, wraps undone, unless the sampler was told to keep them raw.</summary>
    public required Reading[] Readings { get; set; }

    /// <summary>One per sensor of the inventory: what an energy counter read in this pass gained since its last reading, over exactly that time. Null for all others.</summary>
    public required Power?[] Means { get; set; }

    /// <summary>Sensors that are no part of the inventory: only the split asks for them.</summary>
    public IReadOnlyList<SensorInfo> Aside { get; set; } = [];

    /// <summary>What holds the node's hardware back, one for each cause that something can tell.</summary>
    public ThrottleState[] Throttles { get; set; } = [];

    /// <summary>The energy by who used it; null where it is not split.</summary>
    public SplitState? Split { get; set; }

    /// <summary>What of the split is told to others; null with it.</summary>
    public PodReport? Pods { get; set; }

    public required NodePower Power { get; set; }

    /// <summary>Since the agent started; never falls.</summary>
    public required Energy Energy { get; set; }

    public required SourceHealth[] Sources { get; set; }

    /// <summary>What the last search of each source found missing, shut or broken.</summary>
    public required IReadOnlyList<SourceFinding> Findings { get; set; }

    /// <summary>End of the pass since the agent started, by a clock that nobody can set.</summary>
    public required TimeSpan Monotonic { get; set; }

    /// <summary>End of the pass by the wall clock; for people, never for arithmetic.</summary>
    public required DateTimeOffset Time { get; set; }

    public required SelfCost Self { get; set; }
}
