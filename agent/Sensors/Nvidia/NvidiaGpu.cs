using Homelab.NodeAgent.Nvml;
using Homelab.Units;

namespace Homelab.NodeAgent.Sensors.Nvidia;

/// <summary>One GPU: all its channels are read in one look, and each failure stays with what failed. Used by one thread at a time.</summary>
/// <remarks>A GPU in runtime suspend is not touched. One that may sleep and is idle is let go of (see <see cref="IdleRest"/>): an open handle alone keeps it awake.</remarks>
internal sealed class NvidiaGpu
{
    private readonly NvmlSession _session;
    private readonly SleepGate _gate;
    private readonly IdleRest _rest;
    private readonly NvidiaReadings _readings = new();
    private readonly NvidiaLook _look;
    private readonly NvidiaErrors _errors = new();
    private readonly NvidiaProcessDesk _desk;
    private readonly NvidiaProcesses _processes;
    private uint _gateUsed;
    private NvmlDevice _device;
    private int _attachedIn;
    private bool _readsSettings;

    public NvidiaGpu(HostRoot root, NvmlSession session, string address, NvidiaProcessDesk desk)
    {
        (_session, _desk, _processes) = (session, desk, desk.Open(address));
        _look = new NvidiaLook(_readings, _errors);
        Address = address;
        Path = NvmlPaths.DeviceFolder(address);
        _gate = new SleepGate(root, Path);
        _rest = new IdleRest(root, address);
    }

    public string Address { get; }

    public string Path { get; }

    /// <summary><c>NVIDIA GeForce RTX 4080 SUPER</c>; empty before it was first awake.</summary>
    public string ProductName { get; private set; } = "";

    /// <summary>Empty before it was first awake.</summary>
    public string Uuid { get; private set; } = "";

    /// <summary>Version of the driver that it was last reached by, <c>550.54.15</c>; empty before.</summary>
    public string Driver { get; private set; } = "";

    /// <summary>What the last look at a GPU that was awake came to as a whole.</summary>
    public NvmlResult State { get; private set; }

    /// <summary>True until a look has reached the GPU.</summary>
    public bool IsUnknown { get; private set; } = true;

    /// <summary>Channels that this GPU did not refuse for good; before it was first awake, its power.</summary>
    public IReadOnlyList<NvidiaChannel> Listed()
    {
        if (IsUnknown)
            return [NvidiaChannel.Power];
        var listed = new List<NvidiaChannel>();
        for (var channel = NvidiaChannel.Power; (int)channel < NvidiaChannelInfo.All.Length; channel++)
        {
            if (_readings.Wants(channel) || (_look.IsMultiInstance && channel == NvidiaChannel.Utilization))
                listed.Add(channel);
        }
        return listed;
    }

    /// <summary>The channel's reading of the last look.</summary>
    public Reading Last(NvidiaChannel channel) => _readings[channel];

    /// <summary>Looks at everything, also at what moves with settings only and at what was refused before.</summary>
    /// <param name="isAlone">True when it is the only GPU: letting go of one lets go of all.</param>
    public void Search(bool isAlone)
    {
        _rest.Search(isAlone);
        var refusals = _readings.Forget();
        _look.Forget();
        _processes.Forget();
        _readsSettings = true;
        // A GPU that does not answer now keeps its list: an inventory that shrinks and grows says nothing.
        if (!Look())
            _readings.Restore(refusals);
    }

    /// <returns>True when the GPU was reached.</returns>
    public bool Look()
    {
        if (_gate.IsAsleep(ref _gateUsed))
        {
            _rest.FoundAsleep();
            _processes.Rest();
            return Blank(SleepGate.Asleep);
        }
        if (_rest.LeavesAlone())
        {
            _processes.Rest();
            return Blank(IdleRest.LeftAlone);
        }
        State = Attach();
        if (State == NvmlResult.Success)
            State = _look.At(_device, _readsSettings);
        if (State != NvmlResult.Success)
            return Blank(_readings.Failure(State));
        (IsUnknown, _readsSettings) = (false, false);
        if (_desk.IsAsked)
            _processes.Read(_device, _look.IsMultiInstance, _readings[NvidiaChannel.Utilization] is { Quality: Quality.Ok, Micros: > 0 });
        if (_rest.Wants(_device, _readings[NvidiaChannel.Utilization]))
        {
            _errors.Close();
            _session.Close();
        }
        return true;
    }

    private bool Blank(Reading reading)
    {
        _readings.Fill(reading);
        (_attachedIn, _readsSettings) = (0, true);
        return false;
    }

    private NvmlResult Attach()
    {
        var opened = _session.Open();
        if (opened != NvmlResult.Success || _attachedIn == _session.Generation)
            return opened;
        var found = _session.Find(Address, out _device);
        if (found != NvmlResult.Success)
            return found;
        (_attachedIn, _readsSettings) = (_session.Generation, true);
        _errors.Attached();
        if (_device.Name(out var name) == NvmlResult.Success)
            ProductName = name;
        if (_device.Uuid(out var uuid) == NvmlResult.Success)
            Uuid = uuid;
        Driver = _session.DriverVersion;
        return NvmlResult.Success;
    }
}
