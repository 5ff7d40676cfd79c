using System.Runtime.CompilerServices;
using Homelab.NodeAgent.Capping;
using Homelab.NodeAgent.Diagnostics;
using Homelab.NodeAgent.Sampling;
using Homelab.Units;
using Microsoft.Extensions.Logging;

namespace Homelab.NodeAgent.Enforcement;

/// <summary>Owns the time of enforcement: reads back ten times a second, decides twice, and at once when a grant comes or a lease ends.</summary>
/// <remarks>One step at a time. Calls that may hang, to drivers and to the disk, are made on threads of their own and waited for so long.</remarks>
internal sealed class EnforcementLoop : IDisposable
{
    /// <summary>A loop that has not stepped for so long is as good as dead.</summary>
    private static readonly TimeSpan LongestStep = TimeSpan.FromSeconds(10);

    private static readonly TimeSpan RememberPace = TimeSpan.FromMinutes(1);

    private readonly CapKeeper _keeper;
    private readonly DeadlineState _state;
    private readonly LimiterFamilies _families;
    private readonly Restoration _restoration;
    private readonly Farewell _farewell;
    private readonly CapBoard _board;
    private readonly CapNews _news;
    private readonly SnapshotStore _store;
    private readonly EnforcementOptions _options;
    private readonly MonotonicClock _clock;
    private readonly LeaseClock _leases;
    private readonly ILogger _log;
    private readonly DrawReader _draws = new();
    private readonly ITimer _timer;
    private readonly Bell _bell = new();
    private long _seen;
    private TimeSpan _decideAt;
    private LeaseTarget _decidedFor;
    private long _steppedAt;
    private string _refused = "";
    private Power? _savedBase;
    private TimeSpan _rememberAt;

    public EnforcementLoop(
        CapKeeper keeper, ICapState state, CapBoard board, SnapshotStore store, EnforcementOptions options, MonotonicClock clock, LeaseClock leases, ILogger log)
    {
        (_keeper, _board, _store, _options, _clock, _leases, _log) = (keeper, board, store, options, clock, leases, log);
        _state = new DeadlineState(state, options.DiskDeadline, clock.Time);
        _families = new LimiterFamilies(keeper.Slots, state, options.DriverDeadline, clock.Time, leases, log);
        _restoration = new Restoration(keeper, _families, _state, leases, log);
        _farewell = new Farewell(keeper, _families, _restoration, board, options, clock.Time, leases, log);
        _news = new CapNews(board);
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
            _bell.Hush();
            await StepGuardedAsync().ConfigureAwait(false);
            try
            {
                await _bell.WaitAsync(cancellation).ConfigureAwait(false);
            }
            catch (OperationCanceledException)
            {
            }
        }
        await _farewell.BidAsync().ConfigureAwait(false);
    }

    public void Dispose()
    {
        _board.Offered -= Ring;
        _timer.Dispose();
        _bell.Dispose();
        _state.Dispose();
        _families.Dispose();
    }

    /// <summary>One turn: samples, grants, lease, orders, hardware, status.</summary>
    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder))]
    internal async ValueTask StepAsync()
    {
        var now = _leases.Now;
        var isSampled = TakeSample(now);
        var isAnswer = false;
        while (_board.TryTake(out var offer))
        {
            // It may rest on a report that was made since this step began.
            now = _leases.Now;
            await TakeOfferAsync(offer with { Basis = _leases.Of(offer.Basis) }, now).ConfigureAwait(false);
            isAnswer = true;
        }
        var target = _keeper.Lease.At(now);
        if (isAnswer || isSampled || now >= _decideAt || target != _decidedFor)
        {
            (_decideAt, _decidedFor) = (now + _options.DecidePace, target);
            // After an attempt that failed no limiter says that it holds anything; what could not be put back says so.
            var isToBeFree = _keeper.Decide(now) || (target.Cap is null && _restoration.IsOwed);
            if (isToBeFree && _restoration.IsDue(now))
                await _restoration.RunAsync("the node is not held to a cap any more").ConfigureAwait(false);
        }
        await _families.VisitAsync().ConfigureAwait(false);
        now = _leases.Now;
        if (_keeper.Look(now))
            await _families.VisitAsync().ConfigureAwait(false);
        Tell(isAnswer);
        await RememberAsync(now).ConfigureAwait(false);
    }

    /// <summary>What the limiters hold, before anything is decided.</summary>
    internal ValueTask LookAroundAsync() => _families.VisitAsync();

    private async Task StartAsync(bool isCrashed)
    {
        await LookAroundAsync().ConfigureAwait(false);
        if (isCrashed)
            _keeper.TakeOver(_leases.Now);
        if (isCrashed && _keeper.Lease.At(_leases.Now).Cap is null)
            await _restoration.RunAsync("an earlier run ended without it").ConfigureAwait(false);
        await StepGuardedAsync().ConfigureAwait(false);
        if (_board.Current.Span is { IsEnforcing: true } span)
            Log.Enforcing(_log, span.Detail, _options.Folder);
        else
            Log.NotEnforcing(_log, _board.Current.Span.Detail);
    }

    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder))]
    private async ValueTask StepGuardedAsync()
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
        if (_store.Number == _seen || _store.Hold() is not { } sample)
            return false;
        try
        {
            _seen = sample.Number;
            _keeper.See(_draws.Read(sample, _keeper.Slots, _leases), now);
            return true;
        }
        finally
        {
            sample.Release();
        }
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
    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder))]
    private async ValueTask RememberAsync(TimeSpan now)
    {
        if (_keeper.LearnedBase is not { } learned || learned == _savedBase || now < _rememberAt || _keeper.Lease.Memory.SafeShare is null)
            return;
        _rememberAt = now + RememberPace;
        if (await SaveAsync(_keeper.Lease.Memory).ConfigureAwait(false) is null)
            _savedBase = learned;
    }

    private Task<string?> SaveAsync(LeaseMemory memory) => _state.SaveAsync(memory, _keeper.LearnedBase);

    /// <summary>Posts what has changed, and an answer to each grant.</summary>
    private void Tell(bool isAnswer)
    {
        var status = _keeper.Status(_leases.Now);
        if (_refused.Length > 0 && isAnswer)
            status = status with { Result = CapResult.Rejected, Detail = _refused };
        _news.Tell(_keeper.Span(), status, isAnswer);
    }

    private void Ring() => _bell.Ring();

    private static TimeSpan Max(TimeSpan left, TimeSpan right) => left > right ? left : right;
}
