using System.Text.Json.Nodes;

namespace Homelab.Aggregator.KubeApi;

/// <summary>The body of a PATCH with its media type.</summary>
internal sealed record KubePatch
{
    private KubePatch(string mediaType, JsonNode body) => (MediaType, Body) = (mediaType, body);

    public string MediaType { get; }

    public JsonNode Body { get; }

    /// <summary>RFC 7386: members replace, null removes, lists are replaced whole.</summary>
    public static KubePatch Merge(JsonObject body) => new("application/merge-patch+json", body);

    /// <summary>Kubernetes' own: as merge, but lists with a merge key (conditions by type) are merged by it; taints have none.</summary>
    public static KubePatch Strategic(JsonObject body) => new("application/strategic-merge-patch+json", body);

    /// <summary>RFC 6902, in order, all or nothing.</summary>
    public static KubePatch Json(params IEnumerable<JsonPatchStep> steps) =>
        new("application/json-patch+json", new JsonArray([.. steps.Select(static step => step.ToJson())]));

    /// <summary>Server-side apply. JSON is YAML, so the body goes out as JSON under the only media type that older servers take.</summary>
    public static KubePatch Apply(JsonObject body) => new("application/apply-patch+yaml", body);
}
