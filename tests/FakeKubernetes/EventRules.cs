using System.Text.Json.Nodes;

namespace Homelab.FakeKubernetes;

/// <summary>What a real server (seen on 1.20) demands of an events.k8s.io/v1 event; older core events are let through.</summary>
internal static class EventRules
{
    private static readonly string[] Required = ["eventTime", "reportingController", "reportingInstance", "action", "reason", "type"];

    /// <exception cref="FakeFailure">422 in the server's words.</exception>
    public static void Check(FakeRoute route, JsonObject item)
    {
        if (route.ApiVersion != "events.k8s.io/v1")
            return;
        foreach (var field in Required.Where(field => (string?)item[field] is null or ""))
            throw Wrong(item, $"{field}: Required value");
        // An event about a node must say "default" itself, or stand in kube-system.
        var about = (string?)item["regarding"]?["namespace"] ?? "";
        if (about != route.Namespace && !(about.Length == 0 && route.Namespace == "kube-system"))
            throw Wrong(item, $"involvedObject.namespace: Invalid value: \"{about}\": does not match event.namespace");
    }

    private static FakeFailure Wrong(JsonObject item, string problem) => FakeFailure.Invalid($"Event \"{item["metadata"]?["name"]}\" is invalid: {problem}");
}
