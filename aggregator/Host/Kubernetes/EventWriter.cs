using System.Globalization;
using System.Text.Json.Nodes;
using Homelab.Aggregator.KubeApi;
using Homelab.Aggregator.Labels;

namespace Homelab.Aggregator.Kubernetes;

/// <summary>Writes events to one cluster. What happens to a node again within the hour is counted on the event that is there.</summary>
/// <remarks>core/v1, because Kubernetes 1.20 and older refuse events.k8s.io/v1 about nodes in <c>default</c>, which is where <c>kubectl describe node</c> looks.</remarks>
internal sealed class EventWriter(KubeClient client, WriteBook book, TimeProvider time)
{
    private const string Space = "default";
    private static readonly TimeSpan KeptFor = TimeSpan.FromHours(1);
    private readonly Dictionary<(string Node, string Reason), Written> _written = [];

    public async Task WriteAsync(NodeEvent happened, CancellationToken cancel)
    {
        var key = (happened.Node?.Name ?? "", happened.Reason);
        Forget();
        if (_written.TryGetValue(key, out var last))
        {
            var patched = await client.PatchAsync(KubePath.CoreEvents(Space).Named(last.Name), KubePatch.Merge(Again(happened, last.Count)), cancel, NodeBodies.FieldManager);
            if (patched.IsOk)
                _written[key] = last with { Count = last.Count + happened.Count };
            if (patched.Status.Outcome != KubeOutcome.NotFound)
            {
                book.Note("event", key.Item1, patched.Status);
                return;
            }
            _written.Remove(key);
        }
        var name = NameOf(happened);
        var answer = await client.CreateAsync(KubePath.CoreEvents(Space), Body(happened, name), cancel);
        // An answer that was lost is followed by "exists already".
        var status = answer.Status.Outcome == KubeOutcome.Conflict ? KubeStatus.Fine : answer.Status;
        if (status.IsOk)
            _written[key] = new Written(name, happened.Count, time.GetTimestamp());
        book.Note("event", key.Item1, status);
    }

    private void Forget()
    {
        foreach (var key in _written.Where(entry => time.GetElapsedTime(entry.Value.Since) >= KeptFor).Select(entry => entry.Key).ToList())
            _written.Remove(key);
    }

    private static JsonObject Again(NodeEvent happened, int before) => new()
    {
        ["count"] = before + happened.Count,
        ["lastTimestamp"] = NodeBodies.Time(happened.LastAt),
        ["message"] = happened.Message,
    };

    private static JsonObject Body(NodeEvent happened, string name) => new()
    {
        ["apiVersion"] = "v1",
        ["kind"] = "Event",
        ["metadata"] = new JsonObject { ["name"] = name, ["namespace"] = Space },
        ["involvedObject"] = About(happened),
        ["reason"] = happened.Reason,
        ["message"] = happened.Message,
        ["type"] = happened.IsWarning ? "Warning" : "Normal",
        ["source"] = new JsonObject { ["component"] = NodeBodies.FieldManager },
        ["count"] = happened.Count,
        ["firstTimestamp"] = NodeBodies.Time(happened.FirstAt),
        ["lastTimestamp"] = NodeBodies.Time(happened.LastAt),
    };

    /// <summary>Kubelets give a node's name for its uid, and <c>kubectl describe node</c> looks for that.</summary>
    private static JsonObject About(NodeEvent happened) => happened.Node is { } node
        ? new JsonObject { ["kind"] = "Node", ["apiVersion"] = "v1", ["name"] = node.Name, ["uid"] = node.Name }
        : new JsonObject { ["kind"] = "Namespace", ["apiVersion"] = "v1", ["name"] = Space };

    /// <summary>A DNS subdomain of at most 253 characters, the same when it is sent again.</summary>
    private static string NameOf(NodeEvent happened)
    {
        var about = happened.Node?.Name ?? "fleet";
        var tail = string.Create(CultureInfo.InvariantCulture, $".{happened.Reason.ToLowerInvariant()}.{happened.FirstAt.UtcTicks:x}");
        return about[..Math.Min(about.Length, 253 - tail.Length)].TrimEnd('.', '-') + tail;
    }

    private sealed record Written(string Name, int Count, long Since);
}
