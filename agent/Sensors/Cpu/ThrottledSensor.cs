namespace Homelab.NodeAgent.Sensors.Cpu;

/// <summary>1 when any of some throttle counts grew since the previous look, else 0. The first look after discovery compares with the counts of then.</summary>
internal sealed class ThrottledSensor : ISensor
{
    private readonly IPseudoFiles _files;
    private readonly PseudoPath[] _paths;
    private readonly ReadFailure _failure;
    private long _previous;

    public ThrottledSensor(SensorInfo info, HostRoot root, IReadOnlyList<string> counts)
    {
        Info = info;
        _files = root.Files;
        _paths = [.. counts.Select(path => new PseudoPath(root.Locate(path)))];
        _failure = new ReadFailure(info.Path);
        Last = TrySum(out _previous, out var failure) ? Reading.Ok(0) : failure;
        HasEver = _previous > 0;
    }

    public SensorInfo Info { get; }

    /// <summary>Whether a count was ever seen above 0: they start at 0 with the kernel. A CPU that goes offline takes its count along; what happened stays true.</summary>
    public bool HasEver { get; private set; }

    /// <summary>The reading of the last look; of discovery at first.</summary>
    public Reading Last { get; private set; }

    public Reading Read() => Last = Look();

    private Reading Look()
    {
        if (!TrySum(out var sum, out var failure))
            return failure;
        HasEver |= sum > 0;
        var grew = sum > _previous;
        _previous = sum;
        return Reading.Ok(grew ? 1_000_000 : 0);
    }

    // The counts only grow, so their sum grows exactly when one of them does. A CPU that went offline takes its count along: that is no throttling.
    private bool TrySum(out long sum, out Reading failure)
    {
        Span<byte> buffer = stackalloc byte[32];
        sum = 0;
        failure = default;
        var read = 0;
        foreach (var path in _paths)
        {
            var count = _files.Read(path, buffer);
            if (count == -Errno.NoEntry && _paths.Length > 1)
                continue;
            if (count < 0)
            {
                failure = _failure.Of(-count);
                return false;
            }
            if (!PseudoText.TryInteger(buffer[..count], out var value) || value < 0)
            {
                failure = _failure.OfGarbage("a count");
                return false;
            }
            sum = unchecked(sum + value);
            read++;
        }
        if (read == 0)
            failure = _failure.Of(Errno.NoEntry);
        return read > 0;
    }
}
