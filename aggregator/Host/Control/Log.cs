namespace Homelab.Aggregator.Control;

/// <summary>Log lines of the control loop, ids 300 to 399. An id is never used again for another line.</summary>
internal static partial class Log
{
    [LoggerMessage(300, LogLevel.Error, "{Happening} could not be applied to the control loop and was dropped")]
    public static partial void EventFailed(ILogger logger, string happening, Exception failure);

    [LoggerMessage(301, LogLevel.Error, "the control loop's memory is not stored: {Failure}; new caps and epochs wait for it")]
    public static partial void StorageFailed(ILogger logger, string failure);

    [LoggerMessage(302, LogLevel.Information, "the control loop's memory is stored again")]
    public static partial void StorageBack(ILogger logger);

    [LoggerMessage(303, LogLevel.Error, "{Damage}")]
    public static partial void StorageDamaged(ILogger logger, string damage);

    [LoggerMessage(304, LogLevel.Warning, "{Node}: its answer was turned down: {Complaint}")]
    public static partial void AnswerDistrusted(ILogger logger, string node, string complaint);

    [LoggerMessage(305, LogLevel.Information, "{Node}: cap is {Outcome}: {Detail}")]
    public static partial void OutcomeChanged(ILogger logger, string node, string outcome, string detail);

    [LoggerMessage(306, LogLevel.Information, "{Kind}: {Reason}")]
    public static partial void FleetDecided(ILogger logger, string kind, string reason);

    [LoggerMessage(307, LogLevel.Warning, "{Kind}: {Reason}")]
    public static partial void FleetAlarmed(ILogger logger, string kind, string reason);

    [LoggerMessage(308, LogLevel.Error, "the decision log is not written: {Failure}")]
    public static partial void HistoryFailed(ILogger logger, string failure);

    [LoggerMessage(309, LogLevel.Information, "the decision log is written again")]
    public static partial void HistoryBack(ILogger logger);

    [LoggerMessage(310, LogLevel.Error, "a round of control failed; leases run out into safe shares unless a later one succeeds")]
    public static partial void RoundFailed(ILogger logger, Exception failure);
}
