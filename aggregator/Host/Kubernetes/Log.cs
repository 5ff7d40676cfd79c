namespace Homelab.Aggregator.Kubernetes;

/// <summary>Log lines of the Kubernetes adapter, ids 400 to 499. An id is never used again for another line.</summary>
internal static partial class Log
{
    [LoggerMessage(400, LogLevel.Error, "a round of labels failed; the next follows")]
    public static partial void RoundFailed(ILogger logger, Exception failure);

    [LoggerMessage(401, LogLevel.Warning, "cluster {Cluster}: {Trouble}; its nodes keep what they carry")]
    public static partial void ClusterLost(ILogger logger, string cluster, string trouble);

    [LoggerMessage(402, LogLevel.Information, "cluster {Cluster}: {Nodes} nodes are seen")]
    public static partial void ClusterSeen(ILogger logger, string cluster, int nodes);

    [LoggerMessage(403, LogLevel.Warning, "{Doubt}")]
    public static partial void MatchInDoubt(ILogger logger, string doubt);

    [LoggerMessage(404, LogLevel.Warning, "cluster {Cluster}: node {Node}: {Field} is held by '{Manager}' and left to it")]
    public static partial void FieldHeld(ILogger logger, string cluster, string node, string field, string manager);

    [LoggerMessage(405, LogLevel.Warning, "cluster {Cluster}: {Kind} of {Node} is not written: {Status}; no more is said until a write succeeds")]
    public static partial void WritesFail(ILogger logger, string cluster, string kind, string node, string status);

    [LoggerMessage(406, LogLevel.Information, "cluster {Cluster}: writes succeed again")]
    public static partial void WritesSucceed(ILogger logger, string cluster);

    [LoggerMessage(407, LogLevel.Error, "cluster {Cluster}: {Task} failed and begins again")]
    public static partial void TaskFailed(ILogger logger, string cluster, string task, Exception failure);

    [LoggerMessage(408, LogLevel.Information, "nodes are labelled by this aggregator from now on")]
    public static partial void Leads(ILogger logger);

    [LoggerMessage(409, LogLevel.Information, "nodes are no longer labelled by this aggregator: another leads")]
    public static partial void StandsBy(ILogger logger);
}
