namespace Homelab.NodeAgent.Sensors.Graphics;

/// <summary>1 when any of some files says 1, 0 when those that can be read say 0.</summary>
internal sealed class AnyFlagSensor(SensorInfo info, HostRoot root, IReadOnlyList<string> places, SleepGate gate) : ISensor
{
    private readonly PseudoPath[] _paths = [.. places.Select(static place => new PseudoPath(place))];
    private readonly ReadFailure _failure = new(info.Path);
    private uint _gateUsed;

    public SensorInfo Info => info;

    public Reading Read()
    {
        if (gate.IsAsleep(ref _gateUsed))
            return SleepGate.Asleep;
        Span<byte> buffer = stackalloc byte[32];
        var (isRead, isSet, errno) = (false, false, 0);
        foreach (var path in _paths)
        {
            var count = root.Files.Read(path, buffer);
            if (count < 0)
            {
                errno = -count;
                continue;
            }
            if (!PseudoText.TryInteger(buffer[..count], out var value) || value is not (0 or 1))
                return _failure.OfGarbage("0 or 1");
            isRead = true;
            isSet |= value == 1;
        }
        return isRead ? Reading.Ok(isSet ? 1_000_000 : 0) : _failure.Of(errno);
    }
}
