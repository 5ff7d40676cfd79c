using System.Diagnostics.CodeAnalysis;
using Homelab.Aggregator.Control;
using Homelab.Aggregator.Fleet;
using Homelab.Aggregator.KubeApi;

namespace Homelab.Aggregator.Leadership;

/// <summary>Leads while it holds a Kubernetes Lease; what grants rest on goes with the lease from leader to leader.</summary>
internal sealed class LeaseLeadership : BackgroundService, ILeadership
{
    private readonly Candidacy _candidacy;
    private readonly SharedLease _lease;
    private readonly TimeProvider _time;
    private readonly ILogger<LeaseLeadership> _logger;
    private volatile LeaderLoop? _loop;
    private volatile Tenancy? _tenancy;
    private volatile CancellationTokenSource? _resigning;
    private int _lastTerm;

    public LeaseLeadership(Candidacy candidacy, TimeProvider time, ILogger<LeaseLeadership> logger)
    {
        (_candidacy, _time, _logger) = (candidacy, time, logger);
        _lease = new SharedLease(candidacy.Client, candidacy.Namespace, candidacy.Lease, time);
    }

    public event Action? Changed;

    public LeadershipTerm? Term => _loop?.Term is { } held && _tenancy is { } tenancy && tenancy.Term.Number == held.Epoch ? tenancy.Term : null;

    public LeaderView View
    {
        get
        {
            var term = Term;
            return new LeaderView(true, term is not null, _candidacy.Identity, _loop?.Holder ?? "", term?.Number ?? 0, _loop?.Trouble?.ToString() ?? "");
        }
    }

    public override void Dispose()
    {
        base.Dispose();
        _lease.Dispose();
    }

    /// <summary>One round for each time that the lead is given up for a new term.</summary>
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        while (!stoppingToken.IsCancellationRequested)
        {
            using var resigning = CancellationTokenSource.CreateLinkedTokenSource(stoppingToken);
            _resigning = resigning;
            var election = new LeaderElection(_candidacy.Identity, _candidacy.Times, _lastTerm);
            _loop = new LeaderLoop(_lease, election, _candidacy.Times, _time, _candidacy.Random, Turn);
            await _loop.RunAsync(resigning.Token);
            _resigning = null;
        }
    }

    /// <summary>Called by the loop at the beginning and the end of a term, one call at a time.</summary>
    private void Turn(LeaderTerm? held)
    {
        if (_tenancy is { } last)
        {
            _tenancy = null;
            Log.TermEnded(_logger, last.Term.Number);
            // Those who wait for the end go on right here otherwise, in the middle of the election's own work.
            ThreadPool.UnsafeQueueUserWorkItem(static tenancy => tenancy.End(), last, preferLocal: false);
        }
        if (held is not null)
            Begin(held);
        ThreadPool.UnsafeQueueUserWorkItem(static self => self.Changed?.Invoke(), this, preferLocal: false);
    }

    private void Begin(LeaderTerm held)
    {
        var shared = SharedMemoryText.Read(_lease.Memory);
        if (shared is null && _lease.Memory.Length > 0)
            Log.MemoryUnreadable(_logger, _candidacy.Namespace, _candidacy.Lease);
        Log.TermBegan(_logger, held.Epoch, shared?.Memory.Nodes.Count ?? 0);
        _lastTerm = Math.Max(_lastTerm, held.Epoch);
        var tenancy = new Tenancy();
        tenancy.Term = new LeadershipTerm(held.Epoch, shared, tenancy.Ended)
        {
            ShareAsync = (stored, cancel) => ShareAsync(stored, held.Epoch, cancel),
            Resign = () => Resign(held.Epoch),
        };
        _tenancy = tenancy;
    }

    private async Task<string> ShareAsync(StoredControl stored, int term, CancellationToken cancel)
    {
        if (Term?.Number != term)
            return "this aggregator leads no more";
        var text = SharedMemoryText.Write(stored);
        return text is null
            ? $"{stored.Memory.Nodes.Count} nodes are more than a Lease can carry to the next leader"
            : await _lease.LeaveAsync(text, _candidacy.Identity, term, cancel);
    }

    private void Resign(int term)
    {
        if (Term?.Number != term || Interlocked.Exchange(ref _resigning, null) is not { } resigning)
            return;
        Log.Resigned(_logger, term);
        ThreadPool.UnsafeQueueUserWorkItem(static source => Cancel(source), resigning, preferLocal: false);
    }

    private static void Cancel(CancellationTokenSource source)
    {
        try
        {
            source.Cancel();
        }
        catch (ObjectDisposedException)
        {
            // The round is over already.
        }
    }

    /// <summary>A term with its end; lives as long as the term is held, and holds no handle.</summary>
    [SuppressMessage("Design", "CA1001", Justification = "No timer, no wait handle: there is nothing to let go.")]
    private sealed class Tenancy
    {
        private readonly CancellationTokenSource _ended = new();

        public LeadershipTerm Term { get; set; } = LeadershipTerm.Unending;

        public CancellationToken Ended => _ended.Token;

        public void End() => _ended.Cancel();
    }
}
