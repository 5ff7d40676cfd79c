using System.Globalization;
using System.Text.Json.Nodes;

namespace Homelab.FakeKubernetes;

/// <summary>RFC 6902: add, replace, remove and test.</summary>
internal static class JsonPatchRules
{
    /// <exception cref="FakeFailure">422 for a failed test or a path that is not there, as the API server answers.</exception>
    public static void Apply(JsonObject target, JsonArray steps)
    {
        foreach (var step in steps.OfType<JsonObject>())
        {
            var path = (string?)step["path"] ?? throw FakeFailure.BadRequest("an operation without path");
            var parts = path.Split('/')[1..].Select(static part => part.Replace("~1", "/", StringComparison.Ordinal).Replace("~0", "~", StringComparison.Ordinal)).ToArray();
            JsonNode? parent = target;
            foreach (var part in parts[..^1])
                parent = Child(parent, part) ?? throw Missing(path);
            Step((string?)step["op"], parent, parts[^1], step["value"], path);
        }
    }

    private static void Step(string? op, JsonNode parent, string last, JsonNode? value, string path)
    {
        switch (op, parent)
        {
            case ("test", _):
                if (!JsonNode.DeepEquals(Child(parent, last), value))
                    throw FakeFailure.Invalid($"the server rejected our request due to an error in our request: testing path {path} failed");
                break;
            case ("add", JsonArray list):
                list.Insert(last == "-" ? list.Count : Index(list, last, list.Count, path), value?.DeepClone());
                break;
            case ("replace", JsonArray list):
                list[Index(list, last, list.Count - 1, path)] = value?.DeepClone();
                break;
            case ("remove", JsonArray list):
                list.RemoveAt(Index(list, last, list.Count - 1, path));
                break;
            case ("add", JsonObject map):
                map[last] = value?.DeepClone();
                break;
            case ("replace", JsonObject map):
                map[last] = map.ContainsKey(last) ? value?.DeepClone() : throw Missing(path);
                break;
            case ("remove", JsonObject map):
                if (!map.Remove(last))
                    throw Missing(path);
                break;
            default:
                throw FakeFailure.BadRequest($"no such operation: {op} at {path}");
        }
    }

    private static JsonNode? Child(JsonNode? node, string part) => node switch
    {
        JsonObject map => map[part],
        JsonArray list when int.TryParse(part, CultureInfo.InvariantCulture, out var index) && index >= 0 && index < list.Count => list[index],
        _ => null,
    };

    private static int Index(JsonArray list, string part, int most, string path) =>
        int.TryParse(part, CultureInfo.InvariantCulture, out var index) && index >= 0 && index <= most && most <= list.Count ? index : throw Missing(path);

    private static FakeFailure Missing(string path) => FakeFailure.Invalid($"the server rejected our request due to an error in our request: nothing at {path}");
}
