using System.Collections.Immutable;
using System.Globalization;
using Homelab.Aggregator.KubeApi;
using Homelab.Aggregator.Labels;

namespace Homelab.Aggregator.Kubernetes;

/// <summary>Node objects between the client's words and those of the labels. Pure.</summary>
internal static class SightMap
{
    private static readonly string[] ControlPlaneRoles = ["node-role.kubernetes.io/control-plane", "node-role.kubernetes.io/master"];

    public static NodeSight Sight(string cluster, KubeNode node, LabelPrefix prefix) => new()
    {
        Key = new NodeKey(cluster, node.Name),
        Architecture = node.Labels.GetValueOrDefault("kubernetes.io/arch", node.Info.Architecture),
        Labels = Under(prefix, node.Labels),
        Annotations = Under(prefix, node.Annotations),
        Taints = [.. node.Taints.Select(Taint)],
        IsUnschedulable = node.Unschedulable,
        IsControlPlane = ControlPlaneRoles.Any(node.Labels.ContainsKey),
        Conditions = [.. node.Conditions.Select(Condition)],
        WattsCapacity = node.Capacity.TryGetValue(prefix.Key(LabelNames.WattsResource), out var quantity) ? Whole(quantity) : null,
    };

    public static NodeMarks Marks(string cluster, KubeNode node) => new(
        new NodeKey(cluster, node.Name), node.ProviderId, node.Info.SystemUuid, node.Info.MachineId,
        [.. node.Addresses.Where(address => address.Type is "InternalIP" or "ExternalIP").Select(address => address.Address)]);

    public static NodeTaint Taint(KubeTaint taint) => new(taint.Key, taint.Value, taint.Effect switch
    {
        "PreferNoSchedule" => TaintEffect.PreferNoSchedule,
        "NoSchedule" => TaintEffect.NoSchedule,
        "NoExecute" => TaintEffect.NoExecute,
        _ => TaintEffect.Other,
    });

    public static KubeTaint Taint(NodeTaint taint) => new(taint.Key, taint.Value, taint.Effect.ToString());

    private static NodeCondition Condition(KubeCondition condition) => new(
        condition.Type, condition.Status switch { "True" => ConditionStatus.True, "False" => ConditionStatus.False, _ => ConditionStatus.Unknown },
        condition.Reason, condition.Message, condition.LastTransition ?? DateTimeOffset.UnixEpoch, condition.LastHeartbeat ?? DateTimeOffset.UnixEpoch);

    private static ImmutableSortedDictionary<string, string> Under(LabelPrefix prefix, ImmutableSortedDictionary<string, string> all)
    {
        var ours = NodeSight.Nothing.ToBuilder();
        foreach (var (key, value) in all)
        {
            if (prefix.Covers(key))
                ours[key] = value;
        }
        return ours.ToImmutable();
    }

    /// <summary>The server writes 1000 as <c>1k</c> (resource.Quantity, canonical form). What is no whole number of watts was not ours: 0, so that it is written anew.</summary>
    private static long Whole(string quantity)
    {
        var (digits, scale) = quantity switch
        {
            [.. var head, 'k'] => (head, 1_000L),
            [.. var head, 'M'] => (head, 1_000_000L),
            _ => (quantity, 1L),
        };
        return long.TryParse(digits, NumberStyles.None, CultureInfo.InvariantCulture, out var whole) && whole <= 1_000_000_000 ? whole * scale : 0;
    }
}
