using Homelab.NodeAgent.Sensors;
using Homelab.Units;

namespace Homelab.NodeAgent.Fusion;

/// <summary>What discrete cards draw, as a part of the node's figure. Pure.</summary>
internal static class CardSum
{
    /// <summary>Discrete cards by their counters, and where there is none by their gauges. A card that sleeps or fell off its bus adds nothing.</summary>
    public static (Power Counted, Power Gauged) Of(PowerPlan plan, ReadOnlySpan<Reading> readings, ReadOnlySpan<Power?> means, CardWatch? watch)
    {
        var (counted, gauged) = (Power.Zero, Power.Zero);
        foreach (var card in plan.Cards)
        {
            var (gauge, counter) = (card.Gauge, card.Counter);
            if (IsCounted(counter, means))
            {
                counted += means[counter]!.Value;
            }
            else if (watch?.LastOf(card) is { } last)
            {
                // The card of a driver that hangs goes on drawing, and too low a figure would give its watts to others.
                gauged += last;
            }
            else if (gauge >= 0 && readings[gauge] is { Quality: Quality.Ok or Quality.Stale, Micros: > 0 and var micros })
            {
                gauged += new Power(micros);
            }
        }
        return (counted, gauged);
    }

    /// <summary>The figure with what cards that hang may draw beyond their last watts; its ± reaches down to those. The joules go on with the last watts: they promise nothing.</summary>
    public static NodeEstimate? WithLimits(NodeEstimate? part, PowerPlan plan, CardWatch? watch)
    {
        var beyond = Power.Zero;
        foreach (var card in plan.Cards)
            beyond += watch?.BeyondLast(card) ?? Power.Zero;
        if (part is not { Figure: { Watts: { } watts } figure } whole || beyond <= Power.Zero)
            return part;
        var most = watts + (beyond * whole.Gain);
        var provenance = figure.Provenance == Provenance.Measured ? Provenance.Apportioned : figure.Provenance;
        var uncertainty = Math.Max(figure.Uncertainty, (most.Watts - (watts.Watts * (1 - figure.Uncertainty))) / most.Watts);
        return whole with { Figure = new NodePower(most, provenance, watch!.WithLimits(figure.Source), figure.Scope, Math.Min(1, uncertainty)) };
    }

    /// <summary>The packages' counters, and after them those that <see cref="Of"/> counted by.</summary>
    /// <param name="before">Given back where it holds just these.</param>
    public static int[] Counted(int[] packages, PowerPlan plan, ReadOnlySpan<Power?> means, int[]? before = null)
    {
        var most = packages.Length + plan.Cards.Length;
        var counters = most <= 256 ? stackalloc int[most] : new int[most];
        packages.CopyTo(counters);
        var count = packages.Length;
        foreach (var card in plan.Cards)
        {
            if (IsCounted(card.Counter, means))
                counters[count++] = card.Counter;
        }
        return before is not null && counters[..count].SequenceEqual(before) ? before : counters[..count].ToArray();
    }

    /// <summary>All of them together.</summary>
    public static Power Now(PowerPlan plan, ReadOnlySpan<Reading> readings, ReadOnlySpan<Power?> means, CardWatch? watch = null)
    {
        var (counted, gauged) = Of(plan, readings, means, watch);
        return counted + gauged;
    }

    /// <summary>False while some card's driver hangs or fails: what it draws then, nobody knows.</summary>
    public static bool IsTold(PowerPlan plan, ReadOnlySpan<Reading> readings, ReadOnlySpan<Power?> means)
    {
        foreach (var card in plan.Cards)
        {
            if (!(card.Counter >= 0 && means[card.Counter] is not null) && !CardWatch.IsAnswer(readings[card.Gauge >= 0 ? card.Gauge : card.Counter]))
                return false;
        }
        return true;
    }

    private static bool IsCounted(int counter, ReadOnlySpan<Power?> means) => counter >= 0 && means[counter] is { Microwatts: > 0 };
}
