using Homelab.Rpc;

namespace Homelab.Aggregator.Ingest;

/// <summary>Log lines of agent streams, ids 200 to 299. An id is never used again for another line.</summary>
internal static partial class Log
{
    [LoggerMessage(200, LogLevel.Information, "{Node} joined from {Peer}: agent {AgentVersion}, {Sensors} sensors")]
    public static partial void NodeJoined(ILogger logger, string node, string peer, string agentVersion, int sensors);

    [LoggerMessage(201, LogLevel.Information, "{Node} left, stream from {Peer} ended: {Reason}")]
    public static partial void NodeLeft(ILogger logger, string node, string peer, string reason);

    [LoggerMessage(202, LogLevel.Warning, "stream from {Peer} refused with {Code}: {Complaint}")]
    public static partial void StreamRefused(ILogger logger, string peer, RpcCode code, string complaint);
}
