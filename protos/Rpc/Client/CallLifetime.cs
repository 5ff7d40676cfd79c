namespace Homelab.Rpc;

/// <summary>The reasons for which this side ends a call: its deadline, its caller, its disposal.</summary>
internal sealed class CallLifetime : IDisposable
{
    private readonly CancellationTokenSource _source;
    private readonly CancellationToken _caller;
    private readonly ITimer? _deadline;
    private volatile bool _expired;

    public CallLifetime(TimeProvider time, TimeSpan? timeout, CancellationToken caller)
    {
        Time = time;
        _caller = caller;
        _source = CancellationTokenSource.CreateLinkedTokenSource(caller);
        Token = _source.Token;
        if (timeout <= TimeSpan.Zero)
            Expire();
        else if (timeout <= GrpcTimeout.Longest)
            _deadline = time.CreateTimer(static state => ((CallLifetime)state!).Expire(), this, timeout.Value, Timeout.InfiniteTimeSpan);
    }

    /// <summary>The clock of the call's deadlines.</summary>
    public TimeProvider Time { get; }

    public CancellationToken Token { get; }

    public bool Ended => Token.IsCancellationRequested;

    /// <summary>The status of a call that this side ended.</summary>
    public RpcStatus Status => _expired
        ? new RpcStatus(RpcCode.DeadlineExceeded, "The deadline passed.")
        : new RpcStatus(RpcCode.Cancelled, "The call was cancelled here.");

    /// <summary>A token for one operation that may have its own; the usual cases need no new one.</summary>
    public CancellationToken For(CancellationToken operation, out CancellationTokenSource? linked)
    {
        linked = operation.CanBeCanceled && operation != _caller
            ? CancellationTokenSource.CreateLinkedTokenSource(Token, operation)
            : null;
        return linked?.Token ?? Token;
    }

    public void Cancel() => _source.Cancel();

    public void Dispose()
    {
        _deadline?.Dispose();
        _source.Dispose();
    }

    private void Expire()
    {
        _expired = true;
        try
        {
            _source.Cancel();
        }
        catch (ObjectDisposedException)
        {
            // The call ended as its deadline passed.
        }
    }
}
