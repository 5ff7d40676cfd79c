using System.Text.Json;
using System.Text.Json.Nodes;

namespace Homelab.Aggregator.KubeApi;

/// <summary>One taint of a node.</summary>
/// <param name="Value">Empty where there is none.</param>
/// <param name="Effect">NoSchedule, PreferNoSchedule or NoExecute.</param>
/// <param name="TimeAdded">As written by the server; null for all but NoExecute, as a rule.</param>
internal sealed record KubeTaint(string Key, string Value, string Effect, string? TimeAdded = null)
{
    public static KubeTaint? Read(JsonElement taint) =>
        taint.Text("key") is { Length: > 0 } key && taint.Text("effect") is { Length: > 0 } effect
            ? new KubeTaint(key, taint.Text("value") ?? "", effect, taint.Text("timeAdded"))
            : null;

    public JsonObject ToJson()
    {
        var json = new JsonObject { ["key"] = Key, ["effect"] = Effect };
        if (Value.Length > 0)
            json["value"] = Value;
        if (TimeAdded is not null)
            json["timeAdded"] = TimeAdded;
        return json;
    }
}
