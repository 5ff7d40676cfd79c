using System.Threading.Tasks.Sources;

namespace Homelab.NodeAgent.Sampling;

/// <summary>Wakes one waiter, without memory of its own for each wait: loops that wait every second for years leave no garbage. Rings without a waiter are one ring for the next.</summary>
/// <remarks>Rung from any thread; one wait at a time, and each wait is awaited once. The waiter goes on on a pool thread, never inside <see cref="Ring"/>.</remarks>
/// <param name="time">For waits with a limit; null: there are none.</param>
internal sealed class Bell(TimeProvider? time = null) : IValueTaskSource<bool>, IDisposable
{
    private readonly Lock _gate = new();
    private ManualResetValueTaskSourceCore<bool> _wait = new() { RunContinuationsAsynchronously = true };
    private CancellationTokenRegistration _cancelling;
    private ITimer? _timer;
    private TimeSpan _limit;
    private long _begun;
    private bool _isWaiting;
    private bool _isRung;
    private bool _isDisposed;

    /// <summary>Wakes the waiter, or the next one at once.</summary>
    public void Ring()
    {
        lock (_gate)
        {
            _isRung = !_isWaiting;
            End();
        }
    }

    /// <summary>Forgets a ring that nobody waited for.</summary>
    public void Hush()
    {
        lock (_gate)
            _isRung = false;
    }

    /// <returns>True.</returns>
    /// <exception cref="OperationCanceledException">Cancelled before it rang.</exception>
    public ValueTask<bool> WaitAsync(CancellationToken cancellation)
    {
        if (cancellation.IsCancellationRequested)
            return ValueTask.FromCanceled<bool>(cancellation);
        var ringing = Begin(Timeout.InfiniteTimeSpan);
        if (!ringing.IsCompleted && cancellation.CanBeCanceled)
            _cancelling = cancellation.UnsafeRegister(static (bell, token) => ((Bell)bell!).Cancel(token), this);
        return ringing;
    }

    /// <returns>False where it did not ring in time.</returns>
    public ValueTask<bool> WaitAsync(TimeSpan limit) => Begin(limit);

    public void Dispose()
    {
        lock (_gate)
            _isDisposed = true;
        _timer?.Dispose();
    }

    bool IValueTaskSource<bool>.GetResult(short token)
    {
        _cancelling.Dispose();
        _cancelling = default;
        return _wait.GetResult(token);
    }

    ValueTaskSourceStatus IValueTaskSource<bool>.GetStatus(short token) => _wait.GetStatus(token);

    void IValueTaskSource<bool>.OnCompleted(Action<object?> continuation, object? state, short token, ValueTaskSourceOnCompletedFlags flags) =>
        _wait.OnCompleted(continuation, state, token, flags);

    private ValueTask<bool> Begin(TimeSpan limit)
    {
        lock (_gate)
        {
            if (_isRung)
            {
                _isRung = false;
                return ValueTask.FromResult(true);
            }
            _wait.Reset();
            _isWaiting = true;
            if (limit != Timeout.InfiniteTimeSpan)
                Limit(limit);
            return new ValueTask<bool>(this, _wait.Version);
        }
    }

    private void Limit(TimeSpan limit)
    {
        if (time is null || _isDisposed)
            throw new InvalidOperationException("this bell knows no time");
        (_limit, _begun) = (limit, time.GetTimestamp());
        _timer ??= time.CreateTimer(static bell => ((Bell)bell!).OnLimit(), this, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
        _timer.Change(limit, Timeout.InfiniteTimeSpan);
    }

    private void OnLimit()
    {
        lock (_gate)
        {
            if (!_isWaiting || _limit == default)
                return;
            // The timer of an earlier wait may come late.
            var left = _limit - time!.GetElapsedTime(_begun);
            if (left > TimeSpan.Zero)
                _timer!.Change(left, Timeout.InfiniteTimeSpan);
            else
                End(rang: false);
        }
    }

    /// <summary>Under the gate.</summary>
    private void End(bool rang = true)
    {
        if (!_isWaiting)
            return;
        _isWaiting = false;
        if (_limit != default)
        {
            _limit = default;
            _timer?.Change(Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
        }
        _wait.SetResult(rang);
    }

    private void Cancel(CancellationToken token)
    {
        lock (_gate)
        {
            if (!_isWaiting)
                return;
            _isWaiting = false;
            _wait.SetException(new OperationCanceledException(token));
        }
    }
}
