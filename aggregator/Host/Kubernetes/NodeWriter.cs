using Homelab.Aggregator.KubeApi;
using Homelab.Aggregator.Labels;

namespace Homelab.Aggregator.Kubernetes;

/// <summary>Carries one change out on one cluster: labels and annotations, then taints, then status, each on its own, so that one that is refused takes no other with it.</summary>
/// <param name="seen">The node as last seen; null when it is gone.</param>
/// <param name="mayWrite">Asked before each request.</param>
internal sealed class NodeWriter(
    KubeClient client, Func<string, KubeNode?> seen, Func<bool> mayWrite, LabelPrefix prefix, WriteBook book, TimeProvider time, Func<double> random)
{
    private const int TaintAttempts = 5;
    private const int ApplyAttempts = 3;
    private static readonly TimeSpan Jitter = TimeSpan.FromMilliseconds(500);

    public async Task WriteAsync(NodeChange change, CancellationToken cancel)
    {
        KubeNode? written = null;
        if (change.IsMetadataChanged && mayWrite() && seen(change.Key.Name) is { } labelled)
            written = await ApplyAsync(labelled, change, cancel);
        // Our own labels have made a newer version of it, which the watch has not brought yet.
        if (!change.Taints.IsEmpty && mayWrite() && (written ?? seen(change.Key.Name)) is { } tainted)
            await TaintAsync(tainted, change, cancel);
        if ((!change.Conditions.IsEmpty || change.Capacity is not null) && mayWrite() && seen(change.Key.Name) is { } node)
        {
            var answer = await client.PatchAsync(KubePath.Node(node.Name).Status(), KubePatch.Strategic(NodeBodies.Status(change, prefix)), cancel, NodeBodies.FieldManager);
            book.Note("status", node.Name, answer.Status);
        }
    }

    /// <summary>The node as the server has it then; null when nothing was written.</summary>
    private async Task<KubeNode?> ApplyAsync(KubeNode node, NodeChange change, CancellationToken cancel)
    {
        var (labels, annotations) = (change.Labels.AsEnumerable(), change.Annotations.AsEnumerable());
        for (var attempt = 1; ; attempt++)
        {
            var answer = await client.ApplyAsync(KubePath.Node(node.Name), NodeBodies.Metadata(node, labels, annotations), NodeBodies.FieldManager, cancel);
            var held = answer.Status.Conflicts;
            if (held.IsEmpty || attempt == ApplyAttempts)
            {
                book.Note("metadata", node.Name, answer.Status);
                return answer.Then(KubeNodeOf) is { IsOk: true, Value: var written } ? written : null;
            }
            book.NoteHeld(node.Name, held);
            labels = NodeBodies.Without(labels, "labels", held).ToList();
            annotations = NodeBodies.Without(annotations, "annotations", held).ToList();
        }
    }

    private async Task TaintAsync(KubeNode node, NodeChange change, CancellationToken cancel)
    {
        for (var attempt = 1; ; attempt++)
        {
            if (NodeBodies.Taints(node, change.Taints) is not { } patch)
            {
                book.NoteUnchanged("taints");
                return;
            }
            var answer = await client.PatchAsync(KubePath.Node(node.Name), patch, cancel, NodeBodies.FieldManager);
            // Invalid is what a failed test answers with.
            if (answer.Status.Outcome is not (KubeOutcome.Conflict or KubeOutcome.Invalid) || attempt == TaintAttempts)
            {
                book.Note("taints", node.Name, answer.Status);
                return;
            }
            await Task.Delay(Jitter * random(), time, cancel);
            var fresh = (await client.GetAsync(KubePath.Node(node.Name), cancel)).Then(KubeNodeOf);
            if (!fresh.IsOk || !mayWrite())
            {
                book.Note("taints", node.Name, answer.Status);
                return;
            }
            node = fresh.Value;
        }
    }

    private static KubeNode? KubeNodeOf(System.Text.Json.JsonElement node) => KubeNode.Read(node);
}
