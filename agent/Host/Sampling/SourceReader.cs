
namespace Homelab.NodeAgent.Sampling;

/// <summary>Visits sources one after the other on one worker thread, and goes on without those that do not answer.</summary>
/// <remarks>
/// A read that hangs in the kernel can not be cancelled. So its thread is left behind with it, and a fresh one goes on: with the other sensors of the
/// source where one call hangs, with the next source where all are slow. The old thread ends when its call returns. At most two threads are stuck per device.
/// </remarks>
internal sealed class SourceReader : IDisposable
{
    /// <summary>Reading files needs no deep stack, and every touched page counts as memory of the agent.</summary>
    private const int StackBytes = 256 * 1024;

    private readonly HostRoot _root;
    private readonly MonotonicClock _clock;
    private readonly TimeSpan _deadline;
    private readonly ITimer _timer;
    private readonly Lock _gate = new();
    private readonly List<SourceSlot> _queue = [];
    private int _next;
    private SourceSlot? _current;
    private SourceSlot? _again;
    private Worker? _worker;
    private readonly Bell _passed = new();
    private bool _isPassing;

    /// <summary>Several files that a search finds silent cost less than a deadline.</summary>
    private const int PatiencesInADeadline = 5;

    /// <param name="root">Where the machine's files are.</param>
    /// <param name="clock">The agent's monotonic clock.</param>
    /// <param name="deadline">How long one source may take.</param>
    public SourceReader(HostRoot root, MonotonicClock clock, TimeSpan deadline)
    {
        (_root, _clock, _deadline) = (new HostRoot(root.Path, new PatientFiles(root.Files, clock.Time, deadline / PatiencesInADeadline)), clock, deadline);
        _timer = clock.Time.CreateTimer(static state => ((SourceReader)state!).OnDeadline(), this, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
    }

    /// <summary>Visits every slot that is not still busy from an earlier pass. A slot costs a deadline at most, and one more in the pass in which a call begins
    /// to hang. One pass at a time.</summary>
    /// <returns>False when there was none to visit.</returns>
    public ValueTask<bool> VisitAsync(IReadOnlyList<SourceSlot> slots)
    {
        lock (_gate)
        {
            _queue.Clear();
            for (var i = 0; i < slots.Count; i++)
            {
                if (!slots[i].IsBusy || slots[i].SetApart(_clock, _deadline))
                    _queue.Add(slots[i]);
            }
            if (_queue.Count == 0)
                return ValueTask.FromResult(false);
            (_next, _again) = (0, null);
            _isPassing = true;
            Continue();
            return _passed.WaitAsync(CancellationToken.None);
        }
    }

    /// <summary>Whether a worker is inside the slot's source.</summary>
    public bool IsBusy(SourceSlot slot)
    {
        lock (_gate)
            return slot.IsBusy;
    }

    public void Dispose()
    {
        _timer.Dispose();
        lock (_gate)
        {
            _worker?.Leave();
            _worker = null;
        }
    }

    /// <summary>Under the lock: sets a worker to the rest of the queue.</summary>
    private void Continue()
    {
        _worker ??= new Worker(this);
        _worker.Wake();
        _timer.Change(_deadline, Timeout.InfiniteTimeSpan);
    }

    private void OnDeadline()
    {
        lock (_gate)
        {
            if (!_isPassing)
                return;
            var left = _current is null ? _deadline : _deadline - _clock.Time.GetElapsedTime(_current.EnteredAt);
            if (left > TimeSpan.Zero)
            {
                _timer.Change(left, Timeout.InfiniteTimeSpan);
                return;
            }
            _worker?.Leave();
            // What took most of the time in one call will not come back soon; the others of its source are not to wait for it.
            if (_current is { } late && !ReferenceEquals(late, _again) && late.SetApart(_clock, _deadline / 2))
            {
                _again = late;
                _queue[--_next] = late;
            }
            (_worker, _current) = (null, null);
            if (_next < _queue.Count)
                Continue();
            else
                EndPass();
        }
    }

    private void EndPass()
    {
        _timer.Change(Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
        _isPassing = false;
        _passed.Ring();
    }

    /// <summary>The worker's next source; null when the queue is done or the worker was left behind.</summary>
    private SourceSlot? Enter(Worker worker)
    {
        lock (_gate)
        {
            if (worker.IsLeft || !_isPassing)
                return null;
            if (_next == _queue.Count)
            {
                EndPass();
                return null;
            }
            _current = _queue[_next++];
            _current.IsBusy = true;
            _current.EnteredAt = _clock.Time.GetTimestamp();
            return _current;
        }
    }

    private bool HasLeft(Worker worker)
    {
        lock (_gate)
            return worker.IsLeft;
    }

    private void Exit(Worker worker, SourceSlot slot)
    {
        lock (_gate)
        {
            slot.IsBusy = false;
            if (!worker.IsLeft)
                _current = null;
        }
    }

    /// <summary>A thread that visits sources until it is left behind.</summary>
    private sealed class Worker
    {
        private readonly SourceReader _reader;
        private readonly object _bell = new();
        private bool _isRung;

        public Worker(SourceReader reader)
        {
            _reader = reader;
            new Thread(Run, StackBytes) { IsBackground = true, Name = "sources" }.Start();
        }

        /// <summary>Guarded by the reader's lock.</summary>
        public bool IsLeft { get; private set; }

        public void Wake()
        {
            lock (_bell)
            {
                _isRung = true;
                Monitor.Pulse(_bell);
            }
        }

        /// <summary>The thread ends as soon as it comes back from where it is. Under the reader's lock.</summary>
        public void Leave()
        {
            IsLeft = true;
            Wake();
        }

        private void Run()
        {
            do
            {
                AwaitBell();
                while (_reader.Enter(this) is { } slot)
                {
                    if (slot.Visit(_reader._root, _reader._clock))
                        _reader.Exit(this, slot);
                }
            }
            while (!_reader.HasLeft(this));
        }

        private void AwaitBell()
        {
            lock (_bell)
            {
                while (!_isRung)
                    Monitor.Wait(_bell);
                _isRung = false;
            }
        }
    }
}
