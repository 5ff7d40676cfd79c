using System.Diagnostics.CodeAnalysis;

namespace Homelab.Aggregator.KubeApi;

/// <summary>
/// Takes part in an election for as long as it runs, and hands the lease back when it is stopped. Readable from any thread.
/// Time is the machine's monotonic clock: a machine that was suspended may believe in its term until its next look, which is what <see cref="LeaderTerm.Epoch"/> is for.
/// </summary>
/// <param name="changed">Told the term when one begins and null when it ends; called from the loop or from a timer, one call at a time; must be quick.</param>
[SuppressMessage("Design", "CA1001", Justification = "The term's source lives as long as the term; it holds no handle.")]
internal sealed class LeaderLoop(ILeaseStore store, LeaderElection election, LeaderElectionOptions options, TimeProvider time, Func<double> random, Action<LeaderTerm?> changed)
{
    private readonly Lock _gate = new();
    private readonly long _epochStart = time.GetTimestamp();
    private CancellationTokenSource? _ending;
    private LeaderTerm? _term;
    private ITimer? _deadline;

    /// <summary>The present term; null while another leads. Asks the clock, so that it is never late.</summary>
    public LeaderTerm? Term
    {
        get
        {
            lock (_gate)
                return election.IsLeader(Now) ? _term : null;
        }
    }

    public bool IsLeader => Term is not null;

    /// <summary>Who held the lease when it was last seen; empty for nobody.</summary>
    public string Holder
    {
        get
        {
            lock (_gate)
                return election.Holder;
        }
    }

    /// <summary>Why the last look or write failed; null after a good one.</summary>
    public KubeStatus? Trouble { get; private set; }

    private TimeSpan Now => time.GetElapsedTime(_epochStart);

    /// <summary>Runs until cancelled, then releases; ends without an exception.</summary>
    public async Task RunAsync(CancellationToken cancel)
    {
        _deadline = time.CreateTimer(_ => Settle(), null, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
        try
        {
            while (true)
            {
                Trouble = await TurnAsync(cancel).ConfigureAwait(false);
                // Candidates spread out; a leader keeps its rhythm.
                await Task.Delay(IsLeader ? options.RetryPeriod : options.RetryPeriod * (1 + 0.2 * random()), time, cancel).ConfigureAwait(false);
            }
        }
        catch (OperationCanceledException) when (cancel.IsCancellationRequested)
        {
            await ReleaseAsync().ConfigureAwait(false);
        }
        finally
        {
            await _deadline.DisposeAsync().ConfigureAwait(false);
            lock (_gate)
                election.ToRelease(Now, time.GetUtcNow());
            Settle();
        }
    }

    private async Task<KubeStatus?> TurnAsync(CancellationToken cancel)
    {
        // Half the deadline: after one answer that hangs there is still time for another try.
        using var bound = new CancellationTokenSource(options.RenewDeadline / 2, time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(bound.Token, cancel);
        try
        {
            return await ReadAsync(either.Token).ConfigureAwait(false) ?? await WriteAsync(either.Token).ConfigureAwait(false);
        }
        catch (OperationCanceledException) when (!cancel.IsCancellationRequested)
        {
            lock (_gate)
                election.LostTrack();
            return KubeStatus.Of(KubeOutcome.TimedOut, "the lease could not be read or written in time");
        }
        finally
        {
            Settle();
        }
    }

    private async Task<KubeStatus?> ReadAsync(CancellationToken cancel)
    {
        lock (_gate)
        {
            if (!election.MustRead(Now))
                return null;
        }
        var read = await store.ReadAsync(cancel).ConfigureAwait(false);
        if (!read.IsOk && read.Status.Outcome != KubeOutcome.NotFound)
            return read.Status;
        lock (_gate)
            election.Saw(read.Value, Now);
        return null;
    }

    private async Task<KubeStatus?> WriteAsync(CancellationToken cancel)
    {
        LeaderRecord? record;
        TimeSpan startedAt;
        lock (_gate)
        {
            startedAt = Now;
            record = election.ToWrite(startedAt, time.GetUtcNow());
            if (record is not null)
                election.Writing();
        }
        if (record is null)
            return null;
        var written = await store.WriteAsync(record, cancel).ConfigureAwait(false);
        lock (_gate)
        {
            // An answer that shows another record than was sent proves nothing.
            if (written.IsOk && written.Value.Holder == record.Holder && written.Value.Transitions == record.Transitions)
                election.Wrote(written.Value, startedAt, Now);
            else
                election.LostTrack();
        }
        return written.IsOk ? null : written.Status;
    }

    private async Task ReleaseAsync()
    {
        LeaderRecord? record;
        lock (_gate)
            record = election.ToRelease(Now, time.GetUtcNow());
        Settle(); // First nobody acts as leader any more, then another may become it.
        if (record is null)
            return;
        using var bound = new CancellationTokenSource(options.RetryPeriod, time);
        try
        {
            await store.WriteAsync(record, bound.Token).ConfigureAwait(false);
        }
        catch (OperationCanceledException)
        {
            // The lease runs out by itself.
        }
    }

    // Brings the published term in line with the election, and the timer with its deadline.
    private void Settle()
    {
        lock (_gate)
        {
            var leads = election.IsLeader(Now);
            if (_term is not null && (!leads || _term.Epoch != election.Epoch))
            {
                _term = null;
                changed(null);
                _ending?.Cancel();
            }
            if (leads && _term is null)
            {
                _ending = new CancellationTokenSource();
                _term = new LeaderTerm(election.Epoch, _ending.Token);
                changed(_term);
            }
            if (leads && election.LeadsUntil is { } until)
                _deadline?.Change(until - Now, Timeout.InfiniteTimeSpan);
        }
    }
}
