using Homelab.NodeAgent.Capping;
using Homelab.Units;

namespace Homelab.NodeAgent.Enforcement;

/// <summary>A limiter as the aggregator hears of it.</summary>
/// <param name="Least">Zero: unknown.</param>
/// <param name="Most">Zero: unknown.</param>
/// <param name="IsAllowed">False: the operator has not allowed writing to it.</param>
internal sealed record LimiterWord(string Name, bool TakesWatts, Power Least, Power Most, bool IsAllowed);

/// <summary>What the node can be held to, in watts of the whole node. Zero: unknown.</summary>
/// <param name="Steps">Ascending; empty: any cap between floor and ceiling.</param>
/// <param name="Settle">How long after a cap is applied the draw is at or below it.</param>
/// <param name="Uncertainty">Standard deviation of the draw about the cap, as a share of the draw above idle.</param>
/// <param name="Detail">One line for people.</param>
internal sealed record CapSpan(
    bool IsEnforcing, Power Floor, Power Ceiling, Power Idle, Power[] Steps, TimeSpan Settle, double Uncertainty, string Detail)
{
    public static CapSpan None(string detail) => new(false, Power.Zero, Power.Zero, Power.Zero, [], TimeSpan.Zero, 0, detail);
}

/// <summary>What came of a cap. The number is the wire value.</summary>
internal enum CapResult
{
    Ok = 1,
    Adjusted = 2,
    Rejected = 3,
    Ineffective = 4,
    Denied = 5,
    Observing = 6,
}

/// <summary>What the node is really held to.</summary>
/// <param name="Epoch">Of the newest grant taken; zero with none.</param>
/// <param name="Effective">Read back; null: not held.</param>
/// <param name="Limiter">Index of the limiter that set the figure; null: several, or none.</param>
/// <param name="SafeShare">What is on the disk; null: none.</param>
internal sealed record CapStatus(
    ulong Epoch, ulong Sequence, Power? Effective, CapResult Result, string Detail, int? Limiter, LeaseStanding Standing, Power? SafeShare);
