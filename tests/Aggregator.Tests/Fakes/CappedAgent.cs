using Homelab.Aggregator.Ingest;
using Homelab.NodeAgent.V1;
using Homelab.Rpc;
using Homelab.TestKit;

namespace Homelab.Aggregator.Tests.Fakes;

/// <summary>An agent's side of a stream that can be held: it reports when told to, answers grants by itself, and reads all the time.</summary>
internal sealed class CappedAgent : IAsyncDisposable
{
    private const int MostTurns = 3000;

    private readonly RpcCall<AgentMessage, AggregatorMessage> _call;
    private readonly ManualClock _time;
    private readonly SemaphoreSlim _writing = new(1, 1);
    private readonly SemaphoreSlim _acknowledged = new(0);
    private readonly Lock _lock = new();
    private readonly List<Grant> _grants = [];
    private Task _reading = Task.CompletedTask;
    private ulong _sequence;
    private bool _hasLeft;

    private CappedAgent(RpcCall<AgentMessage, AggregatorMessage> call, ManualClock time) => (_call, _time) = (call, time);

    /// <summary>False: grants are taken in and not answered.</summary>
    public bool Answers { get; set; } = true;

    public double Watts { get; set; } = 30;

    public Welcome Welcome { get; private set; } = new();

    public Goodbye? Goodbye { get; private set; }

    public IReadOnlyList<Grant> Grants
    {
        get
        {
            lock (_lock)
                return [.. _grants];
        }
    }

    /// <summary>Says Hello and, when it can be held, what to; uncapped so far.</summary>
    public static async Task<CappedAgent> JoinAsync(RunningAggregator aggregator, RpcChannel channel, string node = "um890", bool saysRange = true, byte instance = 1)
    {
        var agent = new CappedAgent(channel.Open(WireMap.Connect), aggregator.Time);
        await agent._call.WriteAsync(Wire.Say(Wire.Hello(node, instance)));
        agent.Welcome = (await agent._call.ReadAsync().InTime())!.Welcome;
        agent._reading = agent.ReadAsync();
        if (saysRange)
        {
            await agent.SayAsync(new AgentMessage { CapRange = Range() });
            await agent.SayAsync(new AgentMessage { Applied = new Applied { Result = ApplyResult.Ok, Lease = LeaseState.None } });
        }
        return agent;
    }

    public static CapRange Range() => new() { Enforcing = true, FloorMicrowatts = 14_000_000, CeilingMicrowatts = 65_000_000, IdleMicrowatts = 8_000_000, SettleMs = 1000, UncertaintyMicros = 10_000 };

    public async Task SayAsync(AgentMessage message)
    {
        await _writing.WaitAsync();
        try
        {
            if (!_hasLeft)
                await _call.WriteAsync(message).InTime();
        }
        finally
        {
            _writing.Release();
        }
    }

    /// <summary>One report, taken in when this returns.</summary>
    public async Task ReportAsync()
    {
        await SayReportAsync();
        Assert.True(await _acknowledged.WaitAsync(TimeSpan.FromSeconds(30)));
    }

    /// <summary>As <see cref="ReportAsync"/>, on a stream that the aggregator may be ending.</summary>
    public async Task TryReportAsync()
    {
        try
        {
            await SayReportAsync();
            await Task.WhenAny(_acknowledged.WaitAsync(), _reading).InTime();
        }
        catch (RpcException)
        {
            await _reading.InTime();
        }
    }

    private Task SayReportAsync()
    {
        var report = Wire.Report(++_sequence, Watts, 0);
        report.MonotonicUs = (ulong)_time.GetElapsedTime(0).TotalMicroseconds + 1;
        return SayAsync(Wire.Say(report));
    }

    /// <summary>Lets time pass, reporting, until a grant is as wanted.</summary>
    public async Task<Grant> UntilAsync(Func<Grant, bool> wanted)
    {
        for (var turn = 0; turn < MostTurns; turn++)
        {
            if (Grants.LastOrDefault(wanted) is { } grant)
                return grant;
            await TurnAsync();
        }
        throw new TimeoutException($"no such grant among {Grants.Count}; the last is {(Grants is [.., var last] ? last : null)}");
    }

    /// <summary>A quarter of a second and a report.</summary>
    public async Task TurnAsync()
    {
        _time.Advance(TimeSpan.FromMilliseconds(250));
        await ReportAsync();
    }

    /// <summary>The aggregator ends the stream.</summary>
    public Task EndedAsync() => _reading.InTime();

    public async Task LeaveAsync()
    {
        // A grant that comes now finds nobody who answers.
        await _writing.WaitAsync();
        try
        {
            _hasLeft = true;
            await _call.CompleteAsync();
        }
        finally
        {
            _writing.Release();
        }
        await _reading.InTime();
    }

    public async ValueTask DisposeAsync()
    {
        await _call.DisposeAsync();
        await _reading.InTime();
        _writing.Dispose();
        _acknowledged.Dispose();
    }

    private async Task ReadAsync()
    {
        try
        {
            while (await _call.ReadAsync() is { } message)
                await TakeAsync(message);
        }
        catch (Exception end) when (end is RpcException or OperationCanceledException or ObjectDisposedException)
        {
            // The stream is over.
        }
    }

    private async Task TakeAsync(AggregatorMessage message)
    {
        if (message.MessageCase == AggregatorMessage.MessageOneofCase.Goodbye)
            Goodbye = message.Goodbye;
        if (message.MessageCase == AggregatorMessage.MessageOneofCase.Acknowledged)
            _acknowledged.Release();
        if (message.MessageCase != AggregatorMessage.MessageOneofCase.Grant)
            return;
        var grant = message.Grant;
        lock (_lock)
            _grants.Add(grant);
        if (!Answers)
            return;
        var applied = new Applied { Epoch = grant.Epoch, Sequence = grant.Sequence, Result = ApplyResult.Ok, Lease = grant.Release ? LeaseState.None : LeaseState.Live };
        if (grant.HasCapMicrowatts)
            applied.EffectiveCapMicrowatts = grant.CapMicrowatts;
        if (grant.HasSafeShareMicrowatts && !grant.Release)
            applied.SafeShareMicrowatts = grant.SafeShareMicrowatts;
        await SayAsync(new AgentMessage { Applied = applied });
    }
}
