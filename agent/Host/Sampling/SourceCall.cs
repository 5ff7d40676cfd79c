using Homelab.NodeAgent.Sensors;

namespace Homelab.NodeAgent.Sampling;

/// <summary>One worker's way through the source. Guarded by the slot's gate.</summary>
internal sealed class SourceCall(MonotonicClock clock)
{
    public int Index { get; private set; }

    /// <summary>When it went into what it is in; null between two.</summary>
    public TimeSpan? Since { get; private set; }

    public bool IsSetApart { get; set; }

    public HungCall? Hung { get; set; }

    public TimeSpan Now => clock.Now;

    public void Enter(int index) => (Index, Since) = (index, clock.Now);

    public void Leave() => Since = null;
}

/// <summary>A call that was set apart.</summary>
internal sealed class HungCall(SensorInfo sensor)
{
    public SensorInfo Sensor => sensor;

    /// <summary>When it came back after all; null: not yet.</summary>
    public TimeSpan? BackAt { get; set; }
}
