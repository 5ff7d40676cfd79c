namespace Homelab.NodeAgent.Sensors.Nvidia;

/// <summary>A GPU and the thread that looks at it: a call that hangs in the driver holds up this one alone.</summary>
/// <remarks>While <see cref="IsLate"/>, the GPU belongs to its thread and nobody else touches it; what is known of it stays as it was.</remarks>
internal sealed class NvidiaSeat
{
    private static readonly Reading NoAnswer = Reading.Late("the driver does not answer for this GPU");

    private readonly LookThread _thread;
    private bool _searches;
    private bool _isAlone;

    public NvidiaSeat(NvidiaGpu gpu)
    {
        Gpu = gpu;
        _thread = new LookThread("gpu", Look);
    }

    public NvidiaGpu Gpu { get; }

    /// <summary>What it answered when it was last searched in time.</summary>
    public IReadOnlyList<NvidiaChannel> Listed { get; private set; } = [NvidiaChannel.Power];

    /// <summary>True when the last look was not done in time.</summary>
    public bool IsLate { get; private set; }

    /// <summary>True while a thread is inside the library.</summary>
    public bool IsBusy => _thread.IsBusy;

    public Reading Last(NvidiaChannel channel) => IsLate ? NoAnswer : Gpu.Last(channel);

    /// <summary>Starts a look on its own thread, unless that is still inside an earlier one.</summary>
    /// <param name="searches">Also for what was refused before.</param>
    /// <param name="isAlone">It is the only GPU.</param>
    public void Begin(bool searches, bool isAlone)
    {
        if (!_thread.TryClaim())
            return;
        (_searches, _isAlone) = (searches, isAlone);
        _thread.Go();
    }

    public void End(bool searches, TimeSpan patience)
    {
        IsLate = !_thread.End(patience);
        if (!IsLate && searches)
            Listed = Gpu.Listed();
    }

    public Exception? TakeFailure() => _thread.TakeFailure();

    public void Leave() => _thread.Leave();

    private void Look()
    {
        if (_searches)
            Gpu.Search(_isAlone);
        else
            Gpu.Look();
    }
}
