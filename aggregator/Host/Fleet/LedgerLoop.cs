using System.Threading.Channels;

namespace Homelab.Aggregator.Fleet;

/// <summary>
/// Stores the ledger when it changed, as often as it is offered (once a second), off the fleet's own loop, and reports each result
/// back as <see cref="LedgerStored"/>. While the disk is slow, ledgers in between are skipped: the newest says all.
/// </summary>
internal sealed class LedgerLoop(EnergyLedgerFile file, FleetEvents events, TimeProvider time) : BackgroundService
{
    private readonly Channel<EnergyLedger> _offers = Channel.CreateBounded<EnergyLedger>(
        new BoundedChannelOptions(1) { FullMode = BoundedChannelFullMode.DropOldest, SingleReader = true });

    private EnergyLedger? _stored;
    private bool _failed;

    /// <summary>Never blocks.</summary>
    public void Offer(EnergyLedger ledger) => _offers.Writer.TryWrite(ledger);

    /// <summary>Stores the last offer before it returns.</summary>
    public override async Task StopAsync(CancellationToken cancellationToken)
    {
        await base.StopAsync(cancellationToken);
        if (_offers.Reader.TryRead(out var last))
            Store(last);
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        await foreach (var ledger in _offers.Reader.ReadAllAsync(stoppingToken))
        {
            if (Store(ledger) is { } stored)
                await events.PostAsync(stored, stoppingToken);
        }
    }

    /// <summary>Null when there was nothing to do.</summary>
    private LedgerStored? Store(EnergyLedger ledger)
    {
        if (ReferenceEquals(ledger, _stored) && !_failed)
            return null;
        try
        {
            file.Store(ledger);
            (_stored, _failed) = (ledger, false);
            return new LedgerStored(ledger, "", Moment.Of(time));
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            _failed = true;
            return new LedgerStored(ledger, failure.Message, Moment.Of(time));
        }
    }
}
