namespace Homelab.NodeAgent.Sensors.RaspberryPi;

/// <summary>What the firmware's throttle word says, by the names that every source uses.</summary>
/// <remarks>Bits 0 to 3 are now, 16 to 19 the same since boot: under-voltage, clock capped, throttled, soft temperature limit (vcgencmd(1)).
/// Capped and throttled have two reasons only, a weak supply and heat; so without under-voltage it is heat.</remarks>
internal static class ThrottleFlag
{
    private const uint UnderVoltage = 1;
    private const uint Capped = 2;
    private const uint Throttled = 4;
    private const uint SoftLimit = 8;
    private const int SinceBoot = 16;

    public static readonly IReadOnlyList<string> Names = ["under_voltage", "frequency_capped", "firmware_capped", "throttled_thermal"];

    /// <param name="word">As the firmware gives it.</param>
    /// <param name="flag">Index into <see cref="Names"/>.</param>
    /// <param name="isSinceBoot">False for now.</param>
    public static bool IsSet(uint word, int flag, bool isSinceBoot)
    {
        var bits = isSinceBoot ? word >> SinceBoot : word;
        return flag switch
        {
            0 => (bits & UnderVoltage) != 0,
            1 => (bits & Capped) != 0,
            2 => (bits & Throttled) != 0,
            _ => (bits & SoftLimit) != 0 || ((bits & (Capped | Throttled)) != 0 && (bits & UnderVoltage) == 0),
        };
    }
}
