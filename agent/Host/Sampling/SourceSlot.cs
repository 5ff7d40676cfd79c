using Homelab.NodeAgent.Sensors;
using Homelab.Units;

namespace Homelab.NodeAgent.Sampling;

/// <summary>The place of one source: what a worker reads it with, and what the sampling loop makes of the outcome.</summary>
/// <remarks>
/// While <see cref="IsBusy"/> is true (set and cleared under the reader's lock) a worker is inside; the loop then touches nothing but the outcome before.
/// A call that does not come back is set apart with its thread (<see cref="SetApart"/>), and another worker reads all the others. It is not made again before
/// it has come back. Where two calls into one device hang, the device is left alone as a whole: its bus is stuck, and each further call would cost a thread.
/// A device of many files on a slow bus (a power module has a thousand) is read a share of the deadline at a time, going on in the next visit where it was
/// left, so that it makes none of the devices beside it late.
/// </remarks>
/// <param name="source">The source.</param>
/// <param name="share">What one device may take of a visit, once each of its files was read; zero: as long as it takes.</param>
internal sealed class SourceSlot(ISensorSource source, TimeSpan share = default)
{
    /// <summary>Stands for the reading of a sensor that was not asked, because an earlier call into it has not come back.</summary>
    public static readonly Reading Unanswered = Reading.Late("does not answer");

    /// <summary>Stands for the reading of a sensor whose turn is in a later visit.</summary>
    public static readonly Reading InTurn = Reading.Late("its device is read in turns");

    private const int Searching = -1;
    private const int HangsOfADevice = 2;

    /// <summary>So many channels of power and energy of one device are read in each visit: the node's figure, and whether a cap holds, may rest on them.</summary>
    private const int MetersOfADevice = 8;

    private static readonly TimeSpan Rest = TimeSpan.FromSeconds(10);

    private readonly Lock _gate = new();
    private readonly List<HungCall> _hung = [];
    private IReadOnlyList<ISensor> _sensors = [];
    private Reading[] _fresh = [];
    private Turn[] _turns = [];
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
        for (int first = 0, end; first < _sensors.Count; first = end)
        {
            end = EndOfDevice(first);
            if (!ReadDevice(first, end, call, clock))
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
                (_sensors, _fresh, _turns) = (found.Sensors, new Reading[found.Sensors.Count], new Turn[found.Sensors.Count]);
        }
        return true;
    }

    private int EndOfDevice(int first)
    {
        var end = first + 1;
        while (end < _sensors.Count && _sensors[end].Info.Device == _sensors[first].Info.Device)
            end++;
        return end;
    }

    private bool ReadDevice(int first, int end, SourceCall call, MonotonicClock clock)
    {
        TimeSpan? begun = null;
        var (meters, hasMoved) = (0, false);
        var goesOn = Array.IndexOf(_turns, Turn.Waits, first, end - first) >= 0;
        for (var i = first; i < end; i++)
        {
            var isMeter = _sensors[i].Info.Quantity is Quantity.Power or Quantity.Energy && ++meters <= MetersOfADevice;
            // Only what is a file of its own: sensors that share one look at their device belong into one visit.
            var mayWait = share > TimeSpan.Zero && _turns[i] != Turn.New && !isMeter && _sensors[i] is FileSensor;
            var isDue = !goesOn || _turns[i] == Turn.Waits;
            // One that is due is read whatever the time: else those in front could keep it waiting for ever.
            if (mayWait && (!isDue || (hasMoved && clock.Now - begun >= share)))
            {
                (_fresh[i], _turns[i]) = (InTurn, isDue ? Turn.Waits : Turn.Read);
                continue;
            }
            if (!Read(i, call, clock))
                return false;
            _turns[i] = Turn.Read;
            hasMoved |= mayWait;
            // Many a driver asks its whole chip at the first read, and answers the others from memory.
            begun ??= clock.Now;
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

    private enum Turn : byte
    {
        /// <summary>Never read: it waits for no turn.</summary>
        New = 0,

        Read = 1,

        /// <summary>Left out in this round of its device so far.</summary>
        Waits = 2,
    }
}
