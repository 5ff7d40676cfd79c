using System.Threading.Channels;
using Homelab.Aggregator.Fleet;

namespace Homelab.Aggregator.Control;

/// <summary>Stores what the control loop must remember, off its thread, and tells it how each attempt went. While the disk is slow, states in between are skipped.</summary>
internal sealed class ControlStoreLoop(ControlFile file, ControlInbox inbox, TimeProvider time) : BackgroundService
{
    private readonly Channel<StoredControl> _offers = Channel.CreateBounded<StoredControl>(
        new BoundedChannelOptions(1) { FullMode = BoundedChannelFullMode.DropOldest, SingleReader = true });

    /// <summary>Never blocks.</summary>
    public void Offer(StoredControl stored) => _offers.Writer.TryWrite(stored);

    /// <summary>Stores the last offer before it returns.</summary>
    public override async Task StopAsync(CancellationToken cancellationToken)
    {
        await base.StopAsync(cancellationToken);
        if (_offers.Reader.TryRead(out var last))
            Store(last);
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        await foreach (var stored in _offers.Reader.ReadAllAsync(stoppingToken))
            inbox.Post(Store(stored), isVital: true);
    }

    private ControlStored Store(StoredControl stored)
    {
        try
        {
            file.Store(stored);
            return new ControlStored(stored, "", Moment.Of(time));
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            return new ControlStored(stored, failure.Message, Moment.Of(time));
        }
    }
}
