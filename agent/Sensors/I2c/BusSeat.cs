using Homelab.NodeAgent.I2c;

namespace Homelab.NodeAgent.Sensors.I2c;

/// <summary>One bus with its monitors, and the thread that looks at them: an adapter that hangs holds up this one alone.</summary>
/// <remarks>While <see cref="IsLate"/>, the bus belongs to its thread and nobody else touches it or its monitors.</remarks>
internal sealed class BusSeat
{
    private readonly II2cCalls _calls;
    private readonly MonitorSeat[] _monitors;
    private readonly LookThread _thread;
    private HostRoot? _root;
    private I2cBus? _bus;

    public BusSeat(int number, II2cCalls calls, MonitorSeat[] monitors)
    {
        (Number, _calls, _monitors) = (number, calls, monitors);
        _thread = new LookThread("i2c", Look);
    }

    /// <summary>N of <c>/dev/i2c-N</c>.</summary>
    public int Number { get; }

    public IReadOnlyList<MonitorSeat> Monitors => _monitors;

    /// <summary>True when the last look was not done in time.</summary>
    public bool IsLate { get; private set; }

    /// <summary>Starts a look on its own thread, unless that is still inside an earlier one.</summary>
    /// <param name="root">When searching: the machine; else null.</param>
    public void Begin(HostRoot? root)
    {
        if (!_thread.TryClaim())
            return;
        _root = root;
        _thread.Go();
    }

    public void End(TimeSpan patience) => IsLate = !_thread.End(patience);

    public Exception? TakeFailure() => _thread.TakeFailure();

    public void Leave() => _thread.Leave();

    private void Look()
    {
        var root = _root;
        if (root is not null)
            Find(root);
        foreach (var seat in _monitors)
            seat.Alert?.Look();
        var outcome = _bus is null ? -Errno.NoEntry : _bus.Open();
        foreach (var seat in _monitors)
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
        var path = DeviceNode.Locate(root, _monitors[0].Monitor.Chip.Spec.Node);
        _bus = path is null ? null : new I2cBus(_calls, path);
        foreach (var seat in _monitors)
            seat.Alert?.Search(root);
    }
}

/// <summary>A monitor, and the line of its ALERT pin where it is wired.</summary>
internal sealed record MonitorSeat(PowerMonitor Monitor, AlertLine? Alert);
