namespace Homelab.Aggregator.Fleet;

/// <summary>Whether a node's agent is heard.</summary>
internal enum NodeLink
{
    /// <summary>No stream, or more than three intervals without a report. What was last said is history, not state.</summary>
    Down = 0,

    /// <summary>A report is overdue; the last one still counts.</summary>
    Stale = 1,

    /// <summary>Reports come in time.</summary>
    Up = 2,
}

/// <summary>How a node does.</summary>
internal enum NodeState
{
    /// <summary>The agent is not heard.</summary>
    Unknown = 0,

    /// <summary>Nothing to remark.</summary>
    Ok = 1,

    /// <summary>Held back now (<see cref="ThrottleReason"/>) by more than a frequency or power cap, or at a sensor's max limit.</summary>
    Elevated = 2,

    /// <summary>Under-voltage now, or at a sensor's critical limit.</summary>
    Critical = 3,
}

/// <summary>The lower-case words of JSON, metrics and tables.</summary>
internal static class NodeStateNames
{
    public static string Word(this NodeState state) => state switch
    {
        NodeState.Ok => "ok",
        NodeState.Elevated => "elevated",
        NodeState.Critical => "critical",
        _ => "unknown",
    };
}
