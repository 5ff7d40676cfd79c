using System.Globalization;
using Homelab.Units;

namespace Homelab.Aggregator.Labels;

/// <summary>The figures of a node as its annotations write them: watts with one decimal.</summary>
internal static class NodeNumbers
{
    /// <summary>Null where the text is no figure.</summary>
    public static Power? Parse(string? text) =>
        double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out var watts) && Math.Abs(watts) < 1e9 ? Power.FromWatts(watts) : null;

    /// <summary>Every annotation but reason and time; a value of null is not to be there.</summary>
    public static IEnumerable<(string Name, string? Value)> Of(NodeMemory memory, NodeFacts facts)
    {
        yield return (LabelNames.Watts, Text(memory.Smoothed));
        yield return (LabelNames.WattsCap, facts.CapKind == CapKind.None ? null : Text(facts.Cap));
        yield return (LabelNames.WattsSource, facts.Power.Source.Length == 0 ? null : facts.Power.Source);
        yield return (LabelNames.WattsUncertainty, facts.Power.Watts is null ? null : facts.Power.Uncertainty.ToString("0.##", CultureInfo.InvariantCulture));
        yield return (LabelNames.WattsScope, memory.Word(LabelNames.SharedHost) is null ? null : "host");
        yield return (LabelNames.AllocationWatts, Text(facts.Allocation));
        yield return (LabelNames.FloorWatts, Text(facts.Floor));
        yield return (LabelNames.CeilingWatts, Text(facts.Ceiling));
    }

    /// <summary>Whether it is worth a write: by the share for figures, at all for words.</summary>
    public static bool HasMoved(string? carried, string? value, double share)
    {
        if (carried == value)
            return false;
        return Parse(carried) is not { } before || Parse(value) is not { } after || Math.Abs((after - before).Watts) >= Math.Abs(before.Watts) * share;
    }

    /// <summary>What a node is in, in one line for people.</summary>
    public static string Circumstances(NodeFacts? facts)
    {
        if (facts is null)
            return "no agent speaks for it";
        var parts = new List<string>(4);
        if (facts.Power.Watts is { } watts)
            parts.Add($"draws {Text(watts)} W{(facts.Allocation is { } allocation ? $" of {Text(allocation)} W" : "")}");
        if (facts.ThermalMargin is { } margin)
            parts.Add($"{Math.Abs(margin.Celsius).ToString("0", CultureInfo.InvariantCulture)} °C {(margin.Celsius < 0 ? "above" : "below")} its limit");
        if (facts.IsThrottled == true)
            parts.Add("throttled by heat");
        if (facts.IsUnderVoltage == true)
            parts.Add("under-voltage");
        if (facts.IsShedder)
            parts.Add("chosen to shed");
        return string.Join(", ", parts);
    }

    private static string? Text(Power? power) => power?.Watts.ToString("0.0", CultureInfo.InvariantCulture);
}
