using Homelab.NodeAgent.Sensors;
using Homelab.Units;

namespace Homelab.NodeAgent.Fusion;

/// <summary>The figure chosen for a node in one pass, and what it was made of.</summary>
/// <param name="Figure">Watts, provenance, source, scope and uncertainty.</param>
/// <param name="Rank">Order of preference, 0 best; <see cref="int.MaxValue"/> when nothing is known.</param>
/// <param name="Counters">Indices of the energy counters that make it up; empty when power × time must be integrated. The same array while they are the same.</param>
/// <param name="Gauges">The part of the watts that is not counted by <paramref name="Counters"/>.</param>
internal readonly record struct NodeEstimate(NodePower Figure, int Rank, int[] Counters, Power Gauges)
{
    public static readonly NodeEstimate Nothing = new(NodePower.None, int.MaxValue, [], Power.Zero);

    /// <summary>What a joule of the counters is in the figure: above 1 where a line says what the supply loses on top.</summary>
    public double Gain { get; init; } = 1;
}

/// <summary>What to say about the part of a node that nothing measures. Its lines are learned anew in each pass that a meter teaches: a value, so that they leave no garbage.</summary>
/// <param name="Stated">What the operator says it draws; null when nothing was said.</param>
/// <param name="Model">The board's model.</param>
internal readonly record struct PowerFallback(Power? Stated, PowerModel Model)
{
    /// <summary>What the operator says the machine draws at the plug beside its packages; null: nothing was said, and a package's figure stays a package's.</summary>
    public Power? Remainder { get; init; }

    /// <summary>True on a guest: what its hypervisor shows of energy counters is an emulation, of its share at best.</summary>
    public bool IsGuest { get; init; }

    /// <summary>Learned from a meter; see <see cref="Calibration"/>.</summary>
    public WholeLine? Package { get; init; }

    public WholeLine? Board { get; init; }
}

/// <summary>What one pass says of the node without its outer meter: what a <see cref="Calibration"/> learns from.</summary>
/// <param name="Packages">Packages and what lies beside them; null where they are not measured.</param>
/// <param name="Cards">Discrete cards.</param>
/// <param name="Activity">Share of what the processors could do at full clock, 0 to 1; null where it is not known.</param>
internal readonly record struct PartialDraw(Power? Packages, Power Cards, double? Activity);

/// <summary>Chooses the one watt figure of a node. Pure: the same inventory and readings give the same figure.</summary>
/// <remarks><see cref="PowerHierarchy"/> declares the order and what contains what; nothing is counted twice.</remarks>
internal static class NodePowerEstimator
{
    /// <summary>Passes for which psys stays out of favour after it read zero, stood still or fell below what it should hold.</summary>
    public const int PsysPenalty = 60;

    /// <summary>What the operator noted once: disks spin down, and fans do not turn evenly.</summary>
    private const double RemainderError = 0.30;

    /// <summary>RAPL against shunts: a few per cent; and a supply loses more, the more it gives.</summary>
    private const double PackageMeterError = 0.12;

    /// <summary>A guest's counter stands at zero, and then is no figure, or it is its hypervisor's arithmetic on the host's.</summary>
    private const double EmulatedError = 0.80;

    /// <summary>The best figure that this pass's readings support.</summary>
    /// <param name="plan">Of the inventory that the readings belong to.</param>
    /// <param name="readings">One per sensor of the inventory.</param>
    /// <param name="means">One per sensor: mean power of an energy counter over its last interval; null when it was not read in this pass.</param>
    /// <param name="fallback">For nodes without a meter.</param>
    /// <param name="psysPenalty">As returned by the last pass; 0 at the start. Returned for the next.</param>
    /// <param name="watch">Of the cards, this pass taken in; null: a last value stands as long as it is told.</param>
    public static NodeEstimate Estimate(
        PowerPlan plan, ReadOnlySpan<Reading> readings, ReadOnlySpan<Power?> means, PowerFallback fallback, ref int psysPenalty, CardWatch? watch = null)
    {
        var packages = Sum(plan.Packages, means);
        // A guest has no platform of its own to count.
        var psys = fallback.IsGuest ? null : Sum(plan.Psys, means);
        var inside = (packages ?? Power.Zero) + CardSum.Now(plan, readings, means, watch);
        psysPenalty = Distrusts(psys, inside) ? PsysPenalty : Math.Max(0, psysPenalty - 1);
        return FromMeter(plan, readings, fallback.IsGuest ? Power.Zero : inside)
            ?? FromPsys(plan, psys, psysPenalty)
            ?? CardSum.WithLimits(FromPackages(plan, readings, means, packages, fallback, watch), plan, watch)
            ?? CardSum.WithLimits(FromApu(plan, readings, means, fallback, watch), plan, watch)
            ?? FromRails(plan, readings)
            ?? FromStatement(fallback)
            ?? CardSum.WithLimits(FromModel(plan, readings, means, fallback, watch), plan, watch)
            ?? NodeEstimate.Nothing;
    }

