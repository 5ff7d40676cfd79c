using System.Collections.Immutable;
using Homelab.Aggregator.Fleet;
using Homelab.Aggregator.KubeApi;

namespace Homelab.Aggregator.Kubernetes;

/// <summary>How the writes to one cluster went: counted, and told once when they begin to fail and once when they succeed again. Safe for concurrent use.</summary>
internal sealed class WriteBook(string cluster, ILogger logger)
{
    private readonly Lock _gate = new();
    private readonly HashSet<(string Node, string Field, string Manager)> _held = [];
    private ImmutableSortedDictionary<ClusterWrite, long> _counts = ImmutableSortedDictionary<ClusterWrite, long>.Empty;
    private string _trouble = "";

    public ImmutableSortedDictionary<ClusterWrite, long> Counts => Volatile.Read(ref _counts);

    /// <summary>The last failure since the last success; empty when all is well.</summary>
    public string Trouble => Volatile.Read(ref _trouble);

    /// <summary>A write that the server has answered, or not.</summary>
    public void Note(string kind, string node, KubeStatus status)
    {
        bool begins, ends;
        lock (_gate)
        {
            Count(kind, Word(status.Outcome));
            (begins, ends) = (!status.IsOk && _trouble.Length == 0, status.IsOk && _trouble.Length > 0);
            _trouble = status.IsOk ? "" : $"{kind} of {node}: {status}";
        }
        if (begins)
            Log.WritesFail(logger, cluster, kind, node, status.ToString());
        else if (ends)
            Log.WritesSucceed(logger, cluster);
    }

    /// <summary>Nothing was to be done any more.</summary>
    public void NoteUnchanged(string kind)
    {
        lock (_gate)
            Count(kind, "unchanged");
    }

    /// <summary>Fields that others hold: each is told once.</summary>
    public void NoteHeld(string node, ImmutableArray<FieldConflict> conflicts)
    {
        foreach (var conflict in conflicts)
        {
            bool isNew;
            lock (_gate)
                isNew = _held.Count < 10_000 && _held.Add((node, conflict.Field, conflict.Manager));
            if (isNew)
                Log.FieldHeld(logger, cluster, node, conflict.Field, conflict.Manager);
        }
        lock (_gate)
            Count("metadata", "conflict");
    }

    private void Count(string kind, string result)
    {
        var key = new ClusterWrite(cluster, kind, result);
        Volatile.Write(ref _counts, _counts.SetItem(key, _counts.GetValueOrDefault(key) + 1));
    }

    private static string Word(KubeOutcome outcome) => outcome switch
    {
        KubeOutcome.Ok => "ok",
        KubeOutcome.NotFound => "not_found",
        KubeOutcome.Conflict => "conflict",
        KubeOutcome.Gone => "gone",
        KubeOutcome.Unauthenticated => "unauthenticated",
        KubeOutcome.Forbidden => "forbidden",
        KubeOutcome.Invalid => "invalid",
        KubeOutcome.Busy => "busy",
        KubeOutcome.ServerError => "server_error",
        KubeOutcome.Unreachable => "unreachable",
        KubeOutcome.TimedOut => "timed_out",
        KubeOutcome.Garbage => "garbage",
        _ => "unexpected",
    };
}
