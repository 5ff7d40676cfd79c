using Homelab.NodeAgent.Nvml;

namespace Homelab.NodeAgent.Sensors.Nvidia;

/// <summary>How a look told a GPU's processes apart.</summary>
internal enum NvidiaProcessBasis
{
    /// <summary>There was no look since.</summary>
    NoLook = 0,

    /// <summary>By what each used of the chip, or of its video engines where none used the chip.</summary>
    Use = 1,

    /// <summary>Each the same: the driver says only which run.</summary>
    Even = 2,

    /// <summary>The GPU was not looked at, so that it can sleep.</summary>
    Asleep = 3,

    /// <summary>The first look: what came before it is not known.</summary>
    Began = 4,

    TooMany = 5,
    Refused = 6,
    Unsupported = 7,
    Failed = 8,
}

/// <summary>The processes that used one GPU between two looks: told by the thread that looks, taken by another. Nothing is allocated but room for more processes.</summary>
/// <remarks>
/// Source: NVML's <c>nvmlDeviceGetProcessUtilization</c> since the last look; where the driver lacks it, and where the GPU is cut into instances (MIG),
/// <c>nvmlDeviceGetComputeRunningProcesses_v3</c> or <c>_v2</c>. Process numbers are the machine's own, or those of the agent's PID namespace: see <see cref="NvidiaProcessSource"/>.
/// </remarks>
internal sealed class NvidiaProcesses
{
    /// <summary>Beyond them nobody is told apart.</summary>
    public const int Most = 1000;

    private const int RoomAtFirst = 32;
    private const uint WholePercent = 100;

    /// <summary>A GPU that works while no process is told so often in a row: the clock that the samples have was set back.</summary>
    private const int SilentLooks = 10;

    /// <summary>Microseconds; a timestamp further on than this: the clock was set, or it is none.</summary>
    private const ulong FarAhead = 3_600_000_000;

    private readonly Lock _gate = new();
    private NvmlProcessSample[] _samples = [];
    private NvmlProcess[] _running = [];
    private ulong[] _words = [];
    private Table _next = new();
    private Table _told = new();
    private NvidiaProcessBasis _basis;
    private uint _look;
    private ulong _since;
    private bool _hasBegun;
    private bool _refusesUse;
    private int _silent;

    /// <summary>What was refused is asked for again.</summary>
    public void Forget() => _refusesUse = false;

    /// <param name="device">Attached.</param>
    /// <param name="isCut">Whether it is cut into instances.</param>
    /// <param name="works">Whether the driver says that the chip worked; false where it does not say.</param>
    public void Read(NvmlDevice device, bool isCut, bool works)
    {
        if (_samples.Length == 0)
            MakeRoom(RoomAtFirst);
        _next.Clear();
        var basis = isCut || _refusesUse ? NvidiaProcessBasis.Unsupported : ReadUse(device, works);
        if (basis == NvidiaProcessBasis.Unsupported)
        {
            _refusesUse = true;
            basis = ReadRunning(device);
        }
        Tell(basis);
    }

    /// <summary>The GPU was left alone.</summary>
    public void Rest()
    {
        _next.Clear();
        _hasBegun = false;
        Tell(NvidiaProcessBasis.Asleep);
    }

    /// <summary>Copies out what the last look told, once.</summary>
    /// <param name="look">The look that the caller took last; 0 at first. Moves on.</param>
    /// <param name="pids">Grows to what is needed.</param>
    /// <param name="weights">Of each process, in no unit.</param>
    /// <param name="count">Of both.</param>
    public NvidiaProcessBasis Take(ref uint look, ref uint[] pids, ref long[] weights, out int count)
    {
        lock (_gate)
        {
            count = 0;
            if (look == _look)
                return NvidiaProcessBasis.NoLook;
            look = _look;
            count = _told.Count;
            if (pids.Length < count)
                (pids, weights) = (new uint[_told.Room], new long[_told.Room]);
            _told.CopyTo(pids, weights);
            return _basis;
        }
    }

    private void Tell(NvidiaProcessBasis basis)
    {
        lock (_gate)
        {
            (_told, _next, _basis) = (_next, _told, basis);
            _look++;
        }
    }

