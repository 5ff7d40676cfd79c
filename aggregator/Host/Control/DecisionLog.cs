using System.Collections.Immutable;
using Homelab.Aggregator.Budgeting;
using Homelab.Aggregator.Orders;
using Homelab.Units;

namespace Homelab.Aggregator.Control;

/// <summary>
/// Answers "why was rk1-2 cut at 18:03". Decisions are taken in without waiting and are on disk at most a second later; the writing
/// is this loop's alone.
/// </summary>
internal sealed class DecisionLog(DecisionFiles files, TimeProvider time, ILogger<DecisionLog> logger) : BackgroundService, IDecisionHistory
{
    public static readonly TimeSpan Pace = TimeSpan.FromSeconds(1);

    /// <summary>Kept while the disk takes nothing; older ones are lost then.</summary>
    private const int MostPending = 4096;

    private readonly Lock _pendingLock = new();
    private readonly Lock _fileLock = new();
    private readonly SemaphoreSlim _added = new(0, 1);
    private List<Decision> _pending = [];
    private bool _failed;

    /// <summary>Never blocks.</summary>
    public void Add(ImmutableArray<Decision> decisions)
    {
        if (decisions.IsEmpty)
            return;
        lock (_pendingLock)
        {
            _pending.AddRange(decisions);
            if (_pending.Count > MostPending)
                _pending.RemoveRange(0, _pending.Count - MostPending);
            if (_added.CurrentCount == 0)
                _added.Release();
        }
    }

    public IReadOnlyList<Decision> Read(NodeName? node, DateTimeOffset since, int most)
    {
        var found = new List<Decision>();
        lock (_fileLock)
        {
            foreach (var line in files.Lines())
                Keep(DecisionFormat.Read(line));
            lock (_pendingLock)
                _pending.ForEach(Keep);
        }
        return found.Count <= most ? found : found[^most..];

        void Keep(Decision? decision)
        {
            if (decision is not null && decision.At >= since && (node is null || decision.Node == node))
                found.Add(decision);
        }
    }

    public override Task StartAsync(CancellationToken cancellationToken)
    {
        Guarded(files.Mend);
        return base.StartAsync(cancellationToken);
    }

    /// <summary>Writes what is left before it returns.</summary>
    public override async Task StopAsync(CancellationToken cancellationToken)
    {
        await base.StopAsync(cancellationToken);
        Flush();
    }

    public override void Dispose()
    {
        _added.Dispose();
        base.Dispose();
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        while (true)
        {
            await _added.WaitAsync(stoppingToken);
            Flush();
            await Task.Delay(Pace, time, stoppingToken);
        }
    }

    private void Flush()
    {
        lock (_fileLock)
        {
            List<Decision> taken;
            lock (_pendingLock)
                (taken, _pending) = (_pending, []);
            if (taken.Count == 0 || Guarded(() => files.Append([.. taken.SelectMany(DecisionFormat.Write)])))
                return;
            lock (_pendingLock)
            {
                _pending.InsertRange(0, taken);
                if (_added.CurrentCount == 0)
                    _added.Release();
            }
        }
    }

    private bool Guarded(Action write)
    {
        try
        {
            write();
            if (_failed)
                Log.HistoryBack(logger);
            _failed = false;
            return true;
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            if (!_failed)
                Log.HistoryFailed(logger, failure.Message);
            _failed = true;
            return false;
        }
    }
}
