using Homelab.NodeAgent.Actuators;
using Homelab.NodeAgent.Diagnostics;
using Microsoft.Extensions.Logging;

namespace Homelab.NodeAgent.Enforcement;

/// <summary>Puts the hardware's own limits back, and remembers whether that is still owed.</summary>
internal sealed class Restoration(CapKeeper keeper, LimiterFamilies families, DeadlineState state, LeaseClock leases, ILogger log)
{
    private static readonly TimeSpan Retry = TimeSpan.FromSeconds(5);

    private string? _problem;
    private TimeSpan _due;

    /// <summary>The last attempt failed: something of ours may still be in force, though no limiter says so.</summary>
    public bool IsOwed => _problem is not null;

    /// <summary>False for a while after an attempt that failed.</summary>
    public bool IsDue(TimeSpan now) => now >= _due;

    /// <summary>One attempt; <see cref="IsOwed"/> says what came of it.</summary>
    public async Task RunAsync(string why)
    {
        // The limiters first: each knows best how to let go. The journal then has the last word.
        foreach (var slot in keeper.Slots)
            slot.Order = slot.Asked is null ? null : default(Limit);
        await families.VisitAsync().ConfigureAwait(false);
        var problem = await state.RestoreAsync().ConfigureAwait(false);
        // Even one that failed may have put some values back, and the journal has forgotten those.
        foreach (var slot in keeper.Slots)
            slot.IsRecorded = false;
        if (problem is null)
        {
            Log.OriginalsRestored(log, why);
            foreach (var slot in keeper.Slots)
                slot.Forget();
        }
        else if (problem != _problem)
        {
            Log.RestoreFailed(log, problem);
        }
        (_problem, _due) = (problem, problem is null ? TimeSpan.Zero : leases.Now + Retry);
    }
}
