namespace Homelab.Aggregator.KubeApi;

/// <summary>How long a watch lasts and how soon it is tried again.</summary>
internal sealed record CollectionWatchOptions
{
    /// <summary>A watch is asked to end in good order after one to two times this.</summary>
    public TimeSpan Lasting { get; init; } = TimeSpan.FromMinutes(5);

    /// <summary>Servers send a bookmark about once a minute; silence beyond this means a dead connection.</summary>
    public TimeSpan Idle { get; init; } = TimeSpan.FromMinutes(3);

    public TimeSpan FirstBackoff { get; init; } = TimeSpan.FromMilliseconds(800);

    public TimeSpan LongestBackoff { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>A Retry-After beyond this is answered with the usual backoff.</summary>
    public TimeSpan LongestRetryAfter { get; init; } = TimeSpan.FromMinutes(2);
}
