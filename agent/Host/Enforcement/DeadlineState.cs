using Homelab.NodeAgent.Capping;
using Homelab.Units;

namespace Homelab.NodeAgent.Enforcement;

/// <summary>What must survive a crash, for a loop that can not wait: calls are made on a thread of their own, and waited for no longer than a deadline.</summary>
internal sealed class DeadlineState(ICapState state, TimeSpan deadline, TimeProvider time) : IDisposable
{
    private readonly DeadlineWorker _disk = new("state", time);

    /// <inheritdoc cref="ICapState.Save"/>
    public async Task<string?> SaveAsync(LeaseMemory memory, Power? learnedBase)
    {
        string? problem = null;
        return await _disk.RunAsync(() => problem = state.Save(memory, learnedBase), deadline).ConfigureAwait(false)
            ? _disk.Failure ?? problem
            : "the disk of the state folder does not answer";
    }

    /// <inheritdoc cref="ICapState.Restore"/>
    public async Task<string?> RestoreAsync()
    {
        string? problem = null;
        return await _disk.RunAsync(() => problem = state.Restore(), deadline).ConfigureAwait(false)
            ? _disk.Failure ?? problem
            : "the hardware or the disk of the state folder does not answer";
    }

    public void Dispose() => _disk.Dispose();
}
