namespace Homelab.Aggregator.Labels;

/// <summary>The lower-case words of labels.</summary>
internal static class FactWords
{
    public static string Word(this CapKind kind) => kind switch
    {
        CapKind.Soft => "soft",
        CapKind.Hard => "hard",
        _ => "none",
    };

    public static string Word(this ActuatorKind kind) => kind switch
    {
        ActuatorKind.Rapl => "rapl",
        ActuatorKind.Freq => "freq",
        ActuatorKind.Nvml => "nvml",
        ActuatorKind.Amdgpu => "amdgpu",
        ActuatorKind.Acpi => "acpi",
        ActuatorKind.Xe => "xe",
        ActuatorKind.I915 => "i915",
        _ => "none",
    };

    /// <summary>Null is no label.</summary>
    public static string? Word(this SupplyKind kind) => kind switch
    {
        SupplyKind.Mains => "mains",
        SupplyKind.Battery => "battery",
        _ => null,
    };
}
