using Homelab.NodeAgent.Capping;
using Homelab.NodeAgent.Configuration;
using Homelab.NodeAgent.Diagnostics;
using Homelab.NodeAgent.Sampling;
using Homelab.Units;
using Microsoft.Extensions.Logging;

namespace Homelab.NodeAgent.Enforcement;

/// <summary>How enforcement behaves; defaults are the product's.</summary>
internal sealed record EnforcementOptions
{
    public StopAction OnStop { get; init; }

    /// <summary>State folder, for the log.</summary>
    public string Folder { get; init; } = "";

    /// <summary>Time between read-backs.</summary>
    public TimeSpan Tick { get; init; } = TimeSpan.FromMilliseconds(100);

    /// <summary>Time between decisions that nothing asks for.</summary>
    public TimeSpan DecidePace { get; init; } = TimeSpan.FromMilliseconds(500);

    /// <summary>How long a driver may take before the others go on without it.</summary>
    public TimeSpan DriverDeadline { get; init; } = TimeSpan.FromMilliseconds(250);

    /// <summary>How long the disk may take.</summary>
    public TimeSpan DiskDeadline { get; init; } = TimeSpan.FromSeconds(1);

    /// <summary>How long a clean stop waits for the uplink to tell the aggregator.</summary>
    public TimeSpan FarewellLimit { get; init; } = TimeSpan.FromSeconds(3);

    /// <summary>Between telling the aggregator and letting go: the others have to make room.</summary>
    public TimeSpan FarewellGrace { get; init; } = TimeSpan.FromSeconds(1.5);
}

/// <summary>Owns the time of enforcement: reads back ten times a second, decides twice, and at once when a grant comes or a lease ends.</summary>
/// <remarks>One step at a time. Calls that may hang, to drivers and to the disk, are made on threads of their own and waited for so long.</remarks>
internal sealed class EnforcementLoop : IDisposable
{
    /// <summary>A loop that has not stepped for so long is as good as dead.</summary>
    private static readonly TimeSpan LongestStep = TimeSpan.FromSeconds(10);

    private static readonly TimeSpan RestoreRetry = TimeSpan.FromSeconds(5);

    /// <summary>Within the time that the agent gives its stop.</summary>
    private const int LastRestores = 2;

    private static readonly TimeSpan LastRestorePause = TimeSpan.FromMilliseconds(250);

    private static readonly TimeSpan RememberPace = TimeSpan.FromMinutes(1);

    private readonly CapKeeper _keeper;
    private readonly ICapState _state;
    private readonly CapBoard _board;
    private readonly SnapshotStore _store;
    private readonly EnforcementOptions _options;
    private readonly MonotonicClock _clock;
    private readonly LeaseClock _leases;
    private readonly ILogger _log;
    private readonly List<LimiterFamily> _families = [];
    private readonly DrawReader _draws = new();
    private readonly DeadlineWorker _disk;
    private readonly ITimer _timer;
    private readonly HashSet<string> _late = [];
    private TaskCompletionSource _bell = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private NodeSample? _seen;
    private TimeSpan _decideAt;
    private LeaseTarget _decidedFor;
    private long _steppedAt;
    private CapStatus? _told;
    private CapSpan? _span;
    private string _refused = "";
    private string? _restoreProblem;
    private TimeSpan _restoreAt;
    private Power? _savedBase;
    private TimeSpan _rememberAt;

