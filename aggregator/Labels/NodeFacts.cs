using Homelab.Units;

namespace Homelab.Aggregator.Labels;

/// <summary>How firmly a node is held.</summary>
internal enum CapKind
{
    None = 0,

    /// <summary>Advised, or bounded: it may reach beyond.</summary>
    Soft = 1,

    /// <summary>Enforced and read back.</summary>
    Hard = 2,
}

/// <summary>The main thing that holds a node down.</summary>
internal enum ActuatorKind
{
    None = 0,
    Rapl = 1,
    Freq = 2,
    Nvml = 3,
    Amdgpu = 4,

    /// <summary>An ACPI power meter with a cap of its own (ACPI 6, 10.4): of the whole machine.</summary>
    Acpi = 5,
    Xe = 6,
    I915 = 7,
}

internal enum SupplyKind
{
    Unknown = 0,
    Mains = 1,
    Battery = 2,
}

/// <summary>What the fleet knows of one agent's machine now. Absent is null, never zero.</summary>
internal sealed record NodeFacts
{
    public required NodeName Agent { get; init; }

    /// <summary>Name of the machine that other agents are on, too; empty where it is the agent's alone.</summary>
    public string Host { get; init; } = "";

    /// <summary>Since the last report; null when none ever came. All below is as of then.</summary>
    public TimeSpan? Age { get; init; }

    public NodePower Power { get; init; } = NodePower.None;

    public CapKind CapKind { get; init; }

    public Power? Cap { get; init; }

    /// <summary>What is set aside for it: its cap, or what it would be capped to.</summary>
    public Power? Allocation { get; init; }

    public Power? Floor { get; init; }

    public Power? Ceiling { get; init; }

    public Power? Idle { get; init; }

    /// <summary>How much more it may draw; null takes allocation less draw.</summary>
    public Power? Headroom { get; init; }

    public ActuatorKind Actuator { get; init; }

    /// <summary>How far the hottest sensor is below its limit, negative above it.</summary>
    public Temperature? ThermalMargin { get; init; }

    /// <summary>The same to its critical limit, beyond which it is in danger; null where none is known.</summary>
    public Temperature? CriticalMargin { get; init; }

    /// <summary>Heat slows it down; null when no sensor can tell.</summary>
    public bool? IsThrottled { get; init; }

    /// <summary>Null when no sensor can tell.</summary>
    public bool? IsUnderVoltage { get; init; }

    public SupplyKind Supply { get; init; }

    public string Board { get; init; } = "";

    public bool HasGpu { get; init; }

    /// <summary>Work per joule, or peak performance per watt; only its order among the cluster's nodes counts.</summary>
    public double? Efficiency { get; init; }

    /// <summary>Chosen to shed, in a group that is over its budget now.</summary>
    public bool IsShedder { get; init; }

    /// <summary>One line for people: why it is held to what it is.</summary>
    public string Reason { get; init; } = "";

    /// <summary>The static safe share, of the machine.</summary>
    public Power? WattsShare { get; init; }
}

/// <summary>What may be done to the fleet.</summary>
internal enum FleetMode
{
    /// <summary>Nothing is written; the plan says what would be.</summary>
    Observe = 0,
    Label = 1,
    Cap = 2,
}

/// <param name="OverBudgetSince">On the clock of <see cref="LabelMoment.Now"/>; null when the fleet is not over its budget.</param>
internal sealed record FleetFacts(FleetMode Mode, TimeSpan? OverBudgetSince, bool IsOnBattery);

/// <summary>When a round is: <paramref name="Now"/> decides, <paramref name="At"/> is only written out.</summary>
internal readonly record struct LabelMoment(TimeSpan Now, DateTimeOffset At);
