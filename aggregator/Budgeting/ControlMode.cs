namespace Homelab.Aggregator.Budgeting;

/// <summary>How far the aggregator goes; each mode does all that the one before it does.</summary>
internal enum ControlMode
{
    /// <summary>Measures and says what it would do. Sends no grant.</summary>
    Observe = 0,

    /// <summary>Tells the scheduler. Sends no grant.</summary>
    Label = 1,

    /// <summary>Grants caps.</summary>
    Cap = 2,
}
