namespace Homelab.NodeAgent.Lamp;

/// <summary>What a status lamp shows. Pure.</summary>
internal static class LampPattern
{
    /// <summary>On for one of them, off for the next.</summary>
    public static readonly TimeSpan Half = TimeSpan.FromMilliseconds(500);

    /// <summary>A sample that is older says that sampling stands still.</summary>
    public static readonly TimeSpan Fresh = TimeSpan.FromSeconds(5);

    /// <summary>Steady when all is well, else once a second. A dark lamp means that no agent runs.</summary>
    /// <param name="now">Since the agent started.</param>
    public static bool IsLit(bool isWell, TimeSpan now) => isWell || now.Ticks / Half.Ticks % 2 == 0;

    /// <param name="isConnected">The aggregator has welcomed this agent.</param>
    /// <param name="hasFigure">The node's watts are known, by whatever means.</param>
    /// <param name="age">Of the newest sample; null when there is none.</param>
    /// <param name="interval">Between samples.</param>
    public static bool IsWell(bool isConnected, bool hasFigure, TimeSpan? age, TimeSpan interval) =>
        isConnected && hasFigure && age <= Fresh + (2 * interval);
}
