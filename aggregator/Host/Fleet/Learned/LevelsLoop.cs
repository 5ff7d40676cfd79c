namespace Homelab.Aggregator.Fleet.Learned;

/// <summary>Stores what is learned of the nodes, as <see cref="FleetLevels.Write"/> gives it. Nobody waits for the result: only a change of it is told, in the log.</summary>
internal sealed class LevelsLoop(LevelsFile file, ILogger<LevelsLoop> logger) : StoreLoop<byte[], string?>
{
    /// <summary>A crash loses so much of 30 days at most, and an SD card is spared.</summary>
    public static readonly TimeSpan Interval = TimeSpan.FromMinutes(15);

    private bool _failed;

    /// <summary>Null when it is stored, else why it is not.</summary>
    protected override ValueTask<string?> StoreAsync(byte[] offer, CancellationToken cancellationToken)
    {
        var failure = Store(offer);
        if (failure is null && _failed)
            Log.LevelsBack(logger);
        else if (failure is not null && !_failed)
            Log.LevelsFailed(logger, failure);
        _failed = failure is not null;
        return ValueTask.FromResult(failure);
    }

    protected override ValueTask TellAsync(string? result, CancellationToken cancellationToken) => ValueTask.CompletedTask;

    private string? Store(byte[] levels)
    {
        try
        {
            file.Store(levels);
            return null;
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            return failure.Message;
        }
    }
}
