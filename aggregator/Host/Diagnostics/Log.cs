namespace Homelab.Aggregator.Diagnostics;

/// <summary>Log lines of the process, ids 1 to 99. An id is never used again for another line.</summary>
internal static partial class Log
{
    [LoggerMessage(1, LogLevel.Information, "serving: page {Http}, agents {Grpc}, budget {BudgetWatts} W, mode {Mode}")]
    public static partial void Serving(ILogger logger, Uri http, Uri grpc, double budgetWatts, string mode);
}
