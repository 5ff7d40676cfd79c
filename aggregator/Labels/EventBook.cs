using System.Collections.Immutable;

namespace Homelab.Aggregator.Labels;

/// <summary>Events, at most one of a node and reason in a window; what comes between is counted and told at its end.</summary>
internal sealed class EventBook(TimeSpan window)
{
    /// <summary>An API server takes notes of at most 1 KiB; characters may be of several bytes.</summary>
    private const int MostCharacters = 250;

    private readonly SortedDictionary<(string Cluster, string Node, string Reason), Entry> _entries = [];

    /// <param name="node">Null for the fleet as the cluster sees it.</param>
    public void Note(string cluster, NodeKey? node, string reason, bool isWarning, string message, DateTimeOffset at)
    {
        var key = (cluster, node?.Name ?? "", reason);
        message = message.Length > MostCharacters ? message[..MostCharacters] : message;
        var entry = _entries.TryGetValue(key, out var known) ? known : _entries[key] = new Entry();
        entry.Pending = entry.Pending is { } pending
            ? pending with { Count = pending.Count + 1, Message = message, LastAt = at }
            : new NodeEvent(cluster, node, reason, isWarning, message, 1, at, at);
    }

    /// <summary>What may be told now.</summary>
    public ImmutableArray<NodeEvent> Take(TimeSpan now)
    {
        var told = ImmutableArray.CreateBuilder<NodeEvent>();
        List<(string, string, string)>? idle = null;
        foreach (var (key, entry) in _entries)
        {
            if (entry.ToldAt is { } at && now - at < window)
                continue;
            if (entry.Pending is { } pending)
            {
                told.Add(pending);
                (entry.Pending, entry.ToldAt) = (null, now);
            }
            else
            {
                (idle ??= []).Add(key);
            }
        }
        foreach (var key in idle ?? [])
            _entries.Remove(key);
        return told.ToImmutable();
    }

    private sealed class Entry
    {
        public NodeEvent? Pending { get; set; }

        public TimeSpan? ToldAt { get; set; }
    }
}
