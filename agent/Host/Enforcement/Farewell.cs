using Homelab.NodeAgent.Capping;
using Homelab.NodeAgent.Configuration;
using Homelab.NodeAgent.Diagnostics;
using Homelab.Units;
using Microsoft.Extensions.Logging;

namespace Homelab.NodeAgent.Enforcement;

/// <summary>The clean end of enforcement: lets go of the hardware as the operator wishes, where nobody is surprised by it.</summary>
internal sealed class Farewell(
    CapKeeper keeper, LimiterFamilies families, Restoration restoration, CapBoard board, EnforcementOptions options, TimeProvider time, LeaseClock leases, ILogger log)
{
    /// <summary>Within the time that the agent gives its stop.</summary>
    private const int LastRestores = 2;

    private static readonly TimeSpan LastRestorePause = TimeSpan.FromMilliseconds(250);

    /// <summary>The aggregator hears of it before the hardware is let go; where it can not, the node stays down.</summary>
    public async Task BidAsync()
    {
        if (!keeper.HoldsAny)
        {
            if (restoration.IsOwed && keeper.Lease.At(leases.Now).Cap is null)
                await RestoreForGoodAsync().ConfigureAwait(false);
            return;
        }
        var status = keeper.Status(leases.Now);
        if (options.OnStop == StopAction.Restore)
        {
            var farewell = status with { Effective = null, Standing = LeaseStanding.None, Result = CapResult.Ok, Detail = "the agent stops: original limits are restored" };
            board.Post(null, null, farewell, isFarewell: true);
            if (await board.IsToldAsync(options.FarewellLimit, time).ConfigureAwait(false))
            {
                await Task.Delay(options.FarewellGrace, time).ConfigureAwait(false);
                await RestoreForGoodAsync().ConfigureAwait(false);
                return;
            }
        }
        if (keeper.Lease.Memory.SafeShare is { } share)
        {
            keeper.Hold(keeper.Lease.At(leases.Now).Cap is { } cap ? Power.Min(cap, share) : share, leases.Now);
            await families.VisitAsync().ConfigureAwait(false);
        }
        Log.CapKept(log, options.OnStop == StopAction.Keep ? "enforce.onStop is keep" : "the aggregator can not be told");
    }

    /// <summary>No later step will try again.</summary>
    private async Task RestoreForGoodAsync()
    {
        await restoration.RunAsync("the agent stops").ConfigureAwait(false);
        for (var again = 0; again < LastRestores && restoration.IsOwed; again++)
        {
            await Task.Delay(LastRestorePause, time).ConfigureAwait(false);
            await restoration.RunAsync("the agent stops").ConfigureAwait(false);
        }
    }
}
