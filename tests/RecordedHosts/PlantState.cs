using System.Collections.Immutable;
using Homelab.Units;

namespace Homelab.RecordedHosts;

/// <summary>A machine at one instant. Immutable; counters start at zero.</summary>
internal sealed record PlantState
{
    /// <summary>Since the start.</summary>
    public required TimeSpan Elapsed { get; init; }

    public required Power Power { get; init; }

    /// <summary>All energy since the start: the exact integral of <see cref="Power"/>.</summary>
    public required Energy Energy { get; init; }

    /// <summary>Die temperature. Kept finer than <see cref="Units.Temperature"/>'s millidegrees, so that short steps do not stick.</summary>
    public required double Celsius { get; init; }

    /// <summary>Thermal cooling: 0 is none, each state takes one operating point off every cluster.</summary>
    public required int CoolingState { get; init; }

    /// <summary>Time since cooling last looked at the temperature.</summary>
    public required TimeSpan CoolingClock { get; init; }

    public required ImmutableArray<ClusterState> Clusters { get; init; }

    public required Pressure Pressure { get; init; }

    /// <summary>What the hardware enforces of each power limit by now, in watts, by the limit's name.</summary>
    public ImmutableDictionary<string, double> Enforced { get; init; } = ImmutableDictionary<string, double>.Empty;

    /// <summary>The most that the machine would draw now, however much it were asked to do.</summary>
    public required Power Ceiling { get; init; }

    /// <summary>What it would draw if nobody limited it and it never grew hot: the same story, uncapped.</summary>
    public required Power Wanted { get; init; }

    /// <summary>The instant before anything happened: idle, lowest frequencies, at its idle temperature.</summary>
    public static PlantState Initial(MachineModel machine) => new()
    {
        Elapsed = TimeSpan.Zero,
        Power = machine.Idle,
        Energy = Energy.Zero,
        Celsius = machine.SettledCelsius(machine.Idle),
        CoolingState = 0,
        CoolingClock = TimeSpan.Zero,
        Clusters = [.. machine.Clusters.Select(cluster => new ClusterState(cluster.MinimumKilohertz, 0, TimeSpan.Zero))],
        Pressure = new Pressure(0, 0, 0, TimeSpan.Zero),
        Ceiling = machine.Busy,
        Wanted = machine.Idle,
    };
}

/// <summary>One cluster: its frequency, the share of time its CPUs work (0 to 1), and the work time of each CPU so far.</summary>
internal readonly record struct ClusterState(long Kilohertz, double Busy, TimeSpan BusyTime);

/// <summary>CPU pressure as <c>/proc/pressure/cpu</c> has it: running averages in percent and the total stalled time.</summary>
internal readonly record struct Pressure(double Average10, double Average60, double Average300, TimeSpan Total)
{
    /// <summary>Pressure after tasks were stalled for a share (0 to 1) of a time.</summary>
    public Pressure After(double share, TimeSpan time) => new(
        Toward(Average10, share, time, 10),
        Toward(Average60, share, time, 60),
        Toward(Average300, share, time, 300),
        Total + time * share);

    private static double Toward(double average, double share, TimeSpan time, double seconds) =>
        share * 100 + (average - share * 100) * Math.Exp(-time.TotalSeconds / seconds);
}
