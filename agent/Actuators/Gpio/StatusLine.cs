using Homelab.NodeAgent.Gpio;

namespace Homelab.NodeAgent.Actuators.Gpio;

/// <summary>The one GPIO line that the operator named as a status lamp. It is driven from the first time that it is shown something until it is disposed of, dark at the end.</summary>
/// <remarks>No limiter: it needs no enforcement, holds no original and takes part in no cap. Taken again after its chip went away. One thread at a time.</remarks>
internal sealed class StatusLine(HostRoot root, IGpioCalls calls, GpioLineName name) : IDisposable
{
    /// <summary>What others see the line held by.</summary>
    public const string Consumer = "homelab-agent lamp";

    private GpioOutput? _output;

    public GpioLineName Name => name;

    /// <returns>0 or the negative errno; EBUSY: somebody else has the line.</returns>
    public int Show(bool isLit)
    {
        if (_output is null)
        {
            if (GpioNodes.Find(root, calls, name, out _) is not { } path)
                return -Errno.NoEntry;
            _output = GpioOutput.Take(calls, path, name.Offset, Consumer, isLit, out var errno);
            return errno;
        }
        var outcome = _output.Set(isLit);
        if (outcome < 0)
            Release();
        return outcome;
    }

    public void Dispose()
    {
        _ = _output?.Set(false);
        Release();
    }

    private void Release()
    {
        _output?.Dispose();
        _output = null;
    }
}
