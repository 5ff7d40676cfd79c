using Homelab.NodeAgent.I2c;

namespace Homelab.NodeAgent.Sensors.I2c;

/// <summary>One bus with its monitors, and the thread that looks at them: an adapter that hangs holds up this one alone.</summary>
/// <remarks>While <see cref="IsLate"/>, the bus belongs to its thread and nobody else touches it or its monitors.</remarks>
internal sealed class BusSeat(int number, II2cCalls calls, MonitorSeat[] monitors)
{
    /// <summary>A look needs no deep stack, and every touched page counts as memory of the agent.</summary>
    private const int StackBytes = 256 * 1024;

    private readonly object _bell = new();
    private HostRoot? _root;
    private I2cBus? _bus;
    private bool _hasThread;
    private bool _isAsked;
    private bool _isBusy;
    private bool _isBegun;
    private bool _isLeft;
    private Exception? _failure;

    /// <summary>N of <c>/dev/i2c-N</c>.</summary>
    public int Number => number;

    public IReadOnlyList<MonitorSeat> Monitors => monitors;

    /// <summary>True when the last look was not done in time.</summary>
    public bool IsLate { get; private set; }

    /// <summary>Starts a look on its own thread, unless that is still inside an earlier one.</summary>
    /// <param name="root">When searching: the machine; else null.</param>
    public void Begin(HostRoot? root)
    {
        lock (_bell)
        {
            _isBegun = !_isBusy;
            if (_isBusy)
                return;
            (_isBusy, _isAsked, _root) = (true, true, root);
            Monitor.PulseAll(_bell);
        }
        if (_hasThread)
            return;
        _hasThread = true;
        new Thread(Run, StackBytes) { IsBackground = true, Name = "i2c" }.Start();
    }

    /// <summary>Waits for what was begun; for a look of an earlier pass that is still under way it does not.</summary>
    public void End(TimeSpan patience)
    {
        lock (_bell)
        {
            if (_isBusy && _isBegun && patience > TimeSpan.Zero)
                Monitor.Wait(_bell, patience);
            IsLate = _isBusy;
        }
    }

    /// <summary>What the last look threw, once: it is for the guard of the loop, not for this thread to end the agent with.</summary>
    public Exception? TakeFailure()
    {
        lock (_bell)
        {
            var failure = _failure;
            _failure = null;
            return failure;
        }
    }

    /// <summary>The thread ends as soon as it comes back from where it is.</summary>
    public void Leave()
    {
        lock (_bell)
        {
            _isLeft = true;
            Monitor.PulseAll(_bell);
        }
    }

    private void Run()
    {
        while (Await(out var root))
        {
            Exception? failure = null;
            try
            {
                Do(root);
            }
            catch (Exception error)
            {
                failure = error;
            }
            lock (_bell)
            {
                (_isBusy, _failure) = (false, failure);
                Monitor.PulseAll(_bell);
            }
        }
    }

    private void Do(HostRoot? root)
    {
        if (root is not null)
            Find(root);
        foreach (var seat in monitors)
            seat.Alert?.Look();
        var outcome = _bus is null ? -Errno.NoEntry : _bus.Open();
        foreach (var seat in monitors)
        {
            if (outcome < 0)
                seat.Monitor.Fail(-outcome);
            else
                seat.Monitor.Look(_bus!, searches: root is not null);
        }
        _bus?.Close();
    }

    private void Find(HostRoot root)
    {
        var path = DeviceNode.Locate(root, monitors[0].Monitor.Chip.Spec.Node);
        _bus = path is null ? null : new I2cBus(calls, path);
        foreach (var seat in monitors)
            seat.Alert?.Search(root);
    }

    /// <summary>False when the seat was left.</summary>
    private bool Await(out HostRoot? root)
    {
        lock (_bell)
        {
            while (!_isAsked && !_isLeft)
                Monitor.Wait(_bell);
            _isAsked = false;
            root = _root;
            return !_isLeft;
        }
    }
}

/// <summary>A monitor, and the line of its ALERT pin where it is wired.</summary>
internal sealed record MonitorSeat(PowerMonitor Monitor, AlertLine? Alert);
