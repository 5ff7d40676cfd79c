namespace Homelab.NodeAgent.Sensors;

/// <summary>A thread that looks at one device when it is told to, and is waited for only so long: a device that hangs holds up no other.</summary>
/// <remarks>While it is busy the device belongs to it; what a look needs is said between <see cref="TryClaim"/> and <see cref="Go"/>. Told by one thread at a time.</remarks>
/// <param name="name">Of the thread.</param>
/// <param name="look">What it throws is kept for <see cref="TakeFailure"/>.</param>
internal sealed class LookThread(string name, Action look)
{
    /// <summary>A look needs no deep stack, and every touched page counts as memory of the agent.</summary>
    private const int StackBytes = 256 * 1024;

    private readonly object _bell = new();
    private Exception? _failure;
    private bool _hasThread;
    private bool _isAsked;
    private bool _isBegun;
    private bool _isBusy;
    private bool _isLeft;

    /// <summary>True while it is inside a look.</summary>
    public bool IsBusy
    {
        get
        {
            lock (_bell)
                return _isBusy;
        }
    }

    /// <summary>False while it is still inside an earlier look; else <see cref="Go"/> must follow.</summary>
    public bool TryClaim()
    {
        lock (_bell)
            return _isBegun = !_isBusy;
    }

    /// <summary>Starts the look that was claimed.</summary>
    public void Go()
    {
        lock (_bell)
        {
            (_isBusy, _isAsked) = (true, true);
            Monitor.PulseAll(_bell);
        }
        if (_hasThread)
            return;
        _hasThread = true;
        new Thread(Run, StackBytes) { IsBackground = true, Name = name }.Start();
    }

    /// <summary>Waits for what was begun; for a look of an earlier pass that is still under way it does not.</summary>
    /// <returns>True when it is done.</returns>
    public bool End(TimeSpan patience)
    {
        lock (_bell)
        {
            if (_isBusy && _isBegun && patience > TimeSpan.Zero)
                Monitor.Wait(_bell, patience);
            return !_isBusy;
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
        while (Await())
        {
            Exception? failure = null;
            try
            {
                look();
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

    /// <summary>False when it was left.</summary>
    private bool Await()
    {
        lock (_bell)
        {
            while (!_isAsked && !_isLeft)
                Monitor.Wait(_bell);
            _isAsked = false;
            return !_isLeft;
        }
    }
}
