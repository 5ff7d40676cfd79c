using Homelab.NodeAgent.Sensors;
using Homelab.Units;

namespace Homelab.NodeAgent.Sampling;

/// <summary>The figure chosen for a node in one pass, and what it was made of.</summary>
/// <param name="Figure">Watts, provenance, source, scope and uncertainty.</param>
/// <param name="Rank">Order of preference, 0 best; <see cref="int.MaxValue"/> when nothing is known.</param>
/// <param name="Counters">Indices of the energy counters that make it up; empty when power × time must be integrated.</param>
/// <param name="Gauges">The part of the watts that is not counted by <paramref name="Counters"/>.</param>
internal sealed record NodeEstimate(NodePower Figure, int Rank, IReadOnlyList<int> Counters, Power Gauges)
{
    public static readonly NodeEstimate Nothing = new(NodePower.None, int.MaxValue, [], Power.Zero);
}

/// <summary>What to say about a node that nothing measures.</summary>
/// <param name="Stated">What the operator says it draws; null when nothing was said.</param>
/// <param name="Model">The board's model.</param>
internal sealed record PowerFallback(Power? Stated, PowerModel Model);

/// <summary>Chooses the one watt figure of a node. Pure: the same inventory and readings give the same figure.</summary>
/// <remarks>
/// Nothing is counted twice: psys contains packages, a package contains core and uncore (which are never looked at), the MMIO zone is
/// the MSR zone's copy, and an APU's PPT is its package.
/// </remarks>
internal static class NodePowerEstimator
{
    /// <summary>Passes for which psys stays out of favour after it read zero, stood still or fell below its own package.</summary>
    public const int PsysPenalty = 60;

    /// <summary>Rank of a figure from psys.</summary>
    public const int PsysRank = 1;

    /// <summary>Scaled by firmware, and mis-scaled on some boards (9.6 W against a sum of 14.4 W, codecarbon#950).</summary>
    private const double PsysError = 0.20;

    /// <summary>On mini-PCs the package is 60 to 70 % of the whole machine's draw: disks, memory, fans and supply are not in it.</summary>
    private const double PackageError = 0.40;

    /// <summary>A figure noted once at the plug; a board's load moves around it.</summary>
    private const double StatedError = 0.30;

    /// <summary>The best figure that this pass's readings support.</summary>
    /// <param name="plan">Of the inventory that the readings belong to.</param>
    /// <param name="readings">One per sensor of the inventory.</param>
    /// <param name="means">One per sensor: mean power of an energy counter over its last interval; null when it was not read in this pass.</param>
    /// <param name="fallback">For nodes without a meter.</param>
    /// <param name="psysPenalty">As returned by the last pass; 0 at the start. Returned for the next.</param>
    public static NodeEstimate Estimate(
        PowerPlan plan, ReadOnlySpan<Reading> readings, ReadOnlySpan<Power?> means, PowerFallback fallback, ref int psysPenalty)
    {
        var packages = Sum(plan.Packages, means);
        var psys = Sum(plan.Psys, means);
        psysPenalty = Distrusts(psys, packages) ? PsysPenalty : Math.Max(0, psysPenalty - 1);
        return FromMeter(plan, readings)
            ?? FromPsys(plan, psys, psysPenalty)
            ?? FromPackages(plan, readings, means, packages)
            ?? FromApu(plan, readings, means)
            ?? FromStatement(fallback)
            ?? FromModel(plan, readings, means, fallback.Model)
            ?? NodeEstimate.Nothing;
    }

    private static NodeEstimate? FromMeter(PowerPlan plan, ReadOnlySpan<Reading> readings)
    {
        foreach (var meter in plan.Meters)
        {
            // A running machine draws something: zero is a meter that does not work, and negative one wired the other way round.
            if (Gauge(readings, meter.Channel) is { Microwatts: > 0 } power)
                return Measured(power, meter.Source, meter.Scope, meter.Uncertainty, 0, [], power);
        }
        return null;
    }

    private static NodeEstimate? FromPsys(PowerPlan plan, Power? psys, int penalty) =>
        psys is { } power && penalty == 0
            ? Measured(power, "rapl-psys", PowerScope.Board, PsysError, PsysRank, plan.Psys, Power.Zero)
            : null;

    private static NodeEstimate? FromPackages(PowerPlan plan, ReadOnlySpan<Reading> readings, ReadOnlySpan<Power?> means, Power? packages)
    {
        // Zero over a whole interval: a virtual machine whose host hides the counter.
        if (packages is not { Microwatts: > 0 } sum)
            return null;
        // A memory plane that can not be read now costs accuracy, not the figure.
        var memory = Sum(plan.Memory, means);
        List<int> counters = memory is null ? [.. plan.Packages] : [.. plan.Packages, .. plan.Memory];
        var (counted, gauged) = Cards(plan, readings, means, counters);
        return Measured(sum + (memory ?? Power.Zero) + counted + gauged, WithCards("rapl-package", plan), PowerScope.Package, PackageError, 2, counters, gauged);
    }

