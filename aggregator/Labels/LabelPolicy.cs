using Homelab.Units;

namespace Homelab.Aggregator.Labels;

/// <summary>When a node's labels change, and what is written at all.</summary>
internal sealed record LabelPolicy
{
    public static readonly LabelPolicy Default = new();

    public LabelPrefix Prefix { get; init; } = LabelPrefix.Default;

    /// <summary>A worse level must hold this long without a break.</summary>
    public TimeSpan EnterAfter { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>A node must stay below the exit level this long.</summary>
    public TimeSpan LeaveAfter { get; init; } = TimeSpan.FromSeconds(300);

    /// <summary>So many events within <see cref="BurstWindow"/> count as a level that holds.</summary>
    public int BurstEvents { get; init; } = 3;

    public TimeSpan BurstWindow { get; init; } = TimeSpan.FromSeconds(60);

    public TimeSpan HeadroomAfter { get; init; } = TimeSpan.FromSeconds(60);

    /// <summary>A plain fact (metering, actuator, cap, supply, board) must stand this long before the label follows.</summary>
    public TimeSpan SettleAfter { get; init; } = TimeSpan.FromSeconds(60);

    /// <summary>For each patch of a node, the time in which it gets no other.</summary>
    public TimeSpan PatchSpacing { get; init; } = TimeSpan.FromSeconds(60);

    /// <summary>The longest wait before a patch that does not take hold is sent again; waits double up to it.</summary>
    public TimeSpan MostSpacing { get; init; } = TimeSpan.FromHours(1);

    /// <summary>Least time between two writes for the sake of numbers alone.</summary>
    public TimeSpan NumbersAfter { get; init; } = TimeSpan.FromSeconds(300);

    /// <summary>Time over which the draw that is written is a mean.</summary>
    public TimeSpan Smoothing { get; init; } = TimeSpan.FromSeconds(60);

    /// <summary>Share by which a number must differ from the one written.</summary>
    public double NumbersChange { get; init; } = 0.05;

    /// <summary>The same for the ± of the watts, which moves with them and alone tells a scheduler little.</summary>
    public double UncertaintyChange { get; init; } = 0.5;

    /// <summary>Telemetry older than this says nothing about now.</summary>
    public TimeSpan FreshFor { get; init; } = TimeSpan.FromSeconds(15);

    /// <summary>Without telemetry for this long, the state is unknown.</summary>
    public TimeSpan UnknownAfter { get; init; } = TimeSpan.FromSeconds(120);

    /// <summary>Nothing is removed from a cluster before all of its nodes have reported, or this has passed since it was first seen.</summary>
    public TimeSpan AdoptFor { get; init; } = TimeSpan.FromSeconds(120);

    /// <summary>At most one event of a node and reason in this time.</summary>
    public TimeSpan EventWindow { get; init; } = TimeSpan.FromSeconds(300);

    public bool Taints { get; init; } = true;

    /// <summary>Taints become NoSchedule once they have stood for <see cref="HardAfter"/>.</summary>
    public bool HardTaints { get; init; }

    public TimeSpan HardAfter { get; init; } = TimeSpan.FromSeconds(300);

    public bool Conditions { get; init; } = true;

    /// <summary>How often a condition that holds is written again though nothing changed; null is never, so that a steady fleet writes nothing.</summary>
    public TimeSpan? Heartbeat { get; init; }

    public bool Events { get; init; } = true;

    /// <summary>Whether nodes advertise their static safe share as an extended resource.</summary>
    public bool AdvertiseWatts { get; init; }

    /// <summary>Grades a, b, c within each architecture instead of across the cluster: for scores that can not be compared between them.</summary>
    public bool GradeWithinArchitecture { get; init; }

    /// <summary>Distances to the nearest thermal limit.</summary>
    public Temperature WarmMargin { get; init; } = new(15_000);

    public Temperature HotMargin { get; init; } = new(5_000);

    public Temperature CriticalMargin { get; init; } = new(0);

    public Temperature MarginHysteresis { get; init; } = new(5_000);

    /// <summary>Shares of the allocation.</summary>
    public double ElevatedShare { get; init; } = 0.95;

    public double CriticalShare { get; init; } = 1.10;

    public double ShareHysteresis { get; init; } = 0.10;

    /// <summary>The same with every time multiplied: for benches that can not wait.</summary>
    public LabelPolicy Scaled(double factor) => this with
    {
        EnterAfter = EnterAfter * factor,
        LeaveAfter = LeaveAfter * factor,
        BurstWindow = BurstWindow * factor,
        HeadroomAfter = HeadroomAfter * factor,
        SettleAfter = SettleAfter * factor,
        PatchSpacing = PatchSpacing * factor,
        MostSpacing = MostSpacing * factor,
        NumbersAfter = NumbersAfter * factor,
        Smoothing = Smoothing * factor,
        FreshFor = FreshFor * factor,
        UnknownAfter = UnknownAfter * factor,
        AdoptFor = AdoptFor * factor,
        EventWindow = EventWindow * factor,
        HardAfter = HardAfter * factor,
        Heartbeat = Heartbeat * factor,
    };
}
