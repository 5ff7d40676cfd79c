using Homelab.NodeAgent.Configuration;

namespace Homelab.NodeAgent.Enforcement;

/// <summary>How enforcement behaves; defaults are the product's.</summary>
internal sealed record EnforcementOptions
{
    public StopAction OnStop { get; init; }

    /// <summary>State folder, for the log.</summary>
    public string Folder { get; init; } = "";

    /// <summary>Time between read-backs.</summary>
    public TimeSpan Tick { get; init; } = TimeSpan.FromMilliseconds(100);

    /// <summary>Time between decisions that nothing asks for.</summary>
    public TimeSpan DecidePace { get; init; } = TimeSpan.FromMilliseconds(500);

    /// <summary>How long a driver may take before the others go on without it.</summary>
    public TimeSpan DriverDeadline { get; init; } = TimeSpan.FromMilliseconds(250);

    /// <summary>How long the disk may take.</summary>
    public TimeSpan DiskDeadline { get; init; } = TimeSpan.FromSeconds(1);

    /// <summary>How long a clean stop waits for the uplink to tell the aggregator.</summary>
    public TimeSpan FarewellLimit { get; init; } = TimeSpan.FromSeconds(3);

    /// <summary>Between telling the aggregator and letting go: the others have to make room.</summary>
    public TimeSpan FarewellGrace { get; init; } = TimeSpan.FromSeconds(1.5);
}
