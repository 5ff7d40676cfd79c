namespace Homelab.FakeKubernetes;

/// <summary>What goes wrong, and how often. Faults are used up by the requests that they meet; the first that fits counts. Safe for concurrent use.</summary>
internal sealed class FakeFaults : IDisposable
{
    private readonly Lock _gate = new();
    private readonly List<Fault> _faults = [];
    private CancellationTokenSource _drop = new();
    private TaskCompletionSource? _hold;
    private long _bookmarks;
    private TaskCompletionSource _bookmark = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>Every connection is cut at once, watches included, as if the server were gone.</summary>
    public bool IsDown
    {
        get;
        set
        {
            field = value;
            if (value)
                DropWatches();
        }
    }

    /// <summary>Each answer is late by this on the server's time provider.</summary>
    public TimeSpan Delay { get; set; }

    /// <summary>The next requests end in a Status.</summary>
    /// <param name="which">Null: any request.</param>
    public void Next(int count, int status, TimeSpan? retryAfter = null, Func<FakeRequest, bool>? which = null) => Add(new Fault(count, which, status, retryAfter, null, false));

    /// <summary>The next requests are answered with 200 and this body.</summary>
    public void NextBody(int count, string body, Func<FakeRequest, bool>? which = null) => Add(new Fault(count, which, 200, null, body, false));

    /// <summary>The next requests are carried out, and then the connection is cut instead of an answer.</summary>
    public void NextAnswerLost(int count, Func<FakeRequest, bool>? which = null) => Add(new Fault(count, which, 0, null, null, true));

    /// <summary>All open watches break off.</summary>
    public void DropWatches()
    {
        lock (_gate)
        {
            _drop.Cancel();
            _drop = new CancellationTokenSource();
        }
    }

    /// <summary>From now on requests wait, until <see cref="Release"/>.</summary>
    public void Hold()
    {
        lock (_gate)
            _hold ??= new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
    }

    public void Release()
    {
        lock (_gate)
        {
            _hold?.SetResult();
            _hold = null;
        }
    }

    /// <summary>Each open watch sends a bookmark with the present version.</summary>
    public void SendBookmarks()
    {
        lock (_gate)
        {
            _bookmarks++;
            _bookmark.SetResult();
            _bookmark = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        }
    }

    public void Dispose() => _drop.Dispose();

    internal CancellationToken Dropped
    {
        get
        {
            lock (_gate)
                return _drop.Token;
        }
    }

    internal Task Held
    {
        get
        {
            lock (_gate)
                return _hold?.Task ?? Task.CompletedTask;
        }
    }

    internal (long Count, Task Next) Bookmarks
    {
        get
        {
            lock (_gate)
                return (_bookmarks, _bookmark.Task);
        }
    }

    internal Fault? Take(FakeRequest request)
    {
        lock (_gate)
        {
            var fault = _faults.FirstOrDefault(fault => fault.Which is null || fault.Which(request));
            if (fault is not null && --fault.Left <= 0)
                _faults.Remove(fault);
            return fault;
        }
    }

    private void Add(Fault fault)
    {
        lock (_gate)
            _faults.Add(fault);
    }

    internal sealed class Fault(int count, Func<FakeRequest, bool>? which, int status, TimeSpan? retryAfter, string? body, bool loseAnswer)
    {
        public int Left { get; set; } = count;

        public Func<FakeRequest, bool>? Which => which;

        public int Status => status;

        public TimeSpan? RetryAfter => retryAfter;

        public string? Body => body;

        public bool LoseAnswer => loseAnswer;
    }
}
