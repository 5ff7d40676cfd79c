using System.Collections.Concurrent;
using System.Runtime.CompilerServices;
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
    private readonly TaskCompletionSource _stuck = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>Rung with each sample, and when enforcement has said its last word.</summary>
    private readonly Bell _news = new();

    /// <summary>The first report sent after each posting: the stream keeps its order, so its acknowledgement is the posting's too.</summary>
    private readonly ConcurrentQueue<(ulong Report, CapPosting Posting)> _unproven = new();
    private AggregatorWord.Goodbye? _goodbye;
    private CapPosting? _said;
    private ITimer? _patience;
    private long _sayingTicks = -1;
    private volatile bool _isFarewell;
    private bool _hasLeft;
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
        using var patience = _patience = clock.Time.CreateTimer(static session => ((UplinkSession)session!).OnPatienceEnd(), this, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
        store.Published += _news.Ring;
        // Connecting begins before there is anything to say: the first sampling pass and the handshake share their time.
        var link = dialer.Dial(ending.Token);
        await using (link.ConfigureAwait(false))
        {
            var hearing = HearAsync(link, ending.Token);
            var telling = TellAsync(link, ending.Token);
            var capping = TellCapsAsync(link, ending.Token);
            var first = await Task.WhenAny(hearing, telling, capping, _stuck.Task).ConfigureAwait(false);
            await ending.CancelAsync().ConfigureAwait(false);
            var end = first == _stuck.Task
                ? new SessionEnd($"a message could not be sent within {Configuration.Words.Of(options.WriteDeadline)}", _welcome.Task.IsCompletedSuccessfully, false, null)
                : await EndOf(first).ConfigureAwait(false);
            foreach (var side in new[] { hearing, telling, capping })
                await EndOf(side).ConfigureAwait(false);
            return end;
        }
    }

    public void Dispose()
    {
        store.Published -= _news.Ring;
        _news.Dispose();
        _turn.Dispose();
    }

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
                Leave();
            told = posting;
        }
    }

    private async Task TellAsync(IAggregatorLink link, CancellationToken cancellation)
    {
        while (store.Number == 0)
            await _news.WaitAsync(cancellation).ConfigureAwait(false);
        var delta = new ReportDelta();
        var introduced = Inventory();
        var number = await IntroduceAsync(link, introduced, cancellation).ConfigureAwait(false);
        var welcome = await AwaitWelcomeAsync(cancellation).ConfigureAwait(false);
        var interval = welcome.ReportInterval ?? options.ReportInterval;
        var refresh = welcome.RefreshInterval ?? options.RefreshInterval;
        Welcomed?.Invoke(interval);
        ulong sent = 0;
        CapPosting? proven = null;
        while (true)
        {
            // The newest sample, not the one that Hello was made of or that woke us.
            var sample = Hold();
            var (seen, at) = (sample.Number, sample.Monotonic);
            try
            {
                if (!ReferenceEquals(sample.Inventory, introduced))
                    (introduced, number) = (sample.Inventory, await IntroduceAsync(link, sample.Inventory, cancellation).ConfigureAwait(false));
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
            await DueAsync(seen, at, interval, cancellation).ConfigureAwait(false);
        }
    }

    private async Task<uint> IntroduceAsync(IAggregatorLink link, Inventory inventory, CancellationToken cancellation)
    {
        var number = nextInventory();
        if (inventory.Sensors.Count > WireMap.MostSensors)
            Log.SensorsLeftOut(log, inventory.Sensors.Count, WireMap.MostSensors);
        await SayAsync(link, new AgentWord.Hello(identity, inventory, number) { Limiters = board.Current.Limiters }, cancellation).ConfigureAwait(false);
        return number;
    }

    /// <summary>Waits for the first sample that is an interval away from the last one sent; a tenth early counts, so that equal intervals keep step.</summary>
    /// <remarks>After the last word sampling has ended as well: what was reported last is reported once again, for the sake of its answer.</remarks>
    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder))]
    private async ValueTask DueAsync(long seen, TimeSpan sent, TimeSpan interval, CancellationToken cancellation)
    {
        while (!IsDue(seen, sent, interval))
            await _news.WaitAsync(cancellation).ConfigureAwait(false);
    }

    private bool IsDue(long seen, TimeSpan sent, TimeSpan interval)
    {
        if (_isFarewell && !_hasLeft)
            return _hasLeft = true;
        if (store.Number <= seen)
            return false;
        var sample = Hold();
        var since = sample.Monotonic - sent;
        sample.Release();
        return since >= interval * 0.9;
    }

    private Inventory Inventory()
    {
        var sample = Hold();
        var inventory = sample.Inventory;
        sample.Release();
        return inventory;
    }

    private void Leave()
    {
        _isFarewell = true;
        _news.Ring();
    }

    private NodeSample Hold() => store.Hold() ?? throw new InvalidOperationException("a published sample is gone");

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

    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder))]
    private async ValueTask SayAsync(IAggregatorLink link, AgentWord word, CancellationToken cancellation)
    {
        await _turn.WaitAsync(cancellation).ConfigureAwait(false);
        try
        {
            Volatile.Write(ref _sayingTicks, clock.Now.Ticks);
            var saying = link.SayAsync(word, cancellation);
            if (!saying.IsCompleted)
                _patience?.Change(options.WriteDeadline, Timeout.InfiniteTimeSpan);
            await saying.ConfigureAwait(false);
        }
        finally
        {
            Volatile.Write(ref _sayingTicks, -1);
            _patience?.Change(Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
            _turn.Release();
        }
    }

    /// <summary>A word that does not get away ends the session. The timer is one for all words, and may come late for one that did.</summary>
    private void OnPatienceEnd()
    {
        if (Volatile.Read(ref _sayingTicks) is var since && since < 0)
            return;
        var left = options.WriteDeadline - TimeSpan.FromTicks(clock.Now.Ticks - since);
        if (left > TimeSpan.Zero)
            _patience?.Change(left, Timeout.InfiniteTimeSpan);
        else
            _stuck.TrySetResult();
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
