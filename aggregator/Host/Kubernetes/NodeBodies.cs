using System.Collections.Immutable;
using System.Globalization;
using System.Text.Json.Nodes;
using Homelab.Aggregator.KubeApi;
using Homelab.Aggregator.Labels;

namespace Homelab.Aggregator.Kubernetes;

/// <summary>The bodies of requests that change Node objects. Pure.</summary>
internal static class NodeBodies
{
    /// <summary>Who owns our fields, in the server's books.</summary>
    public const string FieldManager = "homelab-aggregator";

    /// <summary>For server-side apply. The uid keeps it from bringing a node back that was deleted meanwhile.</summary>
    public static JsonObject Metadata(KubeNode node, IEnumerable<KeyValuePair<string, string>> labels, IEnumerable<KeyValuePair<string, string>> annotations) => new()
    {
        ["apiVersion"] = "v1",
        ["kind"] = "Node",
        ["metadata"] = new JsonObject { ["name"] = node.Name, ["uid"] = node.Uid, ["labels"] = Map(labels), ["annotations"] = Map(annotations) },
    };

    /// <summary>For a strategic merge of the status. Allocatable goes along, because a kubelet copies capacity there only in its own time.</summary>
    public static JsonObject Status(NodeChange change, LabelPrefix prefix)
    {
        var status = new JsonObject();
        if (!change.Conditions.IsEmpty)
            status["conditions"] = new JsonArray([.. change.Conditions.Select(Condition)]);
        if (change.Capacity is { } capacity)
        {
            foreach (var section in (ReadOnlySpan<string>)["capacity", "allocatable"])
                status[section] = new JsonObject { [prefix.Key(LabelNames.WattsResource)] = capacity.Watts?.ToString(CultureInfo.InvariantCulture) };
        }
        return new JsonObject { ["status"] = status };
    }

    /// <summary>A patch that fails where the list is no longer the one that was seen; null when it is as wanted already.</summary>
    public static KubePatch? Taints(KubeNode node, IEnumerable<TaintChange> changes)
    {
        var list = node.Taints.ToList();
        var isChanged = false;
        foreach (var change in changes)
            isChanged |= Apply(list, change);
        if (!isChanged)
            return null;
        // Where there is no list there is nothing to compare but the version.
        if (node.Taints.IsEmpty)
            return KubePatch.Json(JsonPatchStep.TestVersion(node.ResourceVersion), JsonPatchStep.Add(Array(list), "spec", "taints"));
        return KubePatch.Json(
            JsonPatchStep.Test(Array(node.Taints), "spec", "taints"),
            list.Count == 0 ? JsonPatchStep.Remove("spec", "taints") : JsonPatchStep.Replace(Array(list), "spec", "taints"));
    }

    /// <summary>What another holds is taken out of what we apply.</summary>
    public static IEnumerable<KeyValuePair<string, string>> Without(IEnumerable<KeyValuePair<string, string>> ours, string section, ImmutableArray<FieldConflict> held) =>
        ours.Where(pair => !held.Any(conflict => conflict.Field == $".metadata.{section}.{pair.Key}"));

    private static bool Apply(List<KubeTaint> list, TaintChange change)
    {
        var at = change.From is { } from ? list.FindIndex(taint => Same(taint, SightMap.Taint(from))) : -1;
        var wanted = change.To is { } to ? SightMap.Taint(to) : null;
        if (wanted is not null && list.Exists(taint => Same(taint, wanted)))
            wanted = null;
        if (at >= 0 && wanted is not null)
            list[at] = wanted;
        else if (at >= 0)
            list.RemoveAt(at);
        else if (wanted is not null)
            list.Add(wanted);
        return at >= 0 || wanted is not null;
    }

    private static bool Same(KubeTaint one, KubeTaint other) => (one.Key, one.Value, one.Effect) == (other.Key, other.Value, other.Effect);

    private static JsonArray Array(IEnumerable<KubeTaint> taints) => new([.. taints.Select(taint => taint.ToJson())]);

    private static JsonNode Condition(NodeCondition condition) => new JsonObject
    {
        ["type"] = condition.Type,
        ["status"] = condition.Status.ToString(),
        ["reason"] = condition.Reason,
        ["message"] = condition.Message,
        ["lastTransitionTime"] = Time(condition.TransitionAt),
        ["lastHeartbeatTime"] = Time(condition.HeartbeatAt),
    };

    public static string Time(DateTimeOffset at) => at.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss'Z'", CultureInfo.InvariantCulture);

    private static JsonObject Map(IEnumerable<KeyValuePair<string, string>> pairs) => new(pairs.Select(pair => KeyValuePair.Create(pair.Key, (JsonNode?)pair.Value)));
}
