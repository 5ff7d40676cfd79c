using Homelab.Units;

namespace Homelab.NodeAgent.Sensors.Graphics;

/// <summary>A channel that is a part of a small text file.</summary>
/// <param name="info">What it is; its path is where people find the file.</param>
/// <param name="root">The machine.</param>
/// <param name="place">Where the file is opened.</param>
/// <param name="gate">Not passed while the device sleeps.</param>
/// <param name="parse">Millionths of the base unit, or null for a text that holds none.</param>
/// <param name="expected">What the text should be, for its failure.</param>
internal sealed class ParsedSensor(SensorInfo info, HostRoot root, string place, SleepGate gate, ParsedSensor.Parser parse, string expected) : ISensor
{
    private readonly PseudoPath _path = new(place);
    private readonly ReadFailure _failure = new(info.Path);
    private readonly Bounds _bounds = Plausibility.For(info.Quantity, info.Shape);
    private uint _gateUsed;

    public delegate long? Parser(ReadOnlySpan<byte> text);

    public SensorInfo Info => info;

    public Reading Read()
    {
        if (gate.IsAsleep(ref _gateUsed))
            return SleepGate.Asleep;
        Span<byte> buffer = stackalloc byte[1024];
        var count = root.Files.Read(_path, buffer);
        if (count < 0)
            return count == -Errno.NotPermitted ? _failure.Of(-count, Quality.Asleep, ": the GPU sleeps or is in reset") : _failure.Of(-count);
        if (count == 0)
            return _failure.OfEmpty();
        return parse(buffer[..count]) is not { } micros ? _failure.OfGarbage(expected)
            : _bounds.Reject(micros) is { } reason ? Reading.Implausible(micros, reason)
            : Reading.Ok(micros);
    }
}
