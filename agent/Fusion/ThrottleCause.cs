namespace Homelab.NodeAgent.Fusion;

/// <summary>Why hardware is held back. The number is the wire value.</summary>
internal enum ThrottleCause
{
    Thermal = 1,

    /// <summary>At a power limit, be it somebody's wish or the hardware's own.</summary>
    Power = 2,
    Current = 3,
    UnderVoltage = 4,

    /// <summary>A clock ceiling below the hardware's, as the operating system was told to keep.</summary>
    FrequencyCap = 5,

    /// <summary>A clock ceiling that firmware sets by itself.</summary>
    FirmwareCap = 6,

    /// <summary>A signal from outside the chip: a supply's or a chassis' brake.</summary>
    ExternalBrake = 7,
}

/// <summary>The lower-case words of JSON, metrics and tables.</summary>
internal static class ThrottleCauseNames
{
    public static readonly ThrottleCause[] All =
    [
        ThrottleCause.Thermal, ThrottleCause.Power, ThrottleCause.Current, ThrottleCause.UnderVoltage,
        ThrottleCause.FrequencyCap, ThrottleCause.FirmwareCap, ThrottleCause.ExternalBrake,
    ];

    public static string Word(this ThrottleCause cause) => cause switch
    {
        ThrottleCause.Thermal => "thermal",
        ThrottleCause.Power => "power",
        ThrottleCause.Current => "current",
        ThrottleCause.UnderVoltage => "under_voltage",
        ThrottleCause.FrequencyCap => "frequency_cap",
        ThrottleCause.FirmwareCap => "firmware_cap",
        ThrottleCause.ExternalBrake => "external_brake",
        _ => "unknown",
    };
}

/// <summary>One cause on one node, all its hardware together.</summary>
/// <param name="Now">Null when nothing can tell at the moment.</param>
/// <param name="SinceBoot">True when it held at some time since boot; false when hardware remembers and says never; null when nothing remembers.</param>
/// <param name="Held">How long it held since the agent started; never falls.</param>
internal readonly record struct ThrottleState(ThrottleCause Cause, bool? Now, bool? SinceBoot, TimeSpan Held);
