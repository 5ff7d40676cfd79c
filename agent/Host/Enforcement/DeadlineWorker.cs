using Homelab.NodeAgent.Sampling;

namespace Homelab.NodeAgent.Enforcement;

/// <summary>A thread for calls that may hang in the kernel: whoever asks waits no longer than a deadline, and asks nothing more until the call has returned.</summary>
internal sealed class DeadlineWorker : IDisposable
{
    /// <summary>Files and a library call need no deep stack.</summary>
    private const int StackBytes = 256 * 1024;

    private readonly string _name;
    private readonly object _bell = new();
    private Action? _job;
    private readonly Bell _done;
    private bool _isBusy;
    private bool _isStarted;
    private bool _isDisposed;

    public DeadlineWorker(string name, TimeProvider time) => (_name, _done) = (name, new Bell(time));

    /// <summary>True while a call has not returned.</summary>
    public bool IsBusy
    {
        get
        {
            lock (_bell)
                return _isBusy;
        }
    }

    /// <summary>Why the last call failed: the exception's type and message; null when it did not. Calls are expected never to throw.</summary>
    public string? Failure { get; private set; }

    /// <returns>False when it was still busy with an earlier call, or when this one has not returned in time: it then goes on by itself.</returns>
    public ValueTask<bool> RunAsync(Action job, TimeSpan deadline)
    {
        lock (_bell)
        {
            if (_isBusy || _isDisposed)
                return ValueTask.FromResult(false);
            if (!_isStarted)
                new Thread(Run, StackBytes) { IsBackground = true, Name = _name }.Start();
            _isStarted = true;
            (_job, _isBusy) = (job, true);
            // A job that came back late rang for nobody.
            _done.Hush();
            Monitor.Pulse(_bell);
            return _done.WaitAsync(deadline);
        }
    }

    /// <summary>The thread ends as soon as it comes back from where it is.</summary>
    public void Dispose()
    {
        lock (_bell)
        {
            _isDisposed = true;
            Monitor.Pulse(_bell);
        }
        _done.Dispose();
    }

    private void Run()
    {
        while (Next() is { } job)
        {
            var failure = (string?)null;
            try
            {
                job();
            }
            catch (Exception error)
            {
                failure = $"{error.GetType().Name}: {error.Message}";
            }
            lock (_bell)
            {
                (Failure, _isBusy) = (failure, false);
                _done.Ring();
            }
        }
    }

    private Action? Next()
    {
        lock (_bell)
        {
            while (_job is null && !_isDisposed)
                Monitor.Wait(_bell);
            var job = _job;
            _job = null;
            return job;
        }
    }
}
