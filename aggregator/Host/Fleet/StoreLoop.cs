using System.Threading.Channels;

namespace Homelab.Aggregator.Fleet;

/// <summary>Stores what a loop offers, off that loop. While the disk is slow, offers in between are skipped: the newest says all.</summary>
/// <typeparam name="TOffer">Immutable, and whole: no offer adds to an earlier one.</typeparam>
/// <typeparam name="TResult">What came of it.</typeparam>
internal abstract class StoreLoop<TOffer, TResult> : BackgroundService
{
    private readonly Channel<TOffer> _offers = Channel.CreateBounded<TOffer>(
        new BoundedChannelOptions(1) { FullMode = BoundedChannelFullMode.DropOldest, SingleReader = true });

    /// <summary>Never blocks.</summary>
    public void Offer(TOffer offer) => _offers.Writer.TryWrite(offer);

    /// <summary>Stores the last offer before it returns. Whoever would be told has stopped, too.</summary>
    public override async Task StopAsync(CancellationToken cancellationToken)
    {
        await base.StopAsync(cancellationToken);
        if (_offers.Reader.TryRead(out var last))
            await StoreAsync(last, cancellationToken);
    }

    /// <summary>A disk that fails is a result.</summary>
    protected abstract ValueTask<TResult> StoreAsync(TOffer offer, CancellationToken cancellationToken);

    /// <summary>Hands the result to whoever waits for it.</summary>
    protected abstract ValueTask TellAsync(TResult result, CancellationToken cancellationToken);

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        await foreach (var offer in _offers.Reader.ReadAllAsync(stoppingToken))
            await TellAsync(await StoreAsync(offer, stoppingToken), stoppingToken);
    }
}
