namespace Homelab.NodeAgent.Sampling;

/// <summary>Time since the agent started, by a clock that no administrator, NTP step or suspend moves.</summary>
internal sealed class MonotonicClock(TimeProvider time)
{
    private readonly long _origin = time.GetTimestamp();

    public TimeProvider Time => time;

    public TimeSpan Now => time.GetElapsedTime(_origin);
}
