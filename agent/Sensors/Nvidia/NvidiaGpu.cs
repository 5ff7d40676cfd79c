using Homelab.NodeAgent.Nvml;
using Homelab.Units;

namespace Homelab.NodeAgent.Sensors.Nvidia;

/// <summary>One GPU: all its channels are read in one go, once per pass, and each failure stays with what failed.</summary>
/// <remarks>A GPU in runtime suspend is not touched. One that may sleep and is idle is let go of (see <see cref="IdleRest"/>): an open handle alone keeps it awake.</remarks>
internal sealed class NvidiaGpu
{
    private static readonly int Channels = NvidiaChannelInfo.All.Length;

    private static readonly Action<NvidiaGpu>[] Steps =
    [
        static gpu => gpu.ReadFields(),
        static gpu => gpu.ReadPower(),
        static gpu => gpu.ReadTemperature(),
        static gpu => gpu.ReadLimits(),
        static gpu => gpu.ReadUse(),
        static gpu => gpu.ReadClocks(),
        static gpu => gpu.ReadReasons(),
        static gpu => gpu.ReadSettings(),
    ];

    private static readonly Reading MultiInstance =
        Reading.None(Quality.Unsupported, "the GPU is cut into instances (MIG): the driver gives no use of the whole; power is of the whole card");

    private readonly NvmlSession _session;
    private readonly SleepGate _gate;
    private readonly IdleRest _rest;
    private readonly Reading[] _readings = new Reading[Channels];

    // What each channel was refused with, so that it is not asked for again until the next search; Success for those that answer.
    private readonly NvmlResult[] _refusals = new NvmlResult[Channels];
    private readonly Dictionary<NvmlResult, Reading> _failures = [];
    private uint _gateUsed;
    private uint _generation;
    private NvmlDevice _device;
    private int _attachedIn;
    private NvmlResult _gone;
    private bool _readsSettings;
    private bool _isMultiInstance;

