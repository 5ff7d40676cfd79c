using Homelab.Aggregator.Fleet;
using Homelab.Aggregator.Tests.Fakes;
using Homelab.Units;

namespace Homelab.Aggregator.Tests.Fleet;

public sealed class LedgerLoopTests : IDisposable
{
    private readonly MemorySlots _slots = new();
    private readonly FleetEvents _events = new();
    private readonly LedgerLoop _loop;

    public LedgerLoopTests() => _loop = new LedgerLoop(new EnergyLedgerFile(_slots), _events, Sample.Clock());

    public void Dispose() => _loop.Dispose();

    [Fact]
    public async Task Offer_ALedger_IsStoredAndReportedBack()
    {
        await _loop.StartAsync(default);
        var ledger = Ledger(3);
        _loop.Offer(ledger);

        var stored = Assert.IsType<LedgerStored>(await _events.Reader.ReadAsync().InTime());

        Assert.Same(ledger, stored.Ledger);
        Assert.Equal("", stored.Failure);
        Assert.Equal(Energy.FromJoules(3), new EnergyLedgerFile(_slots).Open().Ledger.FleetTotal);
        await _loop.StopAsync(default).InTime();
    }

    [Fact]
    public async Task Offer_WriteFails_ReportsTheFailureAndTriesTheSameLedgerAgain()
    {
        await _loop.StartAsync(default);
        var ledger = Ledger(3);
        _slots.Failure = "No space left on device";
        _loop.Offer(ledger);
        Assert.Equal("No space left on device", Assert.IsType<LedgerStored>(await _events.Reader.ReadAsync().InTime()).Failure);

        _slots.Failure = null;
        _loop.Offer(ledger);

        Assert.Equal("", Assert.IsType<LedgerStored>(await _events.Reader.ReadAsync().InTime()).Failure);
        await _loop.StopAsync(default).InTime();
    }

    [Fact]
    public async Task Stop_OfferNotTakenYet_IsStored()
    {
        await _loop.StartAsync(default);
        _loop.Offer(Ledger(8));

        await _loop.StopAsync(default).InTime();

        Assert.Equal(Energy.FromJoules(8), new EnergyLedgerFile(_slots).Open().Ledger.FleetTotal);
    }

    private static EnergyLedger Ledger(int joules) => EnergyLedger.Empty.Count(Sample.Node(), Sample.Instance(), Energy.FromJoules(joules)).Ledger;
}
