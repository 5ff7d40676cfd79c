namespace Homelab.NodeAgent.Sensors.Nvidia;

/// <summary>A GPU and the thread that looks at it: a call that hangs in the driver holds up this one alone.</summary>
/// <remarks>While <see cref="IsLate"/>, the GPU belongs to its thread and nobody else touches it; what is known of it stays as it was.</remarks>
internal sealed class NvidiaSeat(NvidiaGpu gpu)
{
    /// <summary>A look needs no deep stack, and every touched page counts as memory of the agent.</summary>
    private const int StackBytes = 256 * 1024;

    private static readonly Reading NoAnswer = Reading.Late("the driver does not answer for this GPU");

    private readonly object _bell = new();
    private bool _hasThread;
    private bool _isAsked;
    private bool _searches;
    private bool _isAlone;
    private bool _isBusy;
    private bool _isBegun;
    private bool _isLeft;
    private Exception? _failure;

    public NvidiaGpu Gpu => gpu;

    /// <summary>What it answered when it was last searched in time.</summary>
    public IReadOnlyList<NvidiaChannel> Listed { get; private set; } = [NvidiaChannel.Power];

    /// <summary>True when the last look was not done in time.</summary>
    public bool IsLate { get; private set; }

    public Reading Last(NvidiaChannel channel) => IsLate ? NoAnswer : gpu.Last(channel);

    /// <summary>Starts a look on its own thread, unless that is still inside an earlier one.</summary>
    /// <param name="searches">Also for what was refused before.</param>
    /// <param name="isAlone">It is the only GPU.</param>
    public void Begin(bool searches, bool isAlone)
    {
        lock (_bell)
        {
            _isBegun = !_isBusy;
            if (_isBusy)
                return;
            (_isBusy, _isAsked, _searches, _isAlone) = (true, true, searches, isAlone);
            Monitor.PulseAll(_bell);
        }
        if (_hasThread)
            return;
        _hasThread = true;
        new Thread(Run, StackBytes) { IsBackground = true, Name = "gpu" }.Start();
    }

    /// <summary>Waits for what was begun; for a look of an earlier pass that is still under way it does not.</summary>
    public void End(bool searches, TimeSpan patience)
    {
        bool isInTime;
        lock (_bell)
        {
            if (_isBusy && _isBegun && patience > TimeSpan.Zero)
                Monitor.Wait(_bell, patience);
            isInTime = !_isBusy;
        }
        Take(isInTime, searches);
    }

    /// <summary>True while a thread is inside the library.</summary>
    public bool IsBusy
    {
        get
        {
            lock (_bell)
                return _isBusy;
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

    private void Take(bool isInTime, bool searches)
    {
        IsLate = !isInTime;
        if (isInTime && searches)
            Listed = gpu.Listed();
    }

    private void Run()
    {
        while (Await() is { } searches)
        {
            Exception? failure = null;
            try
            {
                Do(searches);
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

    private void Do(bool searches)
    {
        if (searches)
            gpu.Search(_isAlone);
        else
            gpu.Look();
    }

    /// <summary>Null when the seat was left.</summary>
    private bool? Await()
    {
        lock (_bell)
        {
            while (!_isAsked && !_isLeft)
                Monitor.Wait(_bell);
            _isAsked = false;
            return _isLeft ? null : _searches;
        }
    }
}
