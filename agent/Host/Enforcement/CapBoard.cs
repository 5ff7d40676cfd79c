using System.Collections.Concurrent;
using Homelab.NodeAgent.Capping;

namespace Homelab.NodeAgent.Enforcement;

/// <summary>Where the uplink and the enforcement loop meet: grants one way, the node's range and status the other. Nobody waits for a lock.</summary>
internal sealed class CapBoard
{
    /// <summary>More than a flood can need: only the newest matters.</summary>
    private const int MostOffers = 64;

    private readonly ConcurrentQueue<LeaseOffer> _offers = new();
    private volatile CapPosting _posting;
    private TaskCompletionSource _next = NewSignal();
    private TaskCompletionSource _heard = NewSignal();
    private int _toldStatus;

    /// <param name="takesOffers">False for a node that only observes: grants are answered without being looked at.</param>
    public CapBoard(bool takesOffers, IReadOnlyList<LimiterWord> limiters, CapSpan span, CapStatus status)
    {
        TakesOffers = takesOffers;
        _posting = new CapPosting(1, 1, 1, limiters, span, status);
    }

    public bool TakesOffers { get; }

    /// <summary>Rung with each offer.</summary>
    public event Action? Offered;

    public CapPosting Current => _posting;

    /// <summary>Hands a grant over; any thread.</summary>
    public void Offer(LeaseOffer offer)
    {
        _offers.Enqueue(offer);
        while (_offers.Count > MostOffers && _offers.TryDequeue(out _))
        {
        }
        Offered?.Invoke();
    }

    public bool TryTake(out LeaseOffer offer) => _offers.TryDequeue(out offer!);

    /// <summary>Called by the enforcement loop only. A status counts as new even where it is equal: it may be the answer to a grant.</summary>
    /// <param name="isFarewell">The last word: a report goes after it at once, so that its receipt is known.</param>
    public void Post(IReadOnlyList<LimiterWord>? limiters, CapSpan? span, CapStatus? status, bool isFarewell = false)
    {
        var old = _posting;
        _posting = new CapPosting(
            old.LimitersNumber + (limiters is null ? 0 : 1), old.SpanNumber + (span is null ? 0 : 1), old.StatusNumber + (status is null ? 0 : 1),
            limiters ?? old.Limiters, span ?? old.Span, status ?? old.Status)
        {
            IsFarewell = isFarewell,
        };
        Interlocked.Exchange(ref _next, NewSignal()).SetResult();
    }

    /// <summary>The newest posting that is not <paramref name="seen"/>; waits when there is none.</summary>
    public async ValueTask<CapPosting> NextAsync(CapPosting? seen, CancellationToken cancellation)
    {
        while (true)
        {
            var signal = Volatile.Read(ref _next).Task;
            if (_posting is var posting && !ReferenceEquals(posting, seen))
                return posting;
            await signal.WaitAsync(cancellation).ConfigureAwait(false);
        }
    }

    /// <summary>Called by the uplink when the aggregator has taken a posting in. That the transport has it proves nothing.</summary>
    public void Told(CapPosting posting)
    {
        Volatile.Write(ref _toldStatus, posting.StatusNumber);
        Interlocked.Exchange(ref _heard, NewSignal()).SetResult();
    }

    /// <summary>Whether the aggregator takes the newest status in within a time.</summary>
    public async Task<bool> IsToldAsync(TimeSpan limit, TimeProvider time)
    {
        using var ending = new CancellationTokenSource(limit, time);
        try
        {
            while (true)
            {
                var signal = Volatile.Read(ref _heard).Task;
                if (Volatile.Read(ref _toldStatus) == _posting.StatusNumber)
                    return true;
                await signal.WaitAsync(ending.Token).ConfigureAwait(false);
            }
        }
        catch (OperationCanceledException)
        {
            return false;
        }
    }

    private static TaskCompletionSource NewSignal() => new(TaskCreationOptions.RunContinuationsAsynchronously);
}

/// <summary>Everything that the aggregator is told about the node's cap. Immutable; each part's number grows when the part is posted.</summary>
internal sealed record CapPosting(
    int LimitersNumber, int SpanNumber, int StatusNumber, IReadOnlyList<LimiterWord> Limiters, CapSpan Span, CapStatus Status)
{
    public bool IsFarewell { get; init; }
}
