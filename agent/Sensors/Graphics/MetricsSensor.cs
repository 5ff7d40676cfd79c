using Homelab.Units;

namespace Homelab.NodeAgent.Sensors.Graphics;

/// <summary>A channel out of amdgpu's <c>gpu_metrics</c>, which is read once per pass for all of them.</summary>
internal sealed class MetricsSensor(SensorInfo info, SharedFile file, SleepGate gate, GpuMetrics layout, MetricsSensor.Pick pick) : ISensor
{
    private static readonly Reading OtherVersion = Reading.None(Quality.Fault, "gpu_metrics is cut off or of another version than when the agent looked for sensors: gone");
    private static readonly Reading Unfilled = Reading.None(Quality.Unsupported, "this chip does not fill it in");

    private readonly ReadFailure _failure = new(info.Path);
    private readonly Bounds _bounds = Plausibility.For(info.Quantity, info.Shape);
    private uint _used;
    private uint _gateUsed;

    /// <summary>Millionths of the base unit out of a table that fits, or null where the chip has no figure.</summary>
    public delegate long? Pick(ReadOnlySpan<byte> table);

    public SensorInfo Info => info;

    public Reading Read()
    {
        if (gate.IsAsleep(ref _gateUsed))
            return SleepGate.Asleep;
        var count = file.Read(ref _used, out var table);
        if (count < 0)
            return count == -Errno.NotPermitted ? _failure.Of(-count, Quality.Asleep, ": the GPU sleeps or is in reset") : _failure.Of(-count);
        if (!layout.Fits(table))
            return OtherVersion;
        return pick(table) is not { } micros ? Unfilled
            : _bounds.Reject(micros) is { } reason ? Reading.Implausible(micros, reason)
            : Reading.Ok(micros);
    }
}
