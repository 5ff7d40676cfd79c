using System.Text.Json;

namespace Homelab.Aggregator.KubeApi;

/// <summary>One condition of a node's status.</summary>
/// <param name="Status">True, False or Unknown.</param>
internal sealed record KubeCondition(string Type, string Status, string Reason, string Message, DateTimeOffset? LastHeartbeat, DateTimeOffset? LastTransition)
{
    public static KubeCondition? Read(JsonElement condition) =>
        condition.Text("type") is { Length: > 0 } type
            ? new KubeCondition(type, condition.Text("status") ?? "Unknown", condition.Text("reason") ?? "", condition.Text("message") ?? "", condition.Time("lastHeartbeatTime"), condition.Time("lastTransitionTime"))
            : null;
}