    /// <summary>What the same pass says without meter and psys.</summary>
    public static PartialDraw Partial(PowerPlan plan, ReadOnlySpan<Reading> readings, ReadOnlySpan<Power?> means)
    {
        // What a card draws whose driver hangs or fails, nobody knows: no lesson.
        if (!CardSum.IsTold(plan, readings, means))
            return default;
        var bare = new PowerFallback(null, NoModel);
        var packages = FromPackages(plan, readings, means, Sum(plan.Packages, means), bare) ?? FromApu(plan, readings, means, bare);
        return new PartialDraw(packages?.Figure.Watts, CardSum.Now(plan, readings, means), Activity(plan, readings));
    }

    private static readonly PowerModel NoModel = new("", Power.Zero, Power.Zero, 1);

    /// <param name="inside">What the whole can not be below: a meter that reads less lags behind, hangs, or measures a part (one supply of two, a domain without the cards).</param>
    private static NodeEstimate? FromMeter(PowerPlan plan, ReadOnlySpan<Reading> readings, Power inside)
    {
        foreach (var meter in plan.Meters)
        {
            // A running machine draws something: zero is a meter that does not work, and negative one wired the other way round.
            if (Gauge(readings, meter.Channel) is { Microwatts: > 0 } power && power * (1 + meter.Uncertainty) >= inside)
                return Measured(power, meter.Source, meter.Scope, meter.Uncertainty, PowerHierarchy.Meter.Rank, [], power);
        }
        return null;
    }

    private static NodeEstimate? FromPsys(PowerPlan plan, Power? psys, int penalty) =>
        psys is { } power && penalty == 0 ? Of(PowerHierarchy.Psys, power, "rapl-psys", plan.Psys, Power.Zero) : null;

    private static NodeEstimate? FromPackages(
        PowerPlan plan, ReadOnlySpan<Reading> readings, ReadOnlySpan<Power?> means, Power? packages, PowerFallback fallback, CardWatch? watch = null)
    {
        // Zero over a whole interval: a virtual machine whose host hides the counter.
        if (packages is not { Microwatts: > 0 } sum)
            return null;
        var level = PowerHierarchy.Packages;
        // A memory plane that can not be read now costs accuracy, not the figure.
        var memory = level.Takes(PowerPart.Memory) ? Sum(plan.Memory, means) : null;
        var counters = memory is null ? plan.Packages : plan.PackagesAndMemory;
        var (counted, gauged) = level.Takes(PowerPart.Card) ? CardSum.Of(plan, readings, means, watch) : default;
        if (counted > Power.Zero)
            counters = watch is null ? CardSum.Counted(counters, plan, means) : watch.Counted(counters, plan, means);
        if (fallback.IsGuest)
            level = level with { Uncertainty = EmulatedError };
        return Whole(Of(level, sum + (memory ?? Power.Zero) + counted + gauged, plan.Cards.Length > 0 ? PowerSources.PackagesAndCards : PowerSources.Packages, counters, gauged), fallback);
    }

    /// <summary>A processor's figure with what it lacks of the machine: by the line that a meter taught, else by the operator's word, else as it is.</summary>
    private static NodeEstimate Whole(NodeEstimate part, PowerFallback fallback)
    {
        var watts = part.Figure.Watts ?? Power.Zero;
        if (fallback.Package is { } line)
        {
            var whole = new NodePower(
                line.At(watts.Watts), Provenance.Apportioned, PowerSources.Learned(part.Figure.Source), line.Scope, line.Uncertainty(watts.Watts, part.Figure.Uncertainty));
            return part with { Figure = whole, Gauges = Power.FromWatts(Math.Max(0, line.Base + (part.Gauges.Watts * line.Slope))), Gain = line.Slope };
        }
        if (fallback.Remainder is not { } remainder)
            return part with { Figure = part.Figure with { Uncertainty = Lacking(part.Figure, watts, fallback.Model.Idle) } };
        var sum = watts + remainder;
        var error = Math.Sqrt(Square(remainder.Watts * RemainderError) + Square(watts.Watts * PackageMeterError)) / sum.Watts;
        return part with
        {
            Figure = new NodePower(sum, Provenance.Apportioned, PowerSources.WithRemainder(part.Figure.Source), PowerScope.Wall, error),
            Gauges = part.Gauges + remainder,
        };
    }

    /// <summary>At rest a package is the smaller part of its machine: the less it draws, the more lies beside it. In tenths, so that it stands still while the watts move.</summary>
    private static double Lacking(NodePower figure, Power watts, Power rest)
    {
        var beside = PackageMeterError + (PowerHierarchy.RestBesidePackages * rest.Watts / watts.Watts);
        return Math.Clamp(Math.Ceiling((beside - 0.05) * 10) / 10, figure.Uncertainty, Math.Max(1, figure.Uncertainty));
    }

