using Homelab.NodeAgent.Sensors;
using Homelab.Units;

namespace Homelab.NodeAgent.Sampling;

/// <summary>The place of one source: what a worker reads it with, and what the sampling loop makes of the outcome.</summary>
/// <remarks>
/// While <see cref="IsBusy"/> is true (set and cleared under the reader's lock) a worker is inside; the loop then touches nothing but the outcome before.
/// A call that does not come back is set apart with its thread (<see cref="SetApart"/>), and another worker reads all the others. It is not made again before
/// it has come back. Where two calls into one device hang, the device is left alone as a whole: its bus is stuck, and each further call would cost a thread.
/// </remarks>
internal sealed class SourceSlot(ISensorSource source)
{
    /// <summary>Stands for the reading of a sensor that was not asked, because an earlier call into it has not come back.</summary>
    public static readonly Reading Unanswered = Reading.Late("does not answer");

    private const int Searching = -1;
    private const int HangsOfADevice = 2;

    private static readonly TimeSpan Rest = TimeSpan.FromSeconds(10);

    private readonly Lock _gate = new();
    private readonly List<HungCall> _hung = [];
    private IReadOnlyList<ISensor> _sensors = [];
    private Reading[] _fresh = [];
    private Discovery? _found;
    private string? _failure;
    private string? _gap;
    private bool _discovers = true;
    private SourceCall? _call;
    private SourceCall? _spare;
    private TimeSpan _begun;

    public string Name { get; } = source.Name;

    /// <summary>True while a worker is inside the source, be it late or not. Guarded by the reader's lock.</summary>
    public bool IsBusy { get; set; }

    /// <summary>When the worker entered, as <see cref="TimeProvider.GetTimestamp"/>. Guarded by the reader's lock.</summary>
    public long EnteredAt { get; set; }

    /// <summary>True when there is an outcome that the loop has not taken in.</summary>
    public bool HasOutcome { get; private set; }

    /// <summary>When the readings of the outcome were begun, since the agent started.</summary>
    public TimeSpan ReadAt { get; private set; }

    public TimeSpan Duration { get; private set; }

    /// <summary>Why the outcome is a failure: the exception's type and message, or the file that the last search had to do without; null when it is none.</summary>
    public string? Failure => _failure ?? _gap;

    public ReadOnlySpan<Reading> Fresh => _fresh;

    /// <summary>What the outcome's search found; null when it did not search.</summary>
    public Discovery? Found => _found;

    /// <summary>Asks the next visit to search before it reads. Loop only, while not busy.</summary>
    public void SearchNext() => _discovers = true;

    /// <summary>Searches when asked to and reads every sensor. Worker only. Never throws: the one guard against the unexpected.</summary>
    /// <returns>False when the call was set apart meanwhile: the slot is another worker's then.</returns>
    public bool Visit(HostRoot root, MonotonicClock clock)
    {
        SourceCall call;
        lock (_gate)
        {
            // One that was set apart stays its thread's for ever; any other serves the next visit.
            (call, _spare) = (_spare ?? new SourceCall(clock), null);
            // What was found and not taken in yet stays: behind a call that hangs, and where a late visit ended just before this one.
            if (_call is not { IsSetApart: true })
                (_failure, _begun) = (null, clock.Now);
            _call = call;
        }
        if (_discovers && !Search(root, call))
            return false;
        ReadAt = clock.Now;
        for (var i = 0; i < _sensors.Count; i++)
        {
            if (!Read(i, call, clock))
                return false;
        }
        Duration = clock.Now - _begun;
        lock (_gate)
        {
            if (call.IsSetApart)
                return false;
            (_call, _spare) = (null, call);
            HasOutcome = true;
        }
        return true;
    }

    /// <summary>Sets the call apart that a worker is in, where that one call has taken long; the slot can then be visited for the others.</summary>
    /// <returns>False where the source is only slow, call after call coming back, and for a search: it may change what reads stand on.</returns>
    public bool SetApart(MonotonicClock clock, TimeSpan longest)
    {
        lock (_gate)
        {
            if (_call is not { IsSetApart: false, Since: { } since } call || clock.Now - since < longest || call.Index == Searching)
                return false;
            call.IsSetApart = true;
            call.Hung = new HungCall(_sensors[call.Index].Info);
            _hung.Add(call.Hung);
            return true;
        }
    }

