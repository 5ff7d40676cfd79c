namespace Homelab.NodeAgent.Uplink;

/// <summary>One stream to the aggregator. One writer and one reader at a time, independent of each other.</summary>
internal interface IAggregatorLink : IAsyncDisposable
{
    /// <summary>Done when the transport has the word, which may change from then on; waits while the peer takes nothing. One word at a time. Cancelling ends the stream, and the wait soon.</summary>
    /// <exception cref="LinkException">The stream is over.</exception>
    ValueTask SayAsync(AgentWord word, CancellationToken cancellation);

    /// <returns>Null when the aggregator ended the stream in good order.</returns>
    /// <exception cref="LinkException">The stream is over for any other reason.</exception>
    ValueTask<AggregatorWord?> HearAsync(CancellationToken cancellation);
}

/// <summary>Opens streams.</summary>
internal interface IAggregatorDialer
{
    /// <summary>Begins to connect and returns at once; failure shows at the first word said or heard.</summary>
    IAggregatorLink Dial(CancellationToken cancellation);

    /// <summary>The stream that was dialled last is over: the next goes to another aggregator, where there is one.</summary>
    /// <param name="wasWelcomed">It was the right one, until now.</param>
    /// <returns>True when that other one has not turned us away since we were last welcome anywhere: it may be dialled without delay.</returns>
    bool TurnAway(bool wasWelcomed);

    /// <summary>Where the last stream went to, for the log.</summary>
    string Address { get; }
}

/// <summary>A stream that ended other than in good order.</summary>
/// <param name="reason">For the log, one line.</param>
/// <param name="isRefusal">True when the aggregator answered and wants nothing of this agent as it is.</param>
/// <param name="cause">What the transport threw; null when the agent ended it.</param>
internal sealed class LinkException(string reason, bool isRefusal = false, Exception? cause = null) : Exception(reason, cause)
{
    public bool IsRefusal => isRefusal;
}
