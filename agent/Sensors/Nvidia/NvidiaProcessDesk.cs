namespace Homelab.NodeAgent.Sensors.Nvidia;

/// <summary>Where those who look at GPUs and those who want to know their processes meet. Safe for concurrent use.</summary>
internal sealed class NvidiaProcessDesk
{
    private readonly Lock _gate = new();
    private readonly Dictionary<string, NvidiaProcesses> _processes = new(StringComparer.Ordinal);
    private volatile bool _isAsked;

    /// <summary>False until somebody wants to know: each look costs a call more then.</summary>
    public bool IsAsked => _isAsked;

    public void Ask() => _isAsked = true;

    /// <summary>For whoever looks at the GPU from now on: one that still hangs in an earlier look keeps what it has.</summary>
    /// <param name="address">The GPU's PCI address.</param>
    public NvidiaProcesses Open(string address)
    {
        lock (_gate)
            return _processes[address] = new NvidiaProcesses();
    }

    /// <summary>Null for a GPU that nobody looks at.</summary>
    public NvidiaProcesses? Find(string address)
    {
        lock (_gate)
            return _processes.GetValueOrDefault(address);
    }
}