    /// <summary>Discrete cards by their counters, which are added to the list, and where there is none by their gauges. A card that sleeps or fell off its bus adds nothing.</summary>
    private static (Power Counted, Power Gauged) Cards(PowerPlan plan, ReadOnlySpan<Reading> readings, ReadOnlySpan<Power?> means, List<int> counters)
    {
        var (counted, gauged) = (Power.Zero, Power.Zero);
        foreach (var (gauge, counter) in plan.Cards)
        {
            if (counter >= 0 && means[counter] is { Microwatts: > 0 } mean)
            {
                counted += mean;
                counters.Add(counter);
            }
            else if (readings[gauge] is { Quality: Quality.Ok or Quality.Stale, Micros: > 0 and var micros })
            {
                // Also the last value of a driver that hangs: the card goes on drawing, and too low a figure would give its watts to others.
                gauged += new Power(micros);
            }
        }
        return (counted, gauged);
    }

    private static Power CardsNow(PowerPlan plan, ReadOnlySpan<Reading> readings, ReadOnlySpan<Power?> means)
    {
        var (counted, gauged) = Cards(plan, readings, means, []);
        return counted + gauged;
    }

    private static string WithCards(string source, PowerPlan plan) => plan.Cards.Count > 0 ? source + "+gpu" : source;

    private static NodeEstimate? FromApu(PowerPlan plan, ReadOnlySpan<Reading> readings, ReadOnlySpan<Power?> means)
    {
        foreach (var channel in plan.ApuPackages)
        {
            if (Gauge(readings, channel) is { Microwatts: > 0 } power)
            {
                var sum = power + CardsNow(plan, readings, means);
                return Measured(sum, WithCards("hwmon:amdgpu", plan), PowerScope.Package, PackageError, 3, [], sum);
            }
        }
        return null;
    }

    private static NodeEstimate? FromStatement(PowerFallback fallback) => fallback.Stated is { } power
        ? new NodeEstimate(new NodePower(power, Provenance.Modelled, "static", PowerScope.Wall, StatedError), 4, [], power)
        : null;

    private static NodeEstimate? FromModel(PowerPlan plan, ReadOnlySpan<Reading> readings, ReadOnlySpan<Power?> means, PowerModel model)
    {
        if (plan.Utilization < 0 || readings[plan.Utilization] is not { Quality: Quality.Ok, Micros: { } busy })
            return null;
        // The model is of a board without cards.
        var power = model.Estimate(busy / 1e6, ClockRatio(plan, readings)) + CardsNow(plan, readings, means);
        return new NodeEstimate(
            new NodePower(power, Provenance.Modelled, WithCards("model:" + model.Board, plan), PowerScope.Wall, model.Uncertainty), 5, [], power);
    }

    /// <summary>Mean over the policies; null when none can be read. The mean, because a policy does not say how many processors it holds.</summary>
    private static double? ClockRatio(PowerPlan plan, ReadOnlySpan<Reading> readings)
    {
        var (sum, count) = (0.0, 0);
        foreach (var (current, max) in plan.Clocks)
        {
            if (readings[current] is not { Quality: Quality.Ok, Micros: { } now } || readings[max].Micros is not > 0)
                continue;
            sum += Math.Min(1, (double)now / readings[max].Micros!.Value);
            count++;
        }
        return count > 0 ? sum / count : null;
    }

    /// <summary>psys contains the packages, so it can be neither still nor below them while they count.</summary>
    private static bool Distrusts(Power? psys, Power? packages) =>
        psys is { } platform && (platform.Microwatts <= 0 || (packages is { } inside && platform < inside));

    /// <summary>Null unless every one of them was counted in this pass: part of a sum is a wrong sum.</summary>
    private static Power? Sum(IReadOnlyList<int> channels, ReadOnlySpan<Power?> means)
    {
        if (channels.Count == 0)
            return null;
        var sum = Power.Zero;
        foreach (var channel in channels)
        {
            if (means[channel] is not { } mean)
                return null;
            sum += mean;
        }
        return sum;
    }

    private static Power? Gauge(ReadOnlySpan<Reading> readings, int channel) =>
        readings[channel] is { Quality: Quality.Ok, Micros: { } micros } ? new Power(micros) : null;

    private static NodeEstimate Measured(
        Power power, string source, PowerScope scope, double uncertainty, int rank, IReadOnlyList<int> counters, Power gauges) =>
        new(new NodePower(power, Provenance.Measured, source, scope, uncertainty), rank, counters, gauges);
}
