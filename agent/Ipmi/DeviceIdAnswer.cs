using System.Globalization;

namespace Homelab.NodeAgent.Ipmi;

/// <summary>Who the controller is, for people.</summary>
/// <remarks>IPMI 2.0, table 20-2: completion code, device id, revision, firmware major (7 bits) and minor (BCD), IPMI version (BCD, low nibble first),
/// support bits, manufacturer (20 bits of 3 bytes, an IANA number), product.</remarks>
internal static class DeviceIdAnswer
{
    public const int Bytes = 12;

    /// <summary><c>device 0x20, firmware 1.46, IPMI 2.0, manufacturer 10876</c>; null when the answer is too short.</summary>
    public static string? Words(ReadOnlySpan<byte> answer)
    {
        if (answer.Length < Bytes || answer[0] != CompletionCode.Success)
            return null;
        var manufacturer = answer[7] | (answer[8] << 8) | ((answer[9] & 0x0F) << 16);
        return string.Create(CultureInfo.InvariantCulture,
            $"device 0x{answer[1]:X2}, firmware {answer[3] & 0x7F}.{answer[4]:X2}, IPMI {answer[5] & 0x0F}.{answer[5] >> 4}, manufacturer {manufacturer}");
    }
}
