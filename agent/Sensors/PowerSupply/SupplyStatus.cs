namespace Homelab.NodeAgent.Sensors.PowerSupply;

/// <summary>The words of a supply's <c>status</c> file.</summary>
internal enum SupplyStatus
{
    /// <summary>The driver's own "Unknown", a word of a later kernel, or a file that can not be read.</summary>
    Unknown,
    Charging,
    Discharging,
    NotCharging,
    Full,
}

/// <summary>The kernel's text as a status.</summary>
internal static class SupplyStatusText
{
    public static SupplyStatus Parse(ReadOnlySpan<byte> text)
    {
        text = text.TrimEnd(" \t\r\n\0"u8);
        return text.SequenceEqual("Discharging"u8) ? SupplyStatus.Discharging
            : text.SequenceEqual("Charging"u8) ? SupplyStatus.Charging
            : text.SequenceEqual("Not charging"u8) ? SupplyStatus.NotCharging
            : text.SequenceEqual("Full"u8) ? SupplyStatus.Full
            : SupplyStatus.Unknown;
    }
}
