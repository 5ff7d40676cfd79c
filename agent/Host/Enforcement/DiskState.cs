using Homelab.NodeAgent.Actuators;
using Homelab.NodeAgent.Actuators.Nvidia;
using Homelab.NodeAgent.Capping;
using Homelab.Units;

namespace Homelab.NodeAgent.Enforcement;

/// <summary>The state folder: lock, lease memory and originals. One process at a time has it.</summary>
internal sealed class DiskState : ICapState, IDisposable
{
    private readonly Lock _gate = new();
    private readonly HardwareLock _lock;
    private readonly LeaseStore _lease;
    private readonly OriginalsJournal _originals;
    private readonly IReadOnlyList<IOriginalsWriter> _writers;

    private DiskState(HardwareLock hardware, LeaseStore lease, OriginalsJournal originals, IReadOnlyList<IOriginalsWriter> writers) =>
        (_lock, _lease, _originals, _writers) = (hardware, lease, originals, writers);

    /// <summary>As it was when the agent started.</summary>
    public LeaseMemory Memory => _lease.Stored is { } stored ? new LeaseMemory(stored.Epoch, stored.Sequence, stored.SafeShare) : LeaseMemory.Empty;

    /// <summary>What an earlier run learned of the draw that nothing holds; null: nothing.</summary>
    public Power? LearnedBase => _lease.Stored?.Base;

    /// <summary>Why the lease memory could not be read; null when it could, or when there is none.</summary>
    public string? LeaseProblem => _lease.Problem;

    /// <summary>Values that somebody of us may have changed and not put back.</summary>
    public IReadOnlyList<OriginalValue> Originals => _originals.Values;

    public OriginalsJournal Journal => _originals;

    /// <summary>Why nothing may be written to hardware; null when all is well.</summary>
    public string? Problem => _originals.Problem;

    /// <summary>Null with a problem when another agent holds the machine's limits, or the folder can not be used.</summary>
    public static DiskState? TryOpen(HostRoot root, string folder, IControlFiles files, out string? problem)
    {
        if (HardwareLock.TryTake(root, folder, out problem) is not { } hardware)
            return null;
        var store = new PosixStateFiles();
        var originals = OriginalsJournal.Open(folder, new ControlTree(root, files, null).Line("/proc/sys/kernel/random/boot_id"), store);
        return new DiskState(hardware, LeaseStore.Open(folder, store), originals, [new FileOriginals(root, files), new NvmlOriginals(root)]);
    }

    public string? Save(LeaseMemory memory, Power? learnedBase)
    {
        lock (_gate)
            return _lease.Save(new StoredLease(memory.Epoch, memory.Sequence, memory.SafeShare, learnedBase));
    }

    public string? Record(IReadOnlyList<OriginalValue> values)
    {
        lock (_gate)
            return _originals.Record(values);
    }

    public string? Restore() => Restore(out _);

    /// <param name="report">What was done, value by value.</param>
    public string? Restore(out RestoreReport report)
    {
        lock (_gate)
            report = _originals.Restore(_writers);
        return report.Failures.Count == 0 ? report.Problem : string.Join("; ", report.Failures.Select(static failure => failure.Why));
    }

    public void Dispose()
    {
        foreach (var writer in _writers)
            (writer as IDisposable)?.Dispose();
        _lock.Dispose();
    }
}
