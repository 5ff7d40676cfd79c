using System.Threading.Channels;

namespace Homelab.Aggregator.Fleet.Learned;

/// <summary>Stores what is learned of the nodes, off the fleet's own loop. While the disk is slow, offers in between are skipped: the newest says all.</summary>
internal sealed class LevelsLoop(LevelsFile file, ILogger<LevelsLoop> logger) : BackgroundService
{
    /// <summary>A crash loses so much of 30 days at most, and an SD card is spared.</summary>
    public static readonly TimeSpan Interval = TimeSpan.FromMinutes(15);

    private readonly Channel<byte[]> _offers = Channel.CreateBounded<byte[]>(
        new BoundedChannelOptions(1) { FullMode = BoundedChannelFullMode.DropOldest, SingleReader = true });

    private bool _failed;

    /// <summary>Never blocks.</summary>
    /// <param name="payload">As of <see cref="FleetLevels.Write"/>.</param>
    public void Offer(byte[] payload) => _offers.Writer.TryWrite(payload);

    /// <summary>Stores the last offer before it returns.</summary>
    public override async Task StopAsync(CancellationToken cancellationToken)
    {
        await base.StopAsync(cancellationToken);
        if (_offers.Reader.TryRead(out var last))
            Store(last);
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        await foreach (var payload in _offers.Reader.ReadAllAsync(stoppingToken))
            Store(payload);
    }

    private void Store(byte[] payload)
    {
        try
        {
            file.Store(payload);
            if (_failed)
                Log.LevelsBack(logger);
            _failed = false;
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            if (!_failed)
                Log.LevelsFailed(logger, failure.Message);
            _failed = true;
        }
    }
}
