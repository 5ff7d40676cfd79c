using System.Collections.Immutable;
using System.Text.Json.Nodes;
using Homelab.Aggregator.KubeApi;
using Homelab.Aggregator.Labels;

namespace Homelab.Aggregator.Kubernetes;

/// <summary>One thing of ours on a node.</summary>
/// <param name="Kind"><c>label</c>, <c>annotation</c>, <c>taint</c>, <c>condition</c>, <c>capacity</c>.</param>
internal readonly record struct OwnedItem(string Kind, string Key);

/// <summary>What came of cleaning a node.</summary>
/// <param name="Gone">Removed, or what would be.</param>
/// <param name="Left">What could not be removed.</param>
/// <param name="Problem">Why not; empty when all went.</param>
internal sealed record CleanedNode(string Node, ImmutableArray<OwnedItem> Gone, ImmutableArray<OwnedItem> Left, string Problem);

/// <summary>Takes off the nodes of one cluster what <see cref="Cleanup"/> says is ours, and nothing else; needs no aggregator. Done twice, it does nothing the second time.</summary>
internal sealed class NodeCleaning(KubeClient client, LabelPrefix prefix, TimeProvider time, Func<double> random)
{
    private const int Attempts = 5;
    private static readonly TimeSpan Jitter = TimeSpan.FromMilliseconds(500);

    /// <summary>Each node that carries something of ours.</summary>
    /// <param name="isDry">Only says what would go.</param>
    public async Task<KubeResult<ImmutableArray<CleanedNode>>> RunAsync(bool isDry, CancellationToken cancel)
    {
        var list = await client.ListAsync(KubePath.Nodes, KubeNode.Read, cancel);
        if (!list.IsOk)
            return KubeResult<ImmutableArray<CleanedNode>>.Failed(list.Status);
        var cleaned = ImmutableArray.CreateBuilder<CleanedNode>();
        foreach (var node in list.Value.Items.OrderBy(node => node.Name, StringComparer.Ordinal))
        {
            var ours = Ours(node);
            if (!ours.IsEmpty)
                cleaned.Add(isDry ? new CleanedNode(node.Name, Items(ours), [], "") : await CleanAsync(node, ours, cancel));
        }
        return KubeResult<ImmutableArray<CleanedNode>>.Ok(cleaned.ToImmutable());
    }

    private async Task<CleanedNode> CleanAsync(KubeNode node, Cleanup ours, CancellationToken cancel)
    {
        var all = Items(ours);
        var status = KubeStatus.Fine;
        if (!ours.Labels.IsEmpty || !ours.Annotations.IsEmpty)
        {
            // First by our own name in the server's books; what others have taken over is left to the patches below.
            status = (await client.ApplyAsync(KubePath.Node(node.Name), NodeBodies.Metadata(node, [], []), NodeBodies.FieldManager, cancel)).Status;
        }
        for (var attempt = 1; attempt <= Attempts; attempt++)
        {
            var read = (await client.GetAsync(KubePath.Node(node.Name), cancel)).Then(json => KubeNode.Read(json));
            if (read.Status.Outcome == KubeOutcome.NotFound)
                return new CleanedNode(node.Name, all, [], "");
            if (!read.IsOk)
                return new CleanedNode(node.Name, [], all, read.Status.ToString());
            (node, ours) = (read.Value, Ours(read.Value));
            if (ours.IsEmpty)
                return new CleanedNode(node.Name, all, [], "");
            if (attempt > 1)
                await Task.Delay(Jitter * random(), time, cancel);
            status = await PatchAsync(node, ours, cancel) ?? status;
        }
        var last = (await client.GetAsync(KubePath.Node(node.Name), cancel)).Then(json => KubeNode.Read(json));
        var left = Items(last.IsOk ? Ours(last.Value) : ours);
        return new CleanedNode(node.Name, [.. all.Except(left)], left, left.IsEmpty ? "" : status.ToString());
    }

    /// <summary>Null when all that was sent was taken.</summary>
    private async Task<KubeStatus?> PatchAsync(KubeNode node, Cleanup ours, CancellationToken cancel)
    {
        var steps = ours.Labels.Select(key => ("labels", key, node.Labels[key])).Concat(ours.Annotations.Select(key => ("annotations", key, node.Annotations[key])))
            .SelectMany(each => (JsonPatchStep[])[JsonPatchStep.Test(each.Item3, "metadata", each.Item1, each.key), JsonPatchStep.Remove("metadata", each.Item1, each.key)]).ToList();
        KubeStatus? failed = null;
        if (steps.Count > 0)
            failed = await SendAsync(KubePath.Node(node.Name), KubePatch.Json(steps), cancel);
        if (NodeBodies.Taints(node, ours.Taints.Select(taint => new TaintChange(taint, null))) is { } taints)
            failed = await SendAsync(KubePath.Node(node.Name), taints, cancel) ?? failed;
        if (!ours.Conditions.IsEmpty || ours.HasCapacity)
            failed = await SendAsync(KubePath.Node(node.Name).Status(), KubePatch.Strategic(StatusWithout(ours)), cancel) ?? failed;
        return failed;
    }

    private async Task<KubeStatus?> SendAsync(KubePath path, KubePatch patch, CancellationToken cancel)
    {
        var status = (await client.PatchAsync(path, patch, cancel, NodeBodies.FieldManager)).Status;
        return status.IsOk ? null : status;
    }

    private JsonObject StatusWithout(Cleanup ours)
    {
        var status = new JsonObject();
        if (!ours.Conditions.IsEmpty)
            status["conditions"] = new JsonArray([.. ours.Conditions.Select(type => (JsonNode)new JsonObject { ["type"] = type, ["$patch"] = "delete" })]);
        if (ours.HasCapacity)
        {
            foreach (var section in (ReadOnlySpan<string>)["capacity", "allocatable"])
                status[section] = new JsonObject { [prefix.Key(LabelNames.WattsResource)] = null };
        }
        return new JsonObject { ["status"] = status };
    }

    private Cleanup Ours(KubeNode node) => Cleanup.Of(SightMap.Sight(client.Name, node, prefix), prefix);

    private ImmutableArray<OwnedItem> Items(Cleanup ours) =>
    [
        .. ours.Labels.Select(key => new OwnedItem("label", key)),
        .. ours.Annotations.Select(key => new OwnedItem("annotation", key)),
        .. ours.Taints.Select(taint => new OwnedItem("taint", $"{taint.Key}:{taint.Effect}")),
        .. ours.Conditions.Select(type => new OwnedItem("condition", type)),
        .. ours.HasCapacity ? (OwnedItem[])[new OwnedItem("capacity", prefix.Key(LabelNames.WattsResource))] : [],
    ];
}
