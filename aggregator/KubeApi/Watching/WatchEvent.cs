using System.Text.Json;

namespace Homelab.Aggregator.KubeApi;

internal enum WatchKind
{
    Added,
    Modified,
    Deleted,

    /// <summary>Nothing changed up to the object's resourceVersion; the object holds nothing else.</summary>
    Bookmark,
}

/// <summary>One line of a watch.</summary>
internal sealed record WatchEvent(WatchKind Kind, JsonElement Object);
