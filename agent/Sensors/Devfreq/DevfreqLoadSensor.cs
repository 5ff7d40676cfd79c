using System.Buffers.Text;
using Homelab.Units;

namespace Homelab.NodeAgent.Sensors.Devfreq;

/// <summary>Busy share of a device, from <c>7@300000000Hz</c> (percent at a clock) of Rockchip's kernels.</summary>
internal sealed class DevfreqLoadSensor(SensorInfo info, HostRoot root, string folder) : ISensor
{
    private readonly PseudoPath _path = folder + "/load";
    private readonly ReadFailure _failure = new(info.Path);
    private readonly Bounds _bounds = Plausibility.For(Quantity.Ratio, SensorShape.Gauge);

    public SensorInfo Info => info;

    /// <summary>The percentage at the start; false unless a number is followed by <c>@</c> or by nothing.</summary>
    public static bool TryPercent(ReadOnlySpan<byte> text, out uint percent)
    {
        text = text.TrimEnd(" \r\n\0"u8);
        return Utf8Parser.TryParse(text, out percent, out var used) && used > 0 && (used == text.Length || text[used] == '@');
    }

    public Reading Read()
    {
        Span<byte> buffer = stackalloc byte[64];
        var count = root.Files.Read(_path, buffer);
        if (count < 0)
            return _failure.Of(-count);
        if (count == 0)
            return _failure.OfEmpty();
        if (!TryPercent(buffer[..count], out var percent))
            return _failure.OfGarbage("a percentage at a clock");
        var micros = percent * 10_000L;
        return _bounds.Reject(micros) is { } reason ? Reading.Implausible(micros, reason) : Reading.Ok(micros);
    }
}
