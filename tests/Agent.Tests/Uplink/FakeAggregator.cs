using System.Collections.Concurrent;
using System.Threading.Channels;
using Homelab.NodeAgent.Uplink;

namespace Homelab.NodeAgent.Tests.Uplink;

/// <summary>An aggregator in memory: takes words, answers as a test tells it to.</summary>
internal sealed class FakeAggregator : IAggregatorDialer
{
    private readonly ConcurrentQueue<FakeLink> _links = new();

    /// <summary>When set, dialling gives streams that fail with this.</summary>
    public LinkException? Away { get; set; }

    /// <summary>Whether Hello is welcomed and reports are acknowledged.</summary>
    public bool Answers { get; set; } = true;

    /// <summary>When set, words are taken no more: the peer's window is shut.</summary>
    public bool IsStuck { get; set; }

    public IReadOnlyCollection<FakeLink> Links => _links;

    public IEnumerable<AgentWord> Heard => _links.SelectMany(l => l.Heard);

    public IEnumerable<AgentWord.Report> Reports => Heard.OfType<AgentWord.Report>();

    /// <summary>How often another one may be dialled without delay.</summary>
    public int Others { get; set; }

    public List<bool> TurnedAway { get; } = [];

    public string Address => "http://hub:8766";

    public bool TurnAway(bool wasWelcomed)
    {
        TurnedAway.Add(wasWelcomed);
        return Others-- > 0;
    }

    public IAggregatorLink Dial(CancellationToken cancellation)
    {
        var link = new FakeLink(this, Away);
        _links.Enqueue(link);
        return link;
    }
}

internal sealed class FakeLink(FakeAggregator aggregator, LinkException? failure) : IAggregatorLink
{
    private readonly Channel<AggregatorWord> _answers = Channel.CreateUnbounded<AggregatorWord>();
    private readonly ConcurrentQueue<AgentWord> _heard = new();

    public IReadOnlyCollection<AgentWord> Heard => _heard;

    public bool IsDisposed { get; private set; }

    public void Say(AggregatorWord word) => _answers.Writer.TryWrite(word);

    /// <summary>Ends the stream: in good order without an exception.</summary>
    public void End(LinkException? error = null) => _answers.Writer.TryComplete(error);

    public async ValueTask SayAsync(AgentWord word, CancellationToken cancellation)
    {
        if (failure is not null)
            throw failure;
        if (aggregator.IsStuck)
            await Task.Delay(Timeout.InfiniteTimeSpan, TimeProvider.System, cancellation);
        // The list of changes is the sender's and changes with the next report.
        _heard.Enqueue(word is AgentWord.Report sent ? sent with { Changed = [.. sent.Changed] } : word);
        if (!aggregator.Answers)
            return;
        if (word is AgentWord.Hello)
            Say(new AggregatorWord.Welcome(null, null));
        if (word is AgentWord.Report report)
            Say(new AggregatorWord.Acknowledged(report.Sequence));
    }

    public async ValueTask<AggregatorWord?> HearAsync(CancellationToken cancellation)
    {
        if (failure is not null)
            throw failure;
        try
        {
            return await _answers.Reader.ReadAsync(cancellation);
        }
        catch (ChannelClosedException closed)
        {
            return closed.InnerException is LinkException error ? throw error : null;
        }
    }

    public ValueTask DisposeAsync()
    {
        IsDisposed = true;
        return ValueTask.CompletedTask;
    }
}
