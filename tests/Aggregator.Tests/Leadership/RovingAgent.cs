using Homelab.Aggregator.Ingest;
using Homelab.Aggregator.Tests.Fakes;
using Homelab.NodeAgent.V1;
using Homelab.Rpc;
using Homelab.TestKit;

namespace Homelab.Aggregator.Tests.Leadership;

/// <summary>An agent that knows several aggregators, stays with the one that takes it, and keeps the rules of leases by itself.</summary>
internal sealed class RovingAgent(string node, byte instance, ManualClock time, RpcChannel[] candidates) : IAsyncDisposable
{
    public const double Ceiling = 65;

    private static readonly TimeSpan SafeShareAfter = TimeSpan.FromSeconds(75);

    private readonly Lock _lock = new();
    private readonly SemaphoreSlim _writing = new(1, 1);
    private RpcCall<AgentMessage, AggregatorMessage>? _call;
    private Task _reading = Task.CompletedTask;
    private TaskCompletionSource _acknowledged = new();
    private ulong _reports;
    private Grant? _taken;
    private double? _cap;
    private double _safeShare;
    private TimeSpan _ends;
    private LeaseState _told;

    public string Node => node;

    public double Demand { get; set; } = 60;

    /// <summary>False: the machine is cut off, and only its lease runs.</summary>
    public bool IsConnected { get; set; } = true;

    /// <summary>Which of the candidates it is with, or tries next.</summary>
    public int At { get; private set; }

    /// <summary>Why it was turned away last; empty before.</summary>
    public string Refusal { get; private set; } = "";

    public string Goodbye { get; private set; } = "";

    /// <summary>Of every grant that it took.</summary>
    public List<(ulong Epoch, int From)> Taken { get; } = [];

    public bool IsHeard => _call is not null && !_reading.IsCompleted;

    public LeaseState Standing
    {
        get
        {
            var now = Now;
            return _cap is null ? LeaseState.None : now < _ends ? LeaseState.Live : now < _ends + SafeShareAfter ? LeaseState.Expired : LeaseState.Safe;
        }
    }

    /// <summary>The most that it draws at this moment.</summary>
    public double Effective
    {
        get
        {
            lock (_lock)
                return Held();
        }
    }

    private TimeSpan Now => time.GetElapsedTime(0);

    /// <summary>Dials, or reports and waits until that is in.</summary>
    public async Task StepAsync()
    {
        if (!IsConnected || (_call is not null && _reading.IsCompleted))
        {
            await HangUpAsync();
            return;
        }
        if (_call is null && !await DialAsync())
            return;
        try
        {
            await TellAsync();
            var report = Wire.Report(++_reports, Math.Min(Demand, Effective), 0);
            report.MonotonicUs = (ulong)Now.TotalMicroseconds + 1;
            _acknowledged = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            await SayAsync(Wire.Say(report));
            await Task.WhenAny(_acknowledged.Task, _reading).InTime();
        }
        catch (RpcException)
        {
            await _reading.InTime();
        }
    }

    /// <summary>As if another aggregator had granted the same under a newer epoch; said with the next step.</summary>
    public void StandUnder(ulong epoch)
    {
        lock (_lock)
            _taken = new Grant(_taken) { Epoch = epoch };
        _told = LeaseState.Unspecified;
    }

    public async ValueTask DisposeAsync()
    {
        await HangUpAsync();
        _writing.Dispose();
    }

    private async Task<bool> DialAsync()
    {
        var call = candidates[At].Open(WireMap.Connect);
        try
        {
            await call.WriteAsync(Wire.Say(Wire.Hello(node, instance)));
            if (await call.ReadAsync().InTime() is not { Welcome: not null })
                throw new RpcException(RpcCode.Internal, "no welcome");
        }
        catch (RpcException refused)
        {
            Refusal = refused.Message;
            await call.DisposeAsync();
            At = (At + 1) % candidates.Length;
            return false;
        }
        (_call, _reports, _told) = (call, 0, LeaseState.Unspecified);
        _reading = ReadAsync(call, At);
        await SayAsync(new AgentMessage { CapRange = CappedAgent.Range() });
        return true;
    }

    private async Task HangUpAsync()
    {
        if (_call is not { } call)
            return;
        _call = null;
        await call.DisposeAsync();
        await _reading.InTime();
        At = (At + 1) % candidates.Length;
    }

    /// <summary>Unasked, whenever the lease stands otherwise than was said last.</summary>
    private async Task TellAsync()
    {
        if (Standing == _told)
            return;
        _told = Standing;
        await SayAsync(Applied(ApplyResult.Ok));
    }

    private async Task SayAsync(AgentMessage message)
    {
        await _writing.WaitAsync();
        try
        {
            if (_call is { } call)
                await call.WriteAsync(message).InTime();
        }
        finally
        {
            _writing.Release();
        }
    }

    private async Task ReadAsync(RpcCall<AgentMessage, AggregatorMessage> call, int from)
    {
        try
        {
            while (await call.ReadAsync() is { } message)
            {
                if (message.Goodbye is { } goodbye)
                    Goodbye = goodbye.Reason;
                if (message.Acknowledged is not null)
                    _acknowledged.TrySetResult();
                if (message.Grant is { } grant)
                    await SayAsync(Applied(Take(grant, from)));
            }
        }
        catch (Exception end) when (end is RpcException or OperationCanceledException or ObjectDisposedException)
        {
            // The stream is over.
        }
    }

    private ApplyResult Take(Grant grant, int from)
    {
        lock (_lock)
        {
            if (_taken is { } last && (grant.Epoch < last.Epoch || (grant.Epoch == last.Epoch && grant.Sequence <= last.Sequence)))
                return ApplyResult.Rejected;
            var (cap, ends) = (grant.CapMicrowatts / 1e6, TimeSpan.FromMicroseconds(grant.BasisMonotonicUs) + TimeSpan.FromMilliseconds(grant.TimeToLiveMs));
            // A lease that is over on arrival can only lower the node.
            _cap = ends > Now ? cap : Math.Min(Held(), cap);
            (_taken, _ends, _safeShare) = (grant, ends, grant.HasSafeShareMicrowatts ? grant.SafeShareMicrowatts / 1e6 : _safeShare);
            Taken.Add((grant.Epoch, from));
            return ApplyResult.Ok;
        }
    }

    private double Held() => (_cap, Standing) switch
    {
        (null, _) => Ceiling,
        ({ } cap, LeaseState.Live) => cap,
        ({ } cap, LeaseState.Expired) => Math.Min(cap, _safeShare),
        _ => _safeShare,
    };

    private AgentMessage Applied(ApplyResult result)
    {
        lock (_lock)
        {
            var applied = new Applied { Epoch = _taken?.Epoch ?? 0, Sequence = _taken?.Sequence ?? 0, Result = result, Lease = Standing };
            if (_cap is not null)
                (applied.EffectiveCapMicrowatts, applied.SafeShareMicrowatts) = ((ulong)(Held() * 1e6), (ulong)(_safeShare * 1e6));
            return new AgentMessage { Applied = applied };
        }
    }
}
