namespace Homelab.Aggregator.KubeApi;

/// <summary>Where the record lies. One request each, without retries: the loop has its own rhythm.</summary>
internal interface ILeaseStore
{
    /// <summary>Ok with the record; <see cref="KubeOutcome.NotFound"/> where there is none.</summary>
    Task<KubeResult<LeaderRecord>> ReadAsync(CancellationToken cancel);

    /// <summary>Creates (no resourceVersion) or replaces exactly the version that was seen; else <see cref="KubeOutcome.Conflict"/>.</summary>
    Task<KubeResult<LeaderRecord>> WriteAsync(LeaderRecord record, CancellationToken cancel);
}
