using System.Collections.Concurrent;
using Homelab.NodeAgent.Capping;
using Homelab.NodeAgent.Diagnostics;
using Homelab.NodeAgent.Enforcement;
using Homelab.NodeAgent.Sampling;
using Microsoft.Extensions.Logging;

namespace Homelab.NodeAgent.Uplink;

/// <summary>How a session ended.</summary>
/// <param name="Reason">One line.</param>
/// <param name="WasWelcomed">True when the aggregator took the agent in.</param>
/// <param name="IsRefusal">True when the aggregator turned it away.</param>
/// <param name="RetryAfter">What the aggregator asks to be left alone for; null when it asks nothing.</param>
internal sealed record SessionEnd(string Reason, bool WasWelcomed, bool IsRefusal, TimeSpan? RetryAfter);

/// <summary>One stream from Hello to its end. Three tasks: one reports, one says what becomes of caps, one hears; whichever ends first ends all.</summary>
internal sealed class UplinkSession(
    NodeIdentity identity, SnapshotStore store, CapBoard board, UplinkOptions options, MonotonicClock clock, ILogger log, Func<uint> nextInventory) : IDisposable
{
    private readonly SemaphoreSlim _turn = new(1, 1);
    private readonly TaskCompletionSource<AggregatorWord.Welcome> _welcome = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly TaskCompletionSource _farewell = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>The first report sent after each posting: the stream keeps its order, so its acknowledgement is the posting's too.</summary>
    private readonly ConcurrentQueue<(ulong Report, CapPosting Posting)> _unproven = new();
    private AggregatorWord.Goodbye? _goodbye;
    private CapPosting? _said;
    private long _answeredTicks;
    private long _waitingTicks;
    private ulong _acknowledged;
    private bool _hasGrants;

    /// <summary>Raised with the report interval when the aggregator takes the agent in.</summary>
    public event Action<TimeSpan>? Welcomed;

    /// <summary>Raised with each acknowledgement.</summary>
    public event Action? Acknowledged;

    /// <summary>Ends with the reason; throws only for defects.</summary>
    public async Task<SessionEnd> RunAsync(IAggregatorDialer dialer, CancellationToken cancellation)
    {
        using var ending = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        // Connecting begins before there is anything to say: the first sampling pass and the handshake share their time.
        var link = dialer.Dial(ending.Token);
        await using (link.ConfigureAwait(false))
        {
            var hearing = HearAsync(link, ending.Token);
            var telling = TellAsync(link, ending.Token);
            var capping = TellCapsAsync(link, ending.Token);
            var first = await Task.WhenAny(hearing, telling, capping).ConfigureAwait(false);
            await ending.CancelAsync().ConfigureAwait(false);
            var end = await EndOf(first).ConfigureAwait(false);
            foreach (var side in new[] { hearing, telling, capping })
                await EndOf(side).ConfigureAwait(false);
            return end;
        }
    }

    public void Dispose() => _turn.Dispose();

    /// <summary>Turns the ways in which a side can end into one answer.</summary>
    private async Task<SessionEnd> EndOf(Task side)
    {
        var welcomed = _welcome.Task.IsCompletedSuccessfully;
        try
        {
            await side.ConfigureAwait(false);
            return new SessionEnd(_goodbye?.Reason ?? "the aggregator closed the stream", welcomed, false, _goodbye?.RetryAfter);
        }
        catch (LinkException error)
        {
            return new SessionEnd(error.Message, welcomed, error.IsRefusal, null);
        }
        catch (OperationCanceledException)
        {
            return new SessionEnd("stopped", welcomed, false, null);
        }
    }

    private async Task HearAsync(IAggregatorLink link, CancellationToken cancellation)
    {
        while (await link.HearAsync(cancellation).ConfigureAwait(false) is { } word)
        {
            switch (word)
            {
                case AggregatorWord.Welcome welcome:
                    Answered();
                    _welcome.TrySetResult(welcome);
                    break;
                case AggregatorWord.Acknowledged acknowledged:
                    Answered();
                    Volatile.Write(ref _acknowledged, acknowledged.Sequence);
                    while (_unproven.TryPeek(out var next) && next.Report <= acknowledged.Sequence && _unproven.TryDequeue(out next))
                        board.Told(next.Posting);
                    Acknowledged?.Invoke();
                    break;
                case AggregatorWord.Grant grant:
                    await TakeGrantAsync(link, grant.Offer, cancellation).ConfigureAwait(false);
                    break;
                case AggregatorWord.Goodbye goodbye:
                    _goodbye = goodbye;
                    Log.Goodbye(log, goodbye.Reason);
                    return;
            }
        }
    }

    private async Task TakeGrantAsync(IAggregatorLink link, LeaseOffer offer, CancellationToken cancellation)
    {
        if (board.TakesOffers)
        {
            board.Offer(offer);
            return;
        }
        if (!_hasGrants)
            Log.GrantObserved(log);
        _hasGrants = true;
        var status = board.Current.Status with { Epoch = offer.Epoch, Sequence = offer.Sequence };
        await SayAsync(link, new AgentWord.Applied(status), cancellation).ConfigureAwait(false);
    }

    /// <summary>Range and status once the aggregator has taken the agent in, and then whatever is new of them.</summary>
    private async Task TellCapsAsync(IAggregatorLink link, CancellationToken cancellation)
    {
        await _welcome.Task.WaitAsync(cancellation).ConfigureAwait(false);
        CapPosting? told = null;
        while (true)
        {
            var posting = await board.NextAsync(told, cancellation).ConfigureAwait(false);
            if (told is null || posting.SpanNumber != told.SpanNumber)
                await SayAsync(link, new AgentWord.CapRange(posting.Span), cancellation).ConfigureAwait(false);
            if (told is null || posting.StatusNumber != told.StatusNumber)
                await SayAsync(link, new AgentWord.Applied(posting.Status), cancellation).ConfigureAwait(false);
            Volatile.Write(ref _said, posting);
            if (posting.IsFarewell)
                _farewell.TrySetResult();
            told = posting;
        }
    }

    private async Task TellAsync(IAggregatorLink link, CancellationToken cancellation)
    {
        var sample = await store.NextAsync(null, cancellation).ConfigureAwait(false);
        var delta = new ReportDelta();
        var introduced = sample.Inventory;
        var number = await IntroduceAsync(link, sample, cancellation).ConfigureAwait(false);
        var welcome = await AwaitWelcomeAsync(cancellation).ConfigureAwait(false);
        var interval = welcome.ReportInterval ?? options.ReportInterval;
        var refresh = welcome.RefreshInterval ?? options.RefreshInterval;
        Welcomed?.Invoke(interval);
        ulong sent = 0;
        CapPosting? proven = null;
        var hasLeft = false;
        while (true)
        {
            // The newest sample, not the one that Hello was made of or that woke us.
            sample = store.Hold() ?? throw new InvalidOperationException("a published sample is gone");
            try
            {
                if (!ReferenceEquals(sample.Inventory, introduced))
                    (introduced, number) = (sample.Inventory, await IntroduceAsync(link, sample, cancellation).ConfigureAwait(false));
                RequireAnswers(sent);
                var report = delta.Next(sample, number, refresh);
                if (Volatile.Read(ref _said) is { } said && !ReferenceEquals(said, proven))
                    _unproven.Enqueue((report.Sequence, proven = said));
                await SayAsync(link, report, cancellation).ConfigureAwait(false);
                sent = report.Sequence;
            }
            finally
            {
                sample.Release();
            }
            var due = NextDueAsync(sample, interval, cancellation);
            if (!hasLeft && (hasLeft = await Task.WhenAny(due, _farewell.Task).ConfigureAwait(false) == _farewell.Task))
                // Sampling has ended as well: what was reported last is reported again, for the sake of its answer.
                continue;
            sample = await due.ConfigureAwait(false);
        }
    }

    private async Task<uint> IntroduceAsync(IAggregatorLink link, NodeSample sample, CancellationToken cancellation)
    {
        var number = nextInventory();
        if (sample.Inventory.Sensors.Count > WireMap.MostSensors)
            Log.SensorsLeftOut(log, sample.Inventory.Sensors.Count, WireMap.MostSensors);
        await SayAsync(link, new AgentWord.Hello(identity, sample.Inventory, number) { Limiters = board.Current.Limiters }, cancellation).ConfigureAwait(false);
        return number;
    }

    /// <summary>The first sample that is an interval away from the last one sent; a tenth early counts, so that equal intervals keep step.</summary>
    private async Task<NodeSample> NextDueAsync(NodeSample sent, TimeSpan interval, CancellationToken cancellation)
    {
        var sample = sent;
        do
            sample = await store.NextAsync(sample, cancellation).ConfigureAwait(false);
        while (sample.Monotonic - sent.Monotonic < interval * 0.9);
        return sample;
    }

    private async Task<AggregatorWord.Welcome> AwaitWelcomeAsync(CancellationToken cancellation)
    {
        try
        {
            return await _welcome.Task.WaitAsync(options.AnswerDeadline, clock.Time, cancellation).ConfigureAwait(false);
        }
        catch (TimeoutException)
        {
            throw new LinkException($"no answer to Hello within {Configuration.Words.Of(options.AnswerDeadline)}");
        }
    }

    private async Task SayAsync(IAggregatorLink link, AgentWord word, CancellationToken cancellation)
    {
        await _turn.WaitAsync(cancellation).ConfigureAwait(false);
        try
        {
            var saying = link.SayAsync(word, cancellation);
            if (!saying.IsCompletedSuccessfully)
                await saying.AsTask().WaitAsync(options.WriteDeadline, clock.Time, cancellation).ConfigureAwait(false);
        }
        catch (TimeoutException)
        {
            throw new LinkException($"a message could not be sent within {Configuration.Words.Of(options.WriteDeadline)}");
        }
        finally
        {
            _turn.Release();
        }
    }

    private void Answered() => Interlocked.Exchange(ref _answeredTicks, clock.Now.Ticks);

    /// <summary>A peer that takes everything and answers nothing is as good as gone. Called before each report.</summary>
    private void RequireAnswers(ulong sent)
    {
        var now = clock.Now.Ticks;
        if (Volatile.Read(ref _acknowledged) >= sent)
        {
            _waitingTicks = now;
            return;
        }
        var silence = TimeSpan.FromTicks(now - Math.Max(_waitingTicks, Interlocked.Read(ref _answeredTicks)));
        if (silence > options.AnswerDeadline)
            throw new LinkException($"no acknowledgement within {Configuration.Words.Of(options.AnswerDeadline)}");
    }
}