    private static NodeEstimate? FromApu(PowerPlan plan, ReadOnlySpan<Reading> readings, ReadOnlySpan<Power?> means, PowerFallback fallback, CardWatch? watch = null)
    {
        foreach (var channel in plan.ApuPackages)
        {
            if (Gauge(readings, channel) is { Microwatts: > 0 } power)
            {
                var sum = power + CardSum.Now(plan, readings, means, watch);
                return Whole(Of(PowerHierarchy.Apu, sum, plan.Cards.Length > 0 ? PowerSources.ApuAndCards : PowerSources.Apu, [], sum), fallback);
            }
        }
        return null;
    }

    private static NodeEstimate? FromRails(PowerPlan plan, ReadOnlySpan<Reading> readings)
    {
        if (plan.Rails.Length == 0)
            return null;
        var sum = Power.Zero;
        foreach (var rail in plan.Rails)
        {
            if (Gauge(readings, rail) is not { } power)
                return null;
            sum += power;
        }
        return sum > Power.Zero ? Of(PowerHierarchy.Rails, sum, plan.RailsSource, [], sum) : null;
    }

    private static NodeEstimate? FromStatement(PowerFallback fallback) => fallback.Stated is { } power
        ? new NodeEstimate(
            new NodePower(power, Provenance.Modelled, "static", PowerScope.Wall, PowerHierarchy.StatedUncertainty), PowerHierarchy.StatedRank, [], power)
        : null;

    private static NodeEstimate? FromModel(PowerPlan plan, ReadOnlySpan<Reading> readings, ReadOnlySpan<Power?> means, PowerFallback fallback, CardWatch? watch)
    {
        if (Activity(plan, readings) is not { } activity)
            return null;
        var (model, line) = (fallback.Model, fallback.Board);
        // The model is of a board without cards.
        var board = line?.At(activity) ?? model.At(activity);
        var power = board + CardSum.Now(plan, readings, means, watch);
        return new NodeEstimate(
            new NodePower(
                power, Provenance.Modelled, model.Source(plan.Cards.Length > 0, line is not null),
                line?.Scope ?? PowerScope.Wall, line?.Uncertainty(activity, model.Uncertainty) ?? model.Uncertainty),
            PowerHierarchy.ModelRank, [], power);
    }

    /// <summary>Use × clock² over the frequency domains, each by its own use where that is told and by what it weighs; null when the use is not known.</summary>
    /// <remarks>The square: see <see cref="PowerModel"/>. A clock that can not be read counts as full.</remarks>
    public static double? Activity(PowerPlan plan, ReadOnlySpan<Reading> readings)
    {
        var all = plan.Utilization < 0 ? null : Value(readings, plan.Utilization);
        var (sum, weights) = (0.0, 0.0);
        foreach (var clock in plan.Clocks)
        {
            if (Value(readings, clock.Current) is not { } now || readings[clock.Max].Micros is not { } max || max <= 0)
                continue;
            var use = clock.Use < 0 ? all : Value(readings, clock.Use) ?? all;
            if (use is not { } busy)
                continue;
            var weight = clock.Weight < 0 ? 1 : Value(readings, clock.Weight) is { } told and > 0 ? told : 1;
            var ratio = Math.Clamp(now * 1e6 / max, 0, 1);
            sum += weight * Math.Clamp(busy, 0, 1) * ratio * ratio;
            weights += weight;
        }
        return weights > 0 ? sum / weights : all is { } whole ? Math.Clamp(whole, 0, 1) : null;
    }

    /// <summary>psys contains the packages, so it can be neither still nor below them while they count; and many a board leaves cards out of it that have
    /// a plug of their own.</summary>
    private static bool Distrusts(Power? psys, Power inside) => psys is { } platform && (platform.Microwatts <= 0 || platform < inside);

    /// <summary>Null unless every one of them was counted in this pass: part of a sum is a wrong sum.</summary>
    private static Power? Sum(int[] channels, ReadOnlySpan<Power?> means)
    {
        if (channels.Length == 0)
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

    private static double? Value(ReadOnlySpan<Reading> readings, int channel) =>
        readings[channel] is { Quality: Quality.Ok, Micros: { } micros } ? micros / 1e6 : null;

    private static double Square(double number) => number * number;

    private static NodeEstimate Of(PowerLevel level, Power power, string source, int[] counters, Power gauges) =>
        Measured(power, source, level.Scope, level.Uncertainty, level.Rank, counters, gauges);

    private static NodeEstimate Measured(
        Power power, string source, PowerScope scope, double uncertainty, int rank, int[] counters, Power gauges) =>
        new(new NodePower(power, Provenance.Measured, source, scope, uncertainty), rank, counters, gauges);
}
