namespace Homelab.Aggregator.KubeApi;

/// <summary>The three times of a lease; the defaults are those of Kubernetes' own components.</summary>
internal sealed record LeaderElectionOptions
{
    /// <summary>How long others wait after the last renewal that they saw. Whole seconds, as the Lease has it.</summary>
    public TimeSpan LeaseDuration { get; init; } = TimeSpan.FromSeconds(15);

    /// <summary>How long the leader leads on after its last renewal; the gap to <see cref="LeaseDuration"/> is what keeps two from leading.</summary>
    public TimeSpan RenewDeadline { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>Between two renewals, and between two looks at another's lease.</summary>
    public TimeSpan RetryPeriod { get; init; } = TimeSpan.FromSeconds(2);

    /// <summary>What to mend; null where the times fit each other.</summary>
    public string? Problem() =>
        LeaseDuration < TimeSpan.FromSeconds(1) || LeaseDuration.Ticks % TimeSpan.TicksPerSecond != 0 ? "the lease duration must be whole seconds, at least 1"
        : RenewDeadline >= LeaseDuration ? "the renew deadline must be shorter than the lease duration"
        : RetryPeriod <= TimeSpan.Zero || RetryPeriod * 2 > RenewDeadline ? "the retry period must fit at least twice into the renew deadline"
        : null;
}
