using Microsoft.AspNetCore.Http;

namespace Homelab.Rpc.Server;

/// <summary>The reasons for which a call ends before its handler does: the peer went, the deadline passed, the server drains.</summary>
internal sealed class CallEnding : IDisposable
{
    public static readonly RpcStatus Drained = new(RpcCode.Unavailable, "The server is shutting down.");
    private static readonly RpcStatus s_peerGone = new(RpcCode.Cancelled, "The peer cancelled.");
    private static readonly RpcStatus s_deadline = new(RpcCode.DeadlineExceeded, "The deadline passed.");

    private readonly CancellationTokenSource _source = new();
    private readonly TaskCompletionSource _forced = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly RpcServerOptions _options;
    private readonly ITimer? _deadline;
    private readonly CancellationTokenRegistration _aborted;
    private readonly CancellationTokenRegistration _draining;
    private ITimer? _grace;
    private RpcStatus? _status;
    private bool _disposed;

    public CallEnding(HttpContext http, RpcRuntime runtime, TimeSpan? timeout)
    {
        _options = runtime.Options;
        Cancelled = _source.Token;
        Draining = runtime.Draining;
        if (timeout <= GrpcTimeout.Longest)
            _deadline = Timer(static ending => ending.End(s_deadline), timeout.Value);
        _aborted = http.RequestAborted.UnsafeRegister(static ending => ((CallEnding)ending!).End(s_peerGone), this);
        _draining = Draining.UnsafeRegister(static ending => ((CallEnding)ending!).Drain(), this);
    }

    public CancellationToken Cancelled { get; }

    public CancellationToken Draining { get; }

    /// <summary>Completes when the status must go out whatever the handler does.</summary>
    public Task Forced => _forced.Task;

    /// <summary>Null while the call may go on.</summary>
    public RpcStatus? Status => Volatile.Read(ref _status);

    /// <summary>Nobody is left to be told.</summary>
    public bool PeerGone => Status == s_peerGone;

    /// <summary>A token for one operation that may have its own; the usual cases need no new one.</summary>
    public CancellationToken For(CancellationToken operation, out CancellationTokenSource? linked)
    {
        linked = operation.CanBeCanceled && operation != Cancelled
            ? CancellationTokenSource.CreateLinkedTokenSource(Cancelled, operation)
            : null;
        return linked?.Token ?? Cancelled;
    }

    public void Dispose()
    {
        _draining.Dispose();
        _aborted.Dispose();
        _deadline?.Dispose();
        lock (_source)
        {
            _disposed = true;
            _grace?.Dispose();
        }

        _source.Dispose();
    }

    private void Drain()
    {
        lock (_source)
            if (!_disposed)
                _grace = Timer(static ending => ending.End(Drained), _options.Grace);
    }

    private void End(RpcStatus status)
    {
        if (Interlocked.CompareExchange(ref _status, status, null) is not null)
            return;
        try
        {
            _source.Cancel();
        }
        catch (ObjectDisposedException)
        {
            // The handler ended in the same moment.
        }

        if (!PeerGone)
            _forced.TrySetResult();
    }

    private ITimer Timer(Action<CallEnding> action, TimeSpan after) =>
        _options.TimeProvider.CreateTimer(_ => action(this), null, after, Timeout.InfiniteTimeSpan);
}
