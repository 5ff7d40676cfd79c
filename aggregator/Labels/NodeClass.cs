using Homelab.Units;

namespace Homelab.Aggregator.Labels;

/// <summary>Sorts machines by size: <c>gpu</c> with a GPU of its own, else by what they draw at rest (below 8 W <c>sbc</c>, below 40 W <c>mini</c>,
/// else <c>server</c>), else, where that is unknown, by the most they draw (20 W, 120 W).</summary>
internal static class NodeClass
{
    private const double Hysteresis = 0.1;
    private static readonly string[] Words = ["sbc", "mini", "server"];

    /// <param name="current">Kept while 10 % more or less would still be it.</param>
    /// <returns>Null when nothing is known.</returns>
    public static string? Of(NodeFacts facts, string? current)
    {
        if (facts.HasGpu)
            return "gpu";
        if (facts.Idle is { } idle)
            return Pick(idle, Power.FromWatts(8), Power.FromWatts(40), current);
        return facts.Ceiling is { } ceiling ? Pick(ceiling, Power.FromWatts(20), Power.FromWatts(120), current) : null;
    }

    private static string Pick(Power power, Power small, Power medium, string? current)
    {
        var isNear = Array.IndexOf(Words, current) is >= 0 and var now
            && Size(power * (1 - Hysteresis), small, medium) <= now && Size(power * (1 + Hysteresis), small, medium) >= now;
        return isNear ? current! : Words[Size(power, small, medium)];
    }

    private static int Size(Power power, Power small, Power medium) => power < small ? 0 : power < medium ? 1 : 2;
}