    public NvidiaGpu(HostRoot root, NvmlSession session, string address)
    {
        _session = session;
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

    /// <summary>What the last look at a GPU that was awake came to as a whole.</summary>
    public NvmlResult State { get; private set; }

    /// <summary>True until a look has reached the GPU.</summary>
    public bool IsUnknown { get; private set; } = true;

    /// <summary>Channels that this GPU did not refuse for good; before it was first awake, its power.</summary>
    public IEnumerable<NvidiaChannel> Listed => IsUnknown
        ? [NvidiaChannel.Power]
        : Enum.GetValues<NvidiaChannel>().Where(channel => _refusals[(int)channel] == NvmlResult.Success || (_isMultiInstance && channel is NvidiaChannel.Utilization));

    /// <summary>Looks at everything, also at what moves with settings only and at what was refused before.</summary>
    /// <param name="isAlone">True when it is the only GPU: letting go of one lets go of all.</param>
    public void Search(bool isAlone)
    {
        _rest.Search(isAlone);
        var refusals = _refusals.ToArray();
        Array.Clear(_refusals);
        _readsSettings = true;
        _generation++;
        // A GPU that does not answer now keeps its list: an inventory that shrinks and grows says nothing.
        if (!Look())
            refusals.CopyTo(_refusals, 0);
    }

    /// <summary>The channel's reading of this pass; the caller's place is as in <see cref="SharedFile.Read"/>.</summary>
    public Reading Read(NvidiaChannel channel, ref uint used)
    {
        if (used == _generation)
        {
            _generation++;
            Look();
        }
        used = _generation;
        return _readings[(int)channel];
    }

    /// <returns>True when the GPU was reached.</returns>
    private bool Look()
    {
        if (_gate.IsAsleep(ref _gateUsed))
        {
            _rest.FoundAsleep();
            return Blank(SleepGate.Asleep);
        }
        if (_rest.LeavesAlone())
            return Blank(IdleRest.LeftAlone);
        State = Attach();
        if (State == NvmlResult.Success)
            State = ReadAll();
        if (State != NvmlResult.Success)
            return Blank(Failure(State));
        if (_rest.Wants(_device, _readings[(int)NvidiaChannel.Utilization]))
            _session.Close();
        return true;
    }

    private bool Blank(Reading reading)
    {
        Array.Fill(_readings, reading);
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
        if (_device.Name(out var name) == NvmlResult.Success)
            ProductName = name;
        if (_device.Uuid(out var uuid) == NvmlResult.Success)
            Uuid = uuid;
        return NvmlResult.Success;
    }

    /// <summary>Every channel, until one call says that the GPU is gone.</summary>
    private NvmlResult ReadAll()
    {
        _gone = NvmlResult.Success;
        foreach (var step in Steps)
        {
            step(this);
            if (_gone != NvmlResult.Success)
                return _gone;
        }
        IsUnknown = false;
        return NvmlResult.Success;
    }

    private void ReadFields()
    {
        Span<NvmlFieldValue> fields =
        [
            new() { FieldId = NvmlDevice.PowerAverageField },
            new() { FieldId = NvmlDevice.PowerInstantField },
            new() { FieldId = NvmlDevice.MemoryTemperatureField },
        ];
        var result = _device.Fields(fields);
        Put(NvidiaChannel.Power, result, fields[0], 1_000);
        Put(NvidiaChannel.PowerInstant, result, fields[1], 1_000);
        Put(NvidiaChannel.MemoryTemperature, result, fields[2], 1_000_000);
    }

    private void ReadPower()
    {
        if (_readings[(int)NvidiaChannel.Power].Quality == Quality.Unsupported)
            Put(NvidiaChannel.Power, _device.PowerUsage(out var power), power.Microwatts);
        Put(NvidiaChannel.Energy, Wants(NvidiaChannel.Energy) ? _device.TotalEnergy(out var energy) : Skip(NvidiaChannel.Energy, out energy), energy.Microjoules);
    }

    private void ReadTemperature() =>
        Put(NvidiaChannel.Temperature, Wants(NvidiaChannel.Temperature) ? _device.Temperature(out var chip) : Skip(NvidiaChannel.Temperature, out chip), chip.Millicelsius * 1_000);

    private void ReadLimits()
    {
        Put(NvidiaChannel.PowerCap, Wants(NvidiaChannel.PowerCap) ? _device.EnforcedPowerLimit(out var enforced) : Skip(NvidiaChannel.PowerCap, out enforced), enforced.Microwatts);
        Put(NvidiaChannel.PowerCapSet, Wants(NvidiaChannel.PowerCapSet) ? _device.PowerLimit(out var limit) : Skip(NvidiaChannel.PowerCapSet, out limit), limit.Microwatts);
    }

    private void ReadUse()
    {
        var result = Wants(NvidiaChannel.Utilization) ? _device.Utilization(out var use) : Skip(NvidiaChannel.Utilization, out use);
        Put(NvidiaChannel.Utilization, result, use.Gpu * 10_000L);
        Put(NvidiaChannel.MemoryUtilization, result, use.Memory * 10_000L);
        if (_isMultiInstance && result.IsMissingFeature())
            _readings[(int)NvidiaChannel.Utilization] = MultiInstance;
        result = Wants(NvidiaChannel.MemoryUsed) ? _device.Memory(out var memory) : Skip(NvidiaChannel.MemoryUsed, out memory);
        Put(NvidiaChannel.MemoryUsed, result, Micros(memory.Used));
        Put(NvidiaChannel.MemoryTotal, result, Micros(memory.Total));
    }

    private void ReadClocks()
    {
        Put(NvidiaChannel.GraphicsClock, Wants(NvidiaChannel.GraphicsClock) ? _device.Clock(NvmlClock.Graphics, out var graphics) : Skip(NvidiaChannel.GraphicsClock, out graphics), Hertz(graphics));
        Put(NvidiaChannel.MemoryClock, Wants(NvidiaChannel.MemoryClock) ? _device.Clock(NvmlClock.Memory, out var memory) : Skip(NvidiaChannel.MemoryClock, out memory), Hertz(memory));
        Put(NvidiaChannel.Fan, Wants(NvidiaChannel.Fan) ? _device.FanSpeed(0, out var percent) : Skip(NvidiaChannel.Fan, out percent), percent * 10_000L);
    }

    private void ReadReasons()
    {
        var result = Wants(NvidiaChannel.PowerCapped) ? _device.ClockEvents(out var events) : Skip(NvidiaChannel.PowerCapped, out events);
        Put(NvidiaChannel.ThrottledThermal, result, Flag(events, NvmlClockEvents.SwThermalSlowdown | NvmlClockEvents.HwThermalSlowdown));
        Put(NvidiaChannel.ThrottledPower, result, Flag(events, NvmlClockEvents.HwPowerBrake));
        Put(NvidiaChannel.PowerCapped, result, Flag(events, NvmlClockEvents.SwPowerCap));
        Put(NvidiaChannel.HardwareSlowdown, result, Flag(events, NvmlClockEvents.HwSlowdown));
    }

    /// <summary>What moves with settings only: when searching, and after it was away.</summary>
    private void ReadSettings()
    {
        if (!_readsSettings)
            return;
        // Every feature that a GPU lacks is refused here at the latest, so nothing is skipped.
        _ = _device.IsMultiInstance(out _isMultiInstance);
        Put(NvidiaChannel.PowerCapDefault, _device.DefaultPowerLimit(out var usual), usual.Microwatts);
        var result = _device.PowerLimitRange(out var least, out var most);
        Put(NvidiaChannel.PowerCapMin, result, least.Microwatts);
        Put(NvidiaChannel.PowerCapMax, result, most.Microwatts);
        Put(NvidiaChannel.TemperatureThrottle, _device.Threshold(NvmlThreshold.Slowdown, out var slowdown), slowdown.Millicelsius * 1_000);
        Put(NvidiaChannel.TemperatureCritical, _device.Threshold(NvmlThreshold.Shutdown, out var shutdown), shutdown.Millicelsius * 1_000);
        Put(NvidiaChannel.GraphicsClockMax, _device.MaxClock(NvmlClock.Graphics, out var clock), Hertz(clock));
        if (_isMultiInstance && !Wants(NvidiaChannel.Utilization))
            _readings[(int)NvidiaChannel.Utilization] = MultiInstance;
        _readsSettings = false;
    }

    private bool Wants(NvidiaChannel channel) => _refusals[(int)channel] == NvmlResult.Success;

    private NvmlResult Skip<T>(NvidiaChannel channel, out T value)
        where T : struct
    {
        value = default;
        return _refusals[(int)channel];
    }

    private void Put(NvidiaChannel channel, NvmlResult call, NvmlFieldValue field, long microsPerUnit)
    {
        var result = call == NvmlResult.Success ? (NvmlResult)field.Result : call;
        if (result == NvmlResult.Success && field.Number is null)
            result = NvmlResult.NoData;
        // Older drivers say "invalid argument" of a field that they do not know.
        if (result == NvmlResult.InvalidArgument)
            result = NvmlResult.NotSupported;
        Put(channel, result, (field.Number ?? 0) * microsPerUnit);
    }

    private void Put(NvidiaChannel channel, NvmlResult result, long micros)
    {
        _refusals[(int)channel] = result.IsMissingFeature() ? result : NvmlResult.Success;
        if (result.IsDeviceGone())
            _gone = result;
        _readings[(int)channel] = result != NvmlResult.Success ? Failure(result)
            : NvidiaChannelInfo.All[(int)channel].Bounds.Reject(micros) is { } reason ? Reading.Implausible(micros, reason)
            : Reading.Ok(micros);
    }

    /// <summary>Made once per code: a GPU that fails every second allocates nothing.</summary>
    private Reading Failure(NvmlResult result)
    {
        if (!_failures.TryGetValue(result, out var reading))
            _failures[result] = reading = NvidiaWords.ToReading(result);
        return reading;
    }

    private static long Flag(NvmlClockEvents events, NvmlClockEvents wanted) => (events & wanted) != 0 ? 1_000_000 : 0;

    private static long Hertz(uint megahertz) => megahertz * 1_000_000_000_000L;

    // A blank of all ones is no amount of memory: it becomes negative, which no bound lets pass.
    private static long Micros(ulong bytes) => bytes <= long.MaxValue / 1_000_000 ? (long)bytes * 1_000_000 : -1;
}