    /// <summary>Marks the outcome as taken in. Loop only.</summary>
    public void Consume() => (HasOutcome, _found) = (false, null);

    private bool Search(HostRoot root, SourceCall call)
    {
        Discovery? found = null;
        string? failure = null;
        var (silence, silent) = (Silence.None, "");
        Enter(call, Searching);
        try
        {
            found = root.Files is PatientFiles files ? files.Discover(source, root, out silence, out silent) : source.Discover(root);
        }
        catch (Exception error)
        {
            failure = $"search: {error.GetType().Name}: {error.Message}";
        }
        lock (_gate)
        {
            if (!Leave(call))
                return false;
            _failure = failure;
            _gap = silence == Silence.None ? null : $"search: {silent} does not answer; what was known before stands, and new hardware is not looked for";
            if (found is null)
                return true;
            // A file that fell silent only now may just be slow; the next search knows more.
            _discovers = silence == Silence.New;
            // Half of what a search found would rename and regroup what it could not read: what is known stands.
            if (silence != Silence.None && _sensors.Count > 0)
                return true;
            _found = found;
            // Sensors that are still the same keep their objects: some hold the last look for a rate.
            if (!SameSensors(found.Sensors, _sensors))
                (_sensors, _fresh) = (found.Sensors, new Reading[found.Sensors.Count]);
        }
        return true;
    }

    private bool Read(int index, SourceCall call, MonotonicClock clock)
    {
        var sensor = _sensors[index];
        if (IsHung(index, clock))
        {
            _fresh[index] = Unanswered;
            return true;
        }
        Enter(call, index);
        Reading reading;
        string? failure = null;
        try
        {
            reading = sensor.Read();
        }
        catch (Exception error)
        {
            failure = $"{sensor.Info.Device}/{sensor.Info.Name}: {error.GetType().Name}: {error.Message}";
            reading = Reading.None(Quality.Fault, "unexpected failure of the reader");
        }
        lock (_gate)
        {
            if (!Leave(call))
                return false;
            _fresh[index] = reading;
            _failure = failure ?? _failure;
        }
        return true;
    }

    private void Enter(SourceCall call, int index)
    {
        lock (_gate)
            call.Enter(index);
    }

    /// <summary>Under the gate. False when it was set apart: what it brought is dropped, and it may be made again.</summary>
    private static bool Leave(SourceCall call)
    {
        if (call.Hung is { } hung)
            hung.BackAt = call.Now;
        call.Leave();
        return !call.IsSetApart;
    }

    private bool IsHung(int index, MonotonicClock clock)
    {
        lock (_gate)
        {
            if (_hung.Count == 0)
                return false;
            // One that came back after all may hang again: it rests before it costs the others another deadline.
            for (var i = _hung.Count - 1; i >= 0; i--)
            {
                if (_hung[i].BackAt is { } back && clock.Now - back >= Rest)
                    _hung.RemoveAt(i);
            }
            var info = _sensors[index].Info;
            var sameDevice = 0;
            foreach (var hung in _hung)
            {
                if (hung.Sensor == info)
                    return true;
                sameDevice += hung.Sensor.Device == info.Device ? 1 : 0;
            }
            return sameDevice >= HangsOfADevice;
        }
    }

    private static bool SameSensors(IReadOnlyList<ISensor> left, IReadOnlyList<ISensor> right)
    {
        if (left.Count != right.Count)
            return false;
        for (var i = 0; i < left.Count; i++)
        {
            if (left[i].Info != right[i].Info)
                return false;
        }
        return true;
    }

    /// <summary>A call that was set apart.</summary>
    private sealed class HungCall(SensorInfo sensor)
    {
        public SensorInfo Sensor => sensor;

        /// <summary>When it came back after all; null: not yet.</summary>
        public TimeSpan? BackAt { get; set; }
    }

    /// <summary>One worker's way through the source. Guarded by the gate.</summary>
    private sealed class SourceCall(MonotonicClock clock)
    {
        public int Index { get; private set; }

        /// <summary>When it went into what it is in; null between two.</summary>
        public TimeSpan? Since { get; private set; }

        public bool IsSetApart { get; set; }

        public HungCall? Hung { get; set; }

        public TimeSpan Now => clock.Now;

        public void Enter(int index) => (Index, Since) = (index, clock.Now);

        public void Leave() => Since = null;
    }
}
