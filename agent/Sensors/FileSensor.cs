using Homelab.Units;

namespace Homelab.NodeAgent.Sensors;

/// <summary>A channel that is one integer in one file: nearly all of sysfs.</summary>
/// <param name="info">Names the file as people know it.</param>
/// <param name="root">The machine.</param>
/// <param name="scale">From the file's unit to millionths of the base unit.</param>
/// <param name="bounds">What can be a measurement.</param>
/// <param name="folder">Where the file is opened, from <see cref="HostRoot.LocateDevice"/>; null for the folder in the path of <paramref name="info"/>.</param>
internal sealed class FileSensor(SensorInfo info, HostRoot root, Scale scale, Bounds bounds, string? folder = null) : ISensor
{
    private static readonly Reading Hangs = Reading.None(Quality.Fault, "a read of the file hangs");
    private static readonly Reading Disowned = Reading.None(Quality.Fault, "the chip says that nothing sound is connected to this input");

    private readonly PseudoPath _path = folder is null ? root.Locate(info.Path) : folder + info.Path[info.Path.LastIndexOf('/')..];
    private readonly ReadFailure _failure = new(info.Path);
    private int _looking;
    private bool _everMoved;
    private uint _gateUsed;
    private uint _faultUsed;

    public SensorInfo Info => info;

    /// <summary>Says whether the device sleeps; null when it never does.</summary>
    public SleepGate? Gate { get; init; }

    /// <summary>The channel's own word that it does not measure, read before it in each pass; null where the driver has none.</summary>
    public FileSensor? Fault { get; init; }

    /// <summary>When set, a 0 means "no figure" for this reason, and for a counter only until it first moved.</summary>
    public string? ZeroDetail { get; init; }

    /// <summary>The last reading, for sensors that are computed from others in the same pass.</summary>
    public Reading Last { get; private set; }

    /// <summary>Counts reads, so that a computed sensor can tell a new reading from one that it has used.</summary>
    public uint Generation { get; private set; }

    public Reading Read()
    {
        // A sensor that is computed from this one may ask while a read of the file hangs: it is not to hang, too.
        if (Interlocked.Exchange(ref _looking, 1) == 1)
            return Hangs;
        try
        {
            // Until the file has answered, nobody who computes from it takes an older value for this pass's.
            Last = Hangs;
            Generation++;
            return Last = Look();
        }
        finally
        {
            Volatile.Write(ref _looking, 0);
        }
    }

    private Reading Look()
    {
        if (Gate is { } gate && gate.IsAsleep(ref _gateUsed))
            return SleepGate.Asleep;
        if (Fault is { } fault && IsSet(fault))
            return Disowned;
        Span<byte> buffer = stackalloc byte[64];
        var count = root.Files.Read(_path, buffer);
        if (count < 0)
            return Refused(-count);
        if (count == 0)
            return _failure.OfEmpty();
        return PseudoText.TryInteger(buffer[..count], out var raw)
            ? Judge(raw)
            : buffer[..count].IndexOfAnyExcept(" \t\r\n\0"u8) < 0 ? _failure.OfEmpty() : _failure.OfGarbage("a whole number");
    }

    private bool IsSet(FileSensor flag)
    {
        var reading = flag.Generation == _faultUsed ? flag.Read() : flag.Last;
        _faultUsed = flag.Generation;
        return reading is { Quality: Quality.Ok, Micros: > 0 };
    }

    // amdgpu answers EPERM while the GPU is asleep or in reset: no privilege would mend it.
    private Reading Refused(int errno) => errno == Errno.NotPermitted && Gate is not null
        ? _failure.Of(errno, Quality.Asleep, ": the GPU sleeps or is in reset")
        : _failure.Of(errno);

    private Reading Judge(long raw)
    {
        if (raw == 0 && ZeroDetail is { } detail && !_everMoved)
            return Reading.None(Quality.Unsupported, detail);
        _everMoved |= raw != 0 && info.Shape == SensorShape.Counter;
        var micros = scale.Apply(raw);
        return bounds.Reject(micros) is { } reason ? Reading.Implausible(micros, reason) : Reading.Ok(micros);
    }
}
