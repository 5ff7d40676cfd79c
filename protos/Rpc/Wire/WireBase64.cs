using System.Buffers.Text;

namespace Homelab.Rpc;

/// <summary>Base64 of binary metadata: sent without padding, accepted with or without.</summary>
internal static class WireBase64
{
    public static string Encode(ReadOnlySpan<byte> bytes) => Convert.ToBase64String(bytes).TrimEnd('=');

    public static bool TryDecode(ReadOnlySpan<char> text, out byte[] bytes)
    {
        text = text.TrimEnd('=');
        var padded = string.Concat(text, (text.Length % 4) switch { 2 => "==", 3 => "=", _ => "" });
        bytes = [];
        if (!Base64.IsValid(padded))
            return false;
        bytes = Convert.FromBase64String(padded);
        return true;
    }
}
