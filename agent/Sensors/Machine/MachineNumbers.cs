namespace Homelab.NodeAgent.Sensors.Machine;

/// <summary>The numbers that tell one machine from another of the same make. Empty where they are absent, unreadable or a placeholder.</summary>
internal static class MachineNumbers
{
    private const int LongestSerial = 64;

    /// <summary>What firmware ships when nobody has burnt a number in: the AMI default, in both byte orders.</summary>
    private static readonly string[] Placeholders = ["03000200-0400-0500-0006-000700080009", "00020003-0004-0005-0006-000700080009"];

    /// <summary>man 5 machine-id: 32 lower-case hexadecimal digits, not all zero; <c>uninitialized</c> during the first boot.</summary>
    public static string MachineId(HostRoot root) =>
        root.ReadLine("/etc/machine-id") is { Length: 32 } text && text.All(char.IsAsciiHexDigit) && !IsOneDigit(text) ? text.ToLowerInvariant() : "";

    public static string SystemUuid(HostRoot root)
    {
        if (Guid.TryParseExact(root.ReadLine("/sys/class/dmi/id/product_uuid"), "D", out var uuid))
        {
            var text = uuid.ToString("D");
            return IsOneDigit(text) || Placeholders.Contains(text) ? "" : text;
        }
        var serial = root.ReadLine("/proc/device-tree/serial-number") ?? root.ReadLine("/sys/firmware/devicetree/base/serial-number") ?? "";
        return serial.Length is > 0 and <= LongestSerial && serial.All(char.IsAsciiLetterOrDigit) && !IsOneDigit(serial) ? serial.ToLowerInvariant() : "";
    }

    private static bool IsOneDigit(string text) => text.All(c => c == text[0] || c == '-');
}