    private NvidiaProcessBasis ReadUse(NvmlDevice device, bool works)
    {
        var result = device.ProcessUse(_samples, _since, out var count);
        if (result == NvmlResult.InsufficientSize && MakeRoom(count))
            result = device.ProcessUse(_samples, _since, out count);
        if (result is not (NvmlResult.NotFound or NvmlResult.Success))
            return Refusal(result);
        var newest = Count(_samples.AsSpan(0, count), out var isAhead);
        _silent = works && newest == _since ? _silent + 1 : 0;
        if (isAhead || _silent >= SilentLooks)
        {
            (_since, _hasBegun, _silent) = (0, false, 0);
            _next.Clear();
            return NvidiaProcessBasis.Began;
        }
        _since = newest;
        if (_hasBegun)
            return NvidiaProcessBasis.Use;
        // As far back as the driver remembers, which is longer than any look.
        _hasBegun = true;
        _next.Clear();
        return NvidiaProcessBasis.Began;
    }

    /// <summary>The newest timestamp among those that are new, and not <paramref name="isAhead"/> of all that can be.</summary>
    private ulong Count(ReadOnlySpan<NvmlProcessSample> samples, out bool isAhead)
    {
        var newest = _since;
        isAhead = false;
        foreach (var sample in samples)
        {
            // Drivers repeat what they said before, and some say 4 billion per cent.
            if (sample.Timestamp <= _since || sample.Chip > WholePercent || sample.Encoder > WholePercent || sample.Decoder > WholePercent)
                continue;
            isAhead |= _since > 0 && sample.Timestamp - _since > FarAhead;
            newest = Math.Max(newest, sample.Timestamp);
            _next.Add(sample.Pid, sample.Chip, sample.Encoder + sample.Decoder);
        }
        return newest;
    }

    private NvidiaProcessBasis ReadRunning(NvmlDevice device)
    {
        var result = device.ComputeProcesses(_words, _running, out var count);
        if (result == NvmlResult.InsufficientSize && MakeRoom(count))
            result = device.ComputeProcesses(_words, _running, out count);
        if (result != NvmlResult.Success)
            return Refusal(result);
        foreach (var process in _running.AsSpan(0, count))
            _next.Name(process.Pid);
        return NvidiaProcessBasis.Even;
    }

    private static NvidiaProcessBasis Refusal(NvmlResult result) => result switch
    {
        NvmlResult.InsufficientSize => NvidiaProcessBasis.TooMany,
        NvmlResult.NoPermission => NvidiaProcessBasis.Refused,
        _ => result.IsMissingFeature() ? NvidiaProcessBasis.Unsupported : NvidiaProcessBasis.Failed,
    };

    /// <summary>Room for so many and a few that start meanwhile; false when there would be too many.</summary>
    private bool MakeRoom(int wanted)
    {
        if (wanted > Most)
            return false;
        // A driver that miscounts must not make less of it: what is told is copied through it.
        var room = Math.Max(_samples.Length, Math.Min(Most, wanted + RoomAtFirst));
        (_samples, _running, _words) = (new NvmlProcessSample[room], new NvmlProcess[room], new ulong[room * NvmlProcess.WordsAtMost]);
        lock (_gate)
        {
            _next.MakeRoom(room);
            _told.MakeRoom(room);
        }
        return true;
    }

    /// <summary>Processes and what each used.</summary>
    private sealed class Table
    {
        private uint[] _pids = [];
        private long[] _chip = [];
        private long[] _video = [];
        private long _chipSum;

        public int Count { get; private set; }

        public int Room => _pids.Length;

        public void Clear() => (Count, _chipSum) = (0, 0);

        public void MakeRoom(int room)
        {
            Array.Resize(ref _pids, room);
            Array.Resize(ref _chip, room);
            Array.Resize(ref _video, room);
        }

        public void Add(uint pid, uint chip, uint video)
        {
            var at = Place(pid);
            _chip[at] += chip;
            _video[at] += video;
            _chipSum += chip;
        }

        /// <summary>Once, in however many instances it runs.</summary>
        public void Name(uint pid)
        {
            var at = Place(pid);
            _chipSum += 1 - _chip[at];
            _chip[at] = 1;
        }

        public void CopyTo(uint[] pids, long[] weights)
        {
            Array.Copy(_pids, pids, Count);
            Array.Copy(_chipSum > 0 ? _chip : _video, weights, Count);
        }

        private int Place(uint pid)
        {
            var at = _pids.AsSpan(0, Count).IndexOf(pid);
            if (at >= 0)
                return at;
            (_pids[Count], _chip[Count], _video[Count]) = (pid, 0, 0);
            return Count++;
        }
    }
}
