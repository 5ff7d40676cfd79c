namespace Homelab.Aggregator.Fleet;

/// <summary>Log lines of the fleet, ids 100 to 199. An id is never used again for another line.</summary>
internal static partial class Log
{
    [LoggerMessage(100, LogLevel.Error, "{Happening} could not be applied and was dropped")]
    public static partial void EventFailed(ILogger logger, string happening, Exception failure);

    [LoggerMessage(101, LogLevel.Error, "energy is not stored: {Failure}; totals stand still until it is")]
    public static partial void StorageFailed(ILogger logger, string failure);

    [LoggerMessage(102, LogLevel.Information, "energy is stored again")]
    public static partial void StorageBack(ILogger logger);

    [LoggerMessage(103, LogLevel.Warning, "{Node}: its energy counter {Counter} is below an earlier one or beyond belief; no energy is added for it")]
    public static partial void EnergyRefused(ILogger logger, string node, string counter);

    [LoggerMessage(104, LogLevel.Error, "{Damage}")]
    public static partial void StorageDamaged(ILogger logger, string damage);

    [LoggerMessage(105, LogLevel.Warning, "what is learned of the nodes is not stored: {Failure}; a restart forgets what came since")]
    public static partial void LevelsFailed(ILogger logger, string failure);

    [LoggerMessage(106, LogLevel.Information, "what is learned of the nodes is stored again")]
    public static partial void LevelsBack(ILogger logger);
}
