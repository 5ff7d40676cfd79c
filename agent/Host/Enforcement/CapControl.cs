using Homelab.NodeAgent.Actuators;
using Homelab.NodeAgent.Capping;
using Homelab.NodeAgent.Configuration;
using Homelab.NodeAgent.Diagnostics;
using Homelab.NodeAgent.Sampling;
using Homelab.Units;
using Microsoft.Extensions.Logging;

namespace Homelab.NodeAgent.Enforcement;

/// <summary>Everything of enforcement in one process: always a board, and a loop where the operator wants caps to be held and the machine lets us.</summary>
internal sealed class CapControl : IDisposable
{
    private readonly DiskState? _state;

    private CapControl(CapBoard board, EnforcementLoop? loop, DiskState? state) => (Board, Loop, _state) = (board, loop, state);

    public CapBoard Board { get; }

    /// <summary>Null on a node that only observes.</summary>
    public EnforcementLoop? Loop { get; }

    /// <summary>Originals of an earlier run are still to be restored. Not where its safe share was lost: then its last caps stand until the next grant.</summary>
    public bool IsCrashed => _state is { Originals.Count: > 0, LeaseProblem: null };

    /// <summary>Searches for limiters and opens the state folder. May block as long as the kernel and the disk do; writes to hardware only what a crashed run left.</summary>
    public static CapControl Open(AgentOptions options, HostRoot root, PowerModel model, SnapshotStore store, MonotonicClock clock, ILogger log)
    {
        var files = new PosixControlFiles(root);
        if (!options.Enforces)
        {
            RestoreLeftovers(options, root, files, log);
            return Observing(LimiterCatalog.Discover(root, files), options, "enforcement is off on this node (enforce.enabled)");
        }
        if (DiskState.TryOpen(root, options.StatePath, files, out var problem) is not { } state)
        {
            Log.NotEnforcing(log, problem ?? "");
            return Observing(LimiterCatalog.Discover(root, files), options, problem ?? "");
        }
        if (state.LeaseProblem is { } lost)
            Log.LeaseLost(log, lost);
        var slots = new List<LimiterSlot>();
        foreach (var limiter in LimiterCatalog.Discover(root, new GuardedFiles(root, files, state.Journal), state.Journal))
            slots.Add(new LimiterSlot(limiter, options.Allows(limiter.Info.Family, limiter.Info.Kind == LimiterKind.Watts)));
        if (OtherWriters.Running(root) is { Length: > 0 } others)
            Log.OtherWriters(log, others);
        var keeper = new CapKeeper(
            new CapBounds(options.CapFloor, options.CapCeiling), slots, model, new CapLease(state.Memory), () => OtherWriters.Running(root), log);
        if (state.LearnedBase is { } learned)
            keeper.Recall(learned);
        var leases = new LeaseClock(clock, BootClockInterop.Now);
        var words = Words(slots.ConvertAll(static slot => slot.Limiter), options);
        var board = new CapBoard(true, words, CapSpan.None("starting"), keeper.Status(leases.Now));
        var pace = new EnforcementOptions { OnStop = options.OnStop, Folder = options.StatePath };
        return new CapControl(board, new EnforcementLoop(keeper, state, board, store, pace, clock, leases, log), state);
    }

    public void Dispose()
    {
        Loop?.Dispose();
        _state?.Dispose();
    }

    /// <summary>Each limiter with what it takes now.</summary>
    public static IReadOnlyList<LimiterWord> Words(IReadOnlyList<IPowerLimiter> limiters, AgentOptions options)
    {
        var words = new List<LimiterWord>();
        foreach (var limiter in limiters)
        {
            var (info, reading) = (limiter.Info, limiter.Read());
            var takesWatts = info.Kind == LimiterKind.Watts;
            words.Add(new LimiterWord(
                info.Name, takesWatts, reading.Least.Power ?? Power.Zero, reading.Most.Power ?? Power.Zero, options.Allows(info.Family, takesWatts)));
        }
        return words;
    }

    /// <summary>A node that only observes, with the reason why.</summary>
    public static CapControl Absent(string why) => Observing([], new AgentOptions(), why);

    private static CapControl Observing(IReadOnlyList<IPowerLimiter> limiters, AgentOptions options, string why)
    {
        var status = new CapStatus(0, 0, null, CapResult.Observing, why, null, LeaseStanding.None, null);
        return new CapControl(new CapBoard(false, Words(limiters, options), CapSpan.None(why), status), null, null);
    }

    /// <summary>Enforcement was switched off after a run that could not clean up.</summary>
    private static void RestoreLeftovers(AgentOptions options, HostRoot root, IControlFiles files, ILogger log)
    {
        if (root.Files.List(options.StatePath, out _).Count == 0 || DiskState.TryOpen(root, options.StatePath, files, out _) is not { } state)
            return;
        using (state)
        {
            if (state.Originals.Count == 0)
                return;
            if (state.Restore() is { } problem)
                Log.RestoreFailed(log, problem);
            else
                Log.OriginalsRestored(log, "enforcement was switched off after an earlier run ended without it");
        }
    }
}
