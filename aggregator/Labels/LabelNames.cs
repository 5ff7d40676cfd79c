using System.Collections.Immutable;

namespace Homelab.Aggregator.Labels;

/// <summary>Every name that is ours under the prefix. What is not listed here is somebody else's and is never touched.</summary>
internal static class LabelNames
{
    public const string State = "state";
    public const string Thermal = "thermal";
    public const string Headroom = "headroom";
    public const string Class = "class";
    public const string Efficiency = "efficiency";
    public const string Metering = "metering";
    public const string Actuator = "actuator";
    public const string Cap = "cap";
    public const string Board = "board";
    public const string Supply = "supply";

    /// <summary>Only on nodes that share one machine; the value names it. Count a machine once by it.</summary>
    public const string SharedHost = "shared-host";

    public static readonly ImmutableArray<string> Labels =
        [State, Thermal, Headroom, Class, Efficiency, Metering, Actuator, Cap, Board, Supply, SharedHost];

    public const string Watts = "watts";
    public const string WattsCap = "watts-cap";
    public const string WattsSource = "watts-source";
    public const string WattsUncertainty = "watts-uncertainty";

    /// <summary><c>host</c> where the figures are of a machine that several nodes share.</summary>
    public const string WattsScope = "watts-scope";
    public const string AllocationWatts = "allocation-watts";
    public const string FloorWatts = "floor-watts";
    public const string CeilingWatts = "ceiling-watts";
    public const string Reason = "reason";
    public const string UpdatedAt = "updated-at";

    public static readonly ImmutableArray<string> Annotations =
        [Watts, WattsCap, WattsSource, WattsUncertainty, WattsScope, AllocationWatts, FloorWatts, CeilingWatts, Reason, UpdatedAt];

    public const string OverBudget = "over-budget";
    public const string Throttling = "throttling";
    public const string OnBattery = "on-battery";

    /// <summary>Worst first.</summary>
    public static readonly ImmutableArray<string> Taints = [Throttling, OverBudget, OnBattery];

    public const string PowerBudgetExceeded = "PowerBudgetExceeded";
    public const string ThermalThrottling = "ThermalThrottling";
    public const string UnderVoltage = "UnderVoltage";

    public static readonly ImmutableArray<string> Conditions = [PowerBudgetExceeded, ThermalThrottling, UnderVoltage];

    /// <summary>The extended resource: the watts that are a node's for good.</summary>
    public const string WattsResource = "watts";
}
