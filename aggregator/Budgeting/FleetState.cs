namespace Homelab.Aggregator.Budgeting;

/// <summary>How the fleet stands against its budget.</summary>
internal enum FleetState
{
    /// <summary>No node reports a figure: nothing can be said.</summary>
    Unknown = 0,

    /// <summary>Below the warning ratio.</summary>
    Ok = 1,

    /// <summary>At or above the warning ratio of the budget.</summary>
    Elevated = 2,

    /// <summary>Above the budget.</summary>
    Critical = 3,
}

/// <summary>The lower-case words of JSON, metrics and tables.</summary>
internal static class FleetStateNames
{
    public static string Word(this FleetState state) => state switch
    {
        FleetState.Ok => "ok",
        FleetState.Elevated => "elevated",
        FleetState.Critical => "critical",
        _ => "unknown",
    };
}