    public EnforcementLoop(
        CapKeeper keeper, ICapState state, CapBoard board, SnapshotStore store, EnforcementOptions options, MonotonicClock clock, LeaseClock leases, ILogger log)
    {
        (_keeper, _state, _board, _store, _options, _clock, _leases, _log) = (keeper, state, board, store, options, clock, leases, log);
        _disk = new DeadlineWorker("state", clock.Time);
        foreach (var slot in keeper.Slots)
        {
            if (!_families.Exists(f => f.Name == slot.Info.Family))
                _families.Add(new LimiterFamily(slot.Info.Family, SlotsOf(slot.Info.Family), state, clock.Time));
        }
        _timer = clock.Time.CreateTimer(static loop => ((EnforcementLoop)loop!).Ring(), this, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
        board.Offered += Ring;
        Volatile.Write(ref _steppedAt, clock.Now.Ticks);
    }

    /// <summary>False when the loop stands still; any thread.</summary>
    public bool IsAlive => _clock.Now.Ticks - Volatile.Read(ref _steppedAt) < LongestStep.Ticks;

    /// <summary>Runs until cancelled, then lets go of the hardware as the operator wishes.</summary>
    /// <param name="isCrashed">Originals of an earlier run are still to be restored.</param>
    public async Task RunAsync(bool isCrashed, CancellationToken cancellation)
    {
        await StartAsync(isCrashed).ConfigureAwait(false);
        while (!cancellation.IsCancellationRequested)
        {
            // A ring from here on is heard after the step.
            Volatile.Write(ref _bell, new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously));
            await StepGuardedAsync().ConfigureAwait(false);
            try
            {
                await _bell.Task.WaitAsync(cancellation).ConfigureAwait(false);
            }
            catch (OperationCanceledException)
            {
            }
        }
        await StopAsync().ConfigureAwait(false);
    }

    public void Dispose()
    {
        _board.Offered -= Ring;
        _timer.Dispose();
        _disk.Dispose();
        foreach (var family in _families)
            family.Dispose();
    }

    /// <summary>One turn: samples, grants, lease, orders, hardware, status.</summary>
    internal async Task StepAsync()
    {
        var now = _leases.Now;
        var isSampled = TakeSample(now);
        var isAnswer = false;
        while (_board.TryTake(out var offer))
        {
            await TakeOfferAsync(offer with { Basis = _leases.Of(offer.Basis) }, now).ConfigureAwait(false);
            isAnswer = true;
        }
        var target = _keeper.Lease.At(now);
        if (isAnswer || isSampled || now >= _decideAt || target != _decidedFor)
        {
            (_decideAt, _decidedFor) = (now + _options.DecidePace, target);
            // After an attempt that failed no limiter says that it holds anything; what could not be put back says so.
            var isToBeFree = _keeper.Decide(now) || (target.Cap is null && _restoreProblem is not null);
            if (isToBeFree && now >= _restoreAt)
                await RestoreAsync("the node is not held to a cap any more").ConfigureAwait(false);
        }
        await VisitAsync().ConfigureAwait(false);
        now = _leases.Now;
        if (_keeper.Look(now))
            await VisitAsync().ConfigureAwait(false);
        Tell(isAnswer);
        await RememberAsync(now).ConfigureAwait(false);
    }

    /// <summary>What the limiters hold, before anything is decided.</summary>
    internal Task LookAroundAsync() => VisitAsync();

    private async Task StartAsync(bool isCrashed)
    {
        await LookAroundAsync().ConfigureAwait(false);
        if (isCrashed)
            _keeper.TakeOver(_leases.Now);
        if (isCrashed && _keeper.Lease.At(_leases.Now).Cap is null)
            await RestoreAsync("an earlier run ended without it").ConfigureAwait(false);
        await StepGuardedAsync().ConfigureAwait(false);
        if (_board.Current.Span is { IsEnforcing: true } span)
            Log.Enforcing(_log, span.Detail, _options.Folder);
        else
            Log.NotEnforcing(_log, _board.Current.Span.Detail);
    }

    private async Task StepGuardedAsync()
    {
        try
        {
            await StepAsync().ConfigureAwait(false);
        }
        catch (Exception error)
        {
            // A defect in arithmetic must not end what holds the cap; the next step starts afresh.
            Log.PartFailed(_log, "a step of enforcement", error);
        }
        Volatile.Write(ref _steppedAt, _clock.Now.Ticks);
        var wait = _keeper.Lease.At(_leases.Now).Until - _leases.Now;
        _timer.Change(wait is { } until && until < _options.Tick ? Max(until, TimeSpan.FromMilliseconds(1)) : _options.Tick, Timeout.InfiniteTimeSpan);
    }

    private bool TakeSample(TimeSpan now)
    {
        if (_store.Current is not { } sample || ReferenceEquals(sample, _seen))
            return false;
        _seen = sample;
        _keeper.See(_draws.Read(sample, _keeper.Slots, _leases), now);
        return true;
    }

