using System.Collections.Immutable;
using System.Text.Json;

namespace Homelab.Aggregator.KubeApi;

/// <summary>What is read of a Node. Everything but the name may be empty: a kubelet fills it in as it comes up.</summary>
/// <param name="Allocatable">Quantities as the server writes them, e.g. "3920m", "16Gi".</param>
/// <param name="Managers">Who owns which labels and annotations; empty where the server does not say.</param>
internal sealed record KubeNode(
    string Name,
    string Uid,
    string ResourceVersion,
    ImmutableSortedDictionary<string, string> Labels,
    ImmutableSortedDictionary<string, string> Annotations,
    ImmutableArray<KubeTaint> Taints,
    bool Unschedulable,
    string ProviderId,
    ImmutableArray<KubeAddress> Addresses,
    KubeNodeInfo Info,
    ImmutableArray<KubeCondition> Conditions,
    ImmutableSortedDictionary<string, string> Capacity,
    ImmutableSortedDictionary<string, string> Allocatable,
    ImmutableArray<FieldOwnership> Managers)
{
    /// <summary>Null where the object has no name or is none.</summary>
    public static KubeNode? Read(JsonElement node)
    {
        var meta = node.At("metadata");
        if (meta.Text("name") is not { Length: > 0 } name)
            return null;
        var spec = node.At("spec");
        var status = node.At("status");
        return new KubeNode(
            name, meta.Text("uid") ?? "", meta.Text("resourceVersion") ?? "", Map(meta, "labels"), Map(meta, "annotations"),
            [.. spec.Items("taints").Select(KubeTaint.Read).OfType<KubeTaint>()], spec.Flag("unschedulable"), spec.Text("providerID") ?? "",
            [.. status.Items("addresses").Select(static item => new KubeAddress(item.Text("type") ?? "", item.Text("address") ?? ""))],
            KubeNodeInfo.Read(status.At("nodeInfo")), [.. status.Items("conditions").Select(KubeCondition.Read).OfType<KubeCondition>()],
            Map(status, "capacity"), Map(status, "allocatable"), [.. meta.Items("managedFields").SelectMany(FieldOwnership.Read)]);
    }

    private static ImmutableSortedDictionary<string, string> Map(JsonElement parent, string name) =>
        ImmutableSortedDictionary.CreateRange(StringComparer.Ordinal, parent.Texts(name));
}
