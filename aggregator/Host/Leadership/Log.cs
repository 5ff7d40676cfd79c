namespace Homelab.Aggregator.Leadership;

/// <summary>Log lines of leadership, ids 700 to 749. An id is never used again for another line.</summary>
internal static partial class Log
{
    [LoggerMessage(700, LogLevel.Information, "this aggregator leads now, term {Term}; the leader before left {Nodes} nodes")]
    public static partial void TermBegan(ILogger logger, int term, int nodes);

    [LoggerMessage(701, LogLevel.Warning, "this aggregator leads no more, term {Term} is over: it grants nothing, and agents are sent away")]
    public static partial void TermEnded(ILogger logger, int term);

    [LoggerMessage(702, LogLevel.Warning, "what the leader before left at lease {Namespace}/{Lease} can not be read: nothing is raised for nodes of a newer term than this machine remembers")]
    public static partial void MemoryUnreadable(ILogger logger, string @namespace, string lease);

    [LoggerMessage(703, LogLevel.Warning, "an agent stands under a newer epoch than term {Term}: the lead is given up for a new term")]
    public static partial void Resigned(ILogger logger, int term);
}
