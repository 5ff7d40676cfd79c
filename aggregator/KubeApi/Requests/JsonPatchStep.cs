using System.Text.Json.Nodes;

namespace Homelab.Aggregator.KubeApi;

/// <summary>One operation of a JSON-Patch. A failed test fails the patch with <see cref="KubeOutcome.Invalid"/> (422) or <see cref="KubeOutcome.Conflict"/>.</summary>
internal sealed record JsonPatchStep
{
    private JsonPatchStep(string op, IEnumerable<string> path, JsonNode? value, bool hasValue)
    {
        (Op, Path) = (op, string.Concat(path.Select(static part => "/" + Escaped(part))));
        (Value, HasValue) = (value, hasValue);
    }

    public string Op { get; }

    /// <summary>The JSON pointer, escaped.</summary>
    public string Path { get; }

    public JsonNode? Value { get; }

    private bool HasValue { get; }

    public static JsonPatchStep Test(JsonNode? value, params IEnumerable<string> path) => new("test", path, value, true);

    /// <summary>Guards a patch by the resourceVersion that its author has seen.</summary>
    public static JsonPatchStep TestVersion(string resourceVersion) => Test(resourceVersion, "metadata", "resourceVersion");

    public static JsonPatchStep Add(JsonNode? value, params IEnumerable<string> path) => new("add", path, value, true);

    public static JsonPatchStep Replace(JsonNode? value, params IEnumerable<string> path) => new("replace", path, value, true);

    public static JsonPatchStep Remove(params IEnumerable<string> path) => new("remove", path, null, false);

    public JsonObject ToJson()
    {
        var step = new JsonObject { ["op"] = Op, ["path"] = Path };
        if (HasValue)
            step["value"] = Value?.DeepClone();
        return step;
    }

    private static string Escaped(string part) => part.Replace("~", "~0", StringComparison.Ordinal).Replace("/", "~1", StringComparison.Ordinal);
}