    /// <summary>Durable before it is acted on. What can not be stored is taken as far as nothing of it needs to be remembered.</summary>
    private async Task TakeOfferAsync(LeaseOffer offer, TimeSpan now)
    {
        var (next, reason) = Try(offer, now);
        if (next is not null && !ReferenceEquals(next.Memory, _keeper.Lease.Memory) && await SaveAsync(next.Memory).ConfigureAwait(false) is { } problem)
        {
            reason = problem;
            // The old safe share stands, and the status says so; a release forgets in memory only, which leaves more safety on the disk, not less.
            if (!offer.IsRelease)
                next = offer.Epoch == _keeper.Lease.Memory.Epoch && offer.Cap is not null ? Try(offer with { SafeShare = null }, now).Next : null;
        }
        if (reason.Length > 0 && reason != _refused)
            Log.OfferRefused(_log, reason);
        _refused = reason;
        if (next is not null)
            _keeper.Lease = next;
    }

    private (CapLease? Next, string Reason) Try(LeaseOffer offer, TimeSpan now)
    {
        var next = _keeper.Lease.Copy();
        return next.Offer(offer, now) switch
        {
            OfferAnswer.Taken => (next, ""),
            OfferAnswer.OnlyLowered => (next, "it was held up longer than its lease: only what lowers the node was taken"),
            OfferAnswer.OldEpoch => (null, $"its epoch {offer.Epoch} is older than {_keeper.Lease.Memory.Epoch}"),
            OfferAnswer.OldSequence => (null, $"its sequence {offer.Sequence} is not newer than {_keeper.Lease.Sequence}"),
            _ => (null, "its cap, basis or life is out of range"),
        };
    }

    /// <summary>What was learned of the base goes to the disk seldom: nothing depends on it but the first seconds after a restart.</summary>
    private async Task RememberAsync(TimeSpan now)
    {
        if (_keeper.LearnedBase is not { } learned || learned == _savedBase || now < _rememberAt || _keeper.Lease.Memory.SafeShare is null)
            return;
        _rememberAt = now + RememberPace;
        if (await SaveAsync(_keeper.Lease.Memory).ConfigureAwait(false) is null)
            _savedBase = learned;
    }

    private async Task<string?> SaveAsync(LeaseMemory memory)
    {
        string? problem = null;
        return await _disk.RunAsync(() => problem = _state.Save(memory, _keeper.LearnedBase), _options.DiskDeadline).ConfigureAwait(false)
            ? _disk.Failure ?? problem
            : "the disk of the state folder does not answer";
    }

    /// <summary>Every family at once; one that is late holds up none of the others, and this step only once.</summary>
    private async Task VisitAsync()
    {
        var visits = new Task<bool>[_families.Count];
        for (var i = 0; i < visits.Length; i++)
            visits[i] = _families[i].VisitAsync(_options.DriverDeadline);
        for (var i = 0; i < visits.Length; i++)
        {
            if (await visits[i].ConfigureAwait(false))
            {
                _families[i].Take(_leases.Now);
                _late.Remove(_families[i].Name);
            }
            else if (_late.Add(_families[i].Name))
                Log.FamilyLate(_log, _families[i].Name);
        }
    }

    private async Task RestoreAsync(string why)
    {
        // The limiters first: each knows best how to let go. The journal then has the last word.
        foreach (var slot in _keeper.Slots)
            slot.Order = slot.Asked is null ? null : default(Actuators.Limit);
        await VisitAsync().ConfigureAwait(false);
        string? problem = null;
        if (!await _disk.RunAsync(() => problem = _state.Restore(), _options.DiskDeadline).ConfigureAwait(false))
            problem = "the hardware or the disk of the state folder does not answer";
        problem ??= _disk.Failure;
        // Even one that failed may have put some values back, and the journal has forgotten those.
        foreach (var slot in _keeper.Slots)
            slot.IsRecorded = false;
        if (problem is null)
        {
            Log.OriginalsRestored(_log, why);
            foreach (var slot in _keeper.Slots)
                slot.Forget();
        }
        else if (problem != _restoreProblem)
        {
            Log.RestoreFailed(_log, problem);
        }
        (_restoreProblem, _restoreAt) = (problem, problem is null ? TimeSpan.Zero : _leases.Now + RestoreRetry);
    }

