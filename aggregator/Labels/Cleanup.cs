using System.Collections.Immutable;

namespace Homelab.Aggregator.Labels;

/// <summary>What must go from one Node object when we leave it: what <see cref="LabelNames"/> defines under the prefix, and nothing else.</summary>
/// <param name="Labels">Whole keys.</param>
/// <param name="Annotations">Whole keys.</param>
/// <param name="Conditions">Types.</param>
/// <param name="HasCapacity">Our extended resource is in its capacity.</param>
internal sealed record Cleanup(
    NodeKey Key, ImmutableArray<string> Labels, ImmutableArray<string> Annotations, ImmutableArray<NodeTaint> Taints,
    ImmutableArray<string> Conditions, bool HasCapacity)
{
    public bool IsEmpty => Labels.IsEmpty && Annotations.IsEmpty && Taints.IsEmpty && Conditions.IsEmpty && !HasCapacity;

    public static Cleanup Of(NodeSight sight, LabelPrefix prefix) => new(
        sight.Key,
        [.. LabelNames.Labels.Select(prefix.Key).Where(sight.Labels.ContainsKey)],
        [.. LabelNames.Annotations.Select(prefix.Key).Where(sight.Annotations.ContainsKey)],
        [.. sight.Taints.Where(taint => IsOurs(taint, prefix))],
        [.. sight.Conditions.Select(condition => condition.Type).Where(type => LabelNames.Conditions.Contains(type)).Distinct()],
        sight.WattsCapacity is not null);

    public static bool IsOurs(NodeTaint taint, LabelPrefix prefix)
    {
        foreach (var name in LabelNames.Taints)
        {
            if (taint.Key == prefix.Key(name))
                return true;
        }
        return false;
    }
}
