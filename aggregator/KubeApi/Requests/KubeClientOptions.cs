namespace Homelab.Aggregator.KubeApi;

/// <summary>How one client behaves toward its server.</summary>
internal sealed record KubeClientOptions
{
    public string UserAgent { get; init; } = "homelab-aggregator";

    /// <summary>Requests a second in the long run, watches and retries included, lease traffic excluded.</summary>
    public double RequestsPerSecond { get; init; } = 2;

    /// <summary>Requests that may go out at once after a quiet time.</summary>
    public int Burst { get; init; } = 10;

    /// <summary>For one attempt of one request, to its last byte; watches have bounds of their own.</summary>
    public TimeSpan RequestTimeout { get; init; } = TimeSpan.FromSeconds(15);

    /// <summary>Tries of one request, the first included.</summary>
    public int Attempts { get; init; } = 5;

    public TimeSpan FirstBackoff { get; init; } = TimeSpan.FromMilliseconds(250);

    public TimeSpan LongestBackoff { get; init; } = TimeSpan.FromSeconds(8);

    /// <summary>A Retry-After beyond this is not waited for but handed to the caller.</summary>
    public TimeSpan LongestRetryAfter { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>Objects in one page of a list.</summary>
    public int PageSize { get; init; } = 250;

    /// <summary>A larger answer is refused. 250 nodes are about 5 MB.</summary>
    public int LargestAnswer { get; init; } = 64 << 20;

    /// <summary>A larger line of a watch is refused. etcd holds no object above 1.5 MiB.</summary>
    public int LargestWatchLine { get; init; } = 4 << 20;

    /// <summary>A list that does not come to its end within so many objects is refused.</summary>
    public int LongestList { get; init; } = 100_000;
}
