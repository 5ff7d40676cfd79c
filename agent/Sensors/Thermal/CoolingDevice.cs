namespace Homelab.NodeAgent.Sensors.Thermal;

/// <summary>What a cooling device of a type does when its state rises.</summary>
internal static class CoolingDevice
{
    /// <summary>Channel name of a device that slows the processor or a GPU: a ratio above 0 is thermal throttling now.</summary>
    public const string Throttle = "throttle";

    /// <summary>Channel name of a fan.</summary>
    public const string Fan = "fan";

    /// <summary>Channel name of anything else.</summary>
    public const string Other = "state";

    /// <param name="type">The device's <c>type</c> file: <c>Processor</c>, <c>cpufreq-cpu0</c>, <c>pwm-fan</c>, …</param>
    public static string Channel(string type)
    {
        if (type is "Processor" or "intel_powerclamp" or "TCC Offset"
            || type.StartsWith("cpufreq-", StringComparison.Ordinal)
            || type.StartsWith("thermal-cpufreq-", StringComparison.Ordinal)
            || type.StartsWith("thermal-devfreq-", StringComparison.Ordinal)
            || type.StartsWith("thermal-idle-", StringComparison.Ordinal)
            || type.StartsWith("devfreq-", StringComparison.Ordinal))
        {
            return Throttle;
        }
        return type.Contains("fan", StringComparison.OrdinalIgnoreCase) || type.StartsWith("TFN", StringComparison.Ordinal) ? Fan : Other;
    }
}
