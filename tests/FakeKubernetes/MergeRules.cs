using System.Text.Json.Nodes;

namespace Homelab.FakeKubernetes;

/// <summary>RFC 7386, and Kubernetes' strategic merge as far as Node objects use it: conditions and addresses are merged by type, all other lists replaced.</summary>
internal static class MergeRules
{
    public static void Merge(JsonObject target, JsonObject patch, bool strategic)
    {
        foreach (var (key, value) in patch)
        {
            if (value is null)
                target.Remove(key);
            else if (value is JsonObject inner && target[key] is JsonObject present)
                Merge(present, inner, strategic);
            else if (strategic && value is JsonArray items && key is "conditions" or "addresses")
                MergeByType(target, key, value.AsArray());
            else
                target[key] = Pruned(value);
        }
    }

    private static void MergeByType(JsonObject target, string key, JsonArray items)
    {
        if (target[key] is not JsonArray list)
            target[key] = list = [];
        foreach (var item in items.OfType<JsonObject>())
        {
            var present = list.OfType<JsonObject>().FirstOrDefault(other => (string?)other["type"] == (string?)item["type"]);
            if ((string?)item["$patch"] == "delete")
                list.Remove(present);
            else if (present is not null)
                Merge(present, item, true);
            else
                list.Add(item.DeepClone());
        }
    }

    // Nulls of a patch never arrive in the object.
    private static JsonNode Pruned(JsonNode value)
    {
        if (value is not JsonObject map)
            return value.DeepClone();
        var pruned = new JsonObject();
        Merge(pruned, map, false);
        return pruned;
    }
}
