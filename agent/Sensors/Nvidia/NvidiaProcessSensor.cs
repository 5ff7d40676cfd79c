using Homelab.NodeAgent.Sensors.Cgroup;
using Homelab.NodeAgent.Nvml;
using Homelab.Units;

namespace Homelab.NodeAgent.Sensors.Nvidia;

/// <summary>How many processes used one GPU, and in which containers they are.</summary>
internal sealed class NvidiaProcessSensor(string source, HostRoot root, NvidiaProcessDesk desk, string address) : ISensor
{
    private static readonly Reading NoLook = Reading.Late("the GPU was not looked at");
    private static readonly Reading Nobody = Reading.None(Quality.Unsupported, "nobody looks at this GPU: collectors.nvidia is off");
    private static readonly Reading Asleep = Reading.None(Quality.Asleep, "the GPU sleeps, or is left alone so that it can");
    private static readonly Reading Began = Reading.None(Quality.Unsupported, "the first look at its processes only begins");
    private static readonly Reading TooMany = Reading.None(Quality.Unsupported, "more processes than are told apart");
    private static readonly Reading Refused = Reading.None(Quality.Denied, "NVML_ERROR_NO_PERMISSION: the driver tells no processes");
    private static readonly Reading Unsupported = Reading.None(Quality.Unsupported, "the driver tells no processes of this GPU");
    private static readonly Reading Failed = Reading.None(Quality.Fault, "the driver failed to tell the processes");
    private static readonly Reading Elsewhere = Reading.None(Quality.Unsupported, "the /proc that is seen is not the machine's own");

    private readonly ProcessPlaces _places = new(root);
    private readonly Lock _gate = new();
    private uint[] _pids = [];
    private long[] _weights = [];
    private CardUse _next = new();
    private CardUse _told = new();
    private NvidiaProcesses? _processes;
    private uint _look;
    private volatile NvidiaProcessBasis _basis;
    private volatile bool _isHidden;

    /// <summary>Whose the process numbers are.</summary>
    public ProcessNumbers Numbers { get; set; }

    public SensorInfo Info { get; } = new(source, "nvidia@" + address, "processes", "", Quantity.Count, SensorShape.Gauge, NvmlPaths.DeviceFolder(address));

    /// <summary>Their number between the last two looks.</summary>
    public Reading Read()
    {
        if (desk.Find(address) is not { } processes)
            return Nobody;
        if (!ReferenceEquals(processes, _processes))
            (_processes, _look) = (processes, 0);
        var basis = processes.Take(ref _look, ref _pids, ref _weights, out var count);
        if (basis == NvidiaProcessBasis.NoLook)
            return _look == 0 ? Began : NoLook;
        _basis = basis;
        if (basis is not (NvidiaProcessBasis.Use or NvidiaProcessBasis.Even))
            return Without(basis);
        if (Numbers == ProcessNumbers.Elsewhere)
            return Elsewhere;
        Place(count);
        return Reading.Ok(count * 1_000_000L);
    }

    public void Take(CardUse use)
    {
        lock (_gate)
            _told.CopyTo(use);
    }

    /// <summary>What the looks so far leave to mend; null: nothing.</summary>
    public Finding? Describe() => _basis switch
    {
        NvidiaProcessBasis.Refused => NvidiaProcessSource.Refused(Info.Path),
        NvidiaProcessBasis.TooMany => NvidiaProcessSource.TooMany(Info.Path),
        _ when _isHidden => NvidiaProcessSource.Hidden(Info.Path),
        NvidiaProcessBasis.Even => NvidiaProcessSource.Even(Info.Path),
        _ => null,
    };

    private void Place(int count)
    {
        _next.Clear();
        _places.Begin();
        var (seen, used) = (0, 0);
        for (var i = 0; i < count; i++)
        {
            if (_weights[i] == 0)
                continue;
            used++;
            _next.Add(_places.Of(_pids[i], out var isThere), _weights[i]);
            seen += isThere ? 1 : 0;
        }
        _places.End();
        _next.IsEven = _basis == NvidiaProcessBasis.Even;
        // One that just ended is not meant; all of them being unknown is.
        if (used > 0)
            _isHidden = seen == 0;
        lock (_gate)
            (_told, _next) = (_next, _told);
    }

    private static Reading Without(NvidiaProcessBasis basis) => basis switch
    {
        NvidiaProcessBasis.Asleep => Asleep,
        NvidiaProcessBasis.Began => Began,
        NvidiaProcessBasis.TooMany => TooMany,
        NvidiaProcessBasis.Refused => Refused,
        NvidiaProcessBasis.Unsupported => Unsupported,
        _ => Failed,
    };
}
