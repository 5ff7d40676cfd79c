namespace Homelab.NodeAgent.Sensors;

/// <summary>How a sensor's number moves. Callers never guess this from a value.</summary>
internal enum SensorShape
{
    /// <summary>A value of this moment.</summary>
    Gauge = 1,

    /// <summary>Grows until it wraps at <see cref="SensorInfo.WrapMicros"/>.</summary>
    Counter = 2,

    /// <summary>A configured bound (max, crit, cap), not a measurement.</summary>
    Limit = 3,
}
