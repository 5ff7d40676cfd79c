using System.Threading.Channels;
using Homelab.Aggregator.Fleet;
using Homelab.Aggregator.Leadership;

namespace Homelab.Aggregator.Control;

/// <summary>Stores what the control loop must remember, on disk and where the next leader finds it, off its thread, and tells it how each attempt went. While the disk is slow, states in between are skipped.</summary>
internal sealed class ControlStoreLoop(ControlFile file, ControlInbox inbox, TimeProvider time) : BackgroundService
{
    private readonly Channel<(StoredControl Stored, LeadershipTerm Term)> _offers = Channel.CreateBounded<(StoredControl, LeadershipTerm)>(
        new BoundedChannelOptions(1) { FullMode = BoundedChannelFullMode.DropOldest, SingleReader = true });

    /// <summary>Never blocks.</summary>
    /// <param name="term">The one that it is of: in a later one it is not shared any more.</param>
    public void Offer(StoredControl stored, LeadershipTerm term) => _offers.Writer.TryWrite((stored, term));

    /// <summary>Stores the last offer before it returns.</summary>
    public override async Task StopAsync(CancellationToken cancellationToken)
    {
        await base.StopAsync(cancellationToken);
        if (_offers.Reader.TryRead(out var last))
            await StoreAsync(last.Stored, last.Term, cancellationToken);
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        await foreach (var (stored, term) in _offers.Reader.ReadAllAsync(stoppingToken))
            inbox.Post(await StoreAsync(stored, term, stoppingToken), isVital: true);
    }

    private async Task<ControlStored> StoreAsync(StoredControl stored, LeadershipTerm term, CancellationToken cancelled)
    {
        try
        {
            file.Store(stored);
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            return new ControlStored(stored, failure.Message, Moment.Of(time), term.Number);
        }
        return new ControlStored(stored, await term.ShareAsync(stored, cancelled), Moment.Of(time), term.Number);
    }
}
