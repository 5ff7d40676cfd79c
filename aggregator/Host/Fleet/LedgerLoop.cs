namespace Homelab.Aggregator.Fleet;

/// <summary>Stores the ledger when it changed, as often as it is offered (once a second), and reports each result back as <see cref="LedgerStored"/>.</summary>
internal sealed class LedgerLoop(EnergyLedgerFile file, FleetEvents events, TimeProvider time) : StoreLoop<EnergyLedger, LedgerStored?>
{
    private EnergyLedger? _stored;
    private bool _failed;

    /// <summary>Null when there was nothing to do.</summary>
    protected override ValueTask<LedgerStored?> StoreAsync(EnergyLedger offer, CancellationToken cancellationToken) => ValueTask.FromResult(Store(offer));

    protected override async ValueTask TellAsync(LedgerStored? result, CancellationToken cancellationToken)
    {
        if (result is not null)
            await events.PostAsync(result, cancellationToken);
    }

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
