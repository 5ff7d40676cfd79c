using Homelab.Aggregator.Fleet;
using Homelab.Aggregator.Tests.Fakes;

namespace Homelab.Aggregator.Tests.Fleet;

public sealed class FleetStoreTests
{
    private readonly FleetRoster _roster = new(Sample.Rules, EnergyLedger.Empty);

    [Fact]
    public async Task NewerThan_OlderVersion_IsTheCurrentSnapshot()
    {
        var store = new FleetStore(Next());

        Assert.Same(store.Current, await store.NewerThan(0, default).InTime());
    }

    [Fact]
    public async Task NewerThan_CurrentVersion_WaitsForTheNext()
    {
        var store = new FleetStore(Next());
        var waiting = store.NewerThan(store.Current.Version, default);
        Assert.False(waiting.IsCompleted);

        var next = Next();
        store.Publish(next);

        Assert.Same(next, await waiting.InTime());
        Assert.Same(next, store.Current);
    }

    [Fact]
    public async Task NewerThan_Cancelled_EndsTheWait()
    {
        using var ends = new CancellationTokenSource();
        var waiting = new FleetStore(Next()).NewerThan(99, ends.Token);

        await ends.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => waiting.InTime());
    }

    private FleetSnapshot Next() => _roster.Publish(default);
}