    /// <summary>The aggregator hears of it before the hardware is let go; where it can not, the node stays down.</summary>
    private async Task StopAsync()
    {
        if (!_keeper.HoldsAny)
        {
            if (_restoreProblem is not null && _keeper.Lease.At(_leases.Now).Cap is null)
                await RestoreForGoodAsync().ConfigureAwait(false);
            return;
        }
        var status = _keeper.Status(_leases.Now);
        if (_options.OnStop == StopAction.Restore)
        {
            var farewell = status with { Effective = null, Standing = LeaseStanding.None, Result = CapResult.Ok, Detail = "the agent stops: original limits are restored" };
            _board.Post(null, null, farewell, isFarewell: true);
            if (await _board.IsToldAsync(_options.FarewellLimit, _clock.Time).ConfigureAwait(false))
            {
                await Task.Delay(_options.FarewellGrace, _clock.Time).ConfigureAwait(false);
                await RestoreForGoodAsync().ConfigureAwait(false);
                return;
            }
        }
        if (_keeper.Lease.Memory.SafeShare is { } share)
        {
            _keeper.Hold(_keeper.Lease.At(_leases.Now).Cap is { } cap ? Power.Min(cap, share) : share, _leases.Now);
            await VisitAsync().ConfigureAwait(false);
        }
        Log.CapKept(_log, _options.OnStop == StopAction.Keep ? "enforce.onStop is keep" : "the aggregator can not be told");
    }

    /// <summary>No later step will try again.</summary>
    private async Task RestoreForGoodAsync()
    {
        await RestoreAsync("the agent stops").ConfigureAwait(false);
        for (var again = 0; again < LastRestores && _restoreProblem is not null; again++)
        {
            await Task.Delay(LastRestorePause, _clock.Time).ConfigureAwait(false);
            await RestoreAsync("the agent stops").ConfigureAwait(false);
        }
    }

    /// <summary>Posts what has changed, and an answer to each grant.</summary>
    private void Tell(bool isAnswer)
    {
        var status = _keeper.Status(_leases.Now);
        if (_refused.Length > 0 && isAnswer)
            status = status with { Result = CapResult.Rejected, Detail = _refused };
        var span = _keeper.Span();
        var isNewSpan = _span is null || Differs(span, _span);
        var isNewStatus = isAnswer || _told is null || Differs(status, _told);
        if (!isNewSpan && !isNewStatus)
            return;
        _board.Post(null, isNewSpan ? span : null, isNewStatus ? status : null);
        (_span, _told) = (isNewSpan ? span : _span, isNewStatus ? status : _told);
    }

    private static bool Differs(CapStatus left, CapStatus right) =>
        left.Standing != right.Standing || left.Result != right.Result || left.Limiter != right.Limiter || left.Epoch != right.Epoch
        || left.SafeShare != right.SafeShare || Differs(left.Effective, right.Effective, 0.005);

    private static bool Differs(CapSpan left, CapSpan right)
    {
        if (left.IsEnforcing != right.IsEnforcing || left.Detail != right.Detail || left.Steps.Count != right.Steps.Count || left.Settle != right.Settle
            || left.Uncertainty != right.Uncertainty
            || Differs(left.Floor, right.Floor, 0.02) || Differs(left.Ceiling, right.Ceiling, 0.02) || Differs(left.Idle, right.Idle, 0.1))
            return true;
        for (var i = 0; i < left.Steps.Count; i++)
        {
            if (Differs(left.Steps[i], right.Steps[i], 0.02))
                return true;
        }
        return false;
    }

    private static bool Differs(Power? left, Power? right, double share) =>
        left is null != right is null || (left is { } a && right is { } b && Math.Abs((a - b).Microwatts) > Math.Max(50_000, b.Microwatts * share));

    private List<LimiterSlot> SlotsOf(string family)
    {
        var found = new List<LimiterSlot>();
        foreach (var slot in _keeper.Slots)
        {
            if (slot.Info.Family == family)
                found.Add(slot);
        }
        return found;
    }

    private void Ring() => Volatile.Read(ref _bell).TrySetResult();

    private static TimeSpan Max(TimeSpan left, TimeSpan right) => left > right ? left : right;
}
