namespace Homelab.NodeAgent.Sensors.CpuIdle;

/// <summary>The time that some CPUs spent in one idle state. Only grows: a CPU that goes offline leaves its share behind, and one that starts again adds to it.</summary>
internal sealed class IdleTimeSensor : ISensor
{
    private readonly IPseudoFiles _files;
    private readonly PseudoPath[] _paths;
    private readonly long[] _last;
    private readonly ReadFailure _failure;
    private long _total;

    public IdleTimeSensor(SensorInfo info, HostRoot root, IReadOnlyList<string> files)
    {
        Info = info;
        _files = root.Files;
        _paths = new PseudoPath[files.Count];
        for (var i = 0; i < _paths.Length; i++)
            _paths[i] = root.Locate(files[i]);
        _last = new long[_paths.Length];
        _failure = new ReadFailure(info.Path);
    }

    public SensorInfo Info { get; }

    public Reading Read()
    {
        Span<byte> buffer = stackalloc byte[32];
        var (answered, errno) = (0, 0);
        for (var i = 0; i < _paths.Length; i++)
        {
            var count = _files.Read(_paths[i], buffer);
            if (count < 0)
            {
                errno = -count;
                continue;
            }
            if (!PseudoText.TryInteger(buffer[..count], out var now) || now < 0)
                continue;
            answered++;
            var grown = now - _last[i];
            _last[i] = now;
            _total = unchecked(_total + (grown < 0 ? now : grown)) & long.MaxValue;
        }
        if (answered > 0)
            return Reading.Ok(_total);
        return errno != 0 ? _failure.Of(errno) : _failure.OfGarbage("a time");
    }
}
