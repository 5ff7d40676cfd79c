using System.Text;

namespace Homelab.Rpc;

/// <summary>The header grpc-message: UTF-8, with every byte but printable ASCII, and '%' itself, as %XX.</summary>
internal static class PercentText
{
    private const string Hex = "0123456789ABCDEF";

    public static string Encode(string text)
    {
        if (!text.AsSpan().ContainsAnyExceptInRange(' ', '~') && !text.Contains('%'))
            return text;
        var encoded = new StringBuilder(text.Length + 16);
        foreach (var b in Encoding.UTF8.GetBytes(text))
        {
            if (b is >= (byte)' ' and <= (byte)'~' and not (byte)'%')
                encoded.Append((char)b);
            else
                encoded.Append('%').Append(Hex[b >> 4]).Append(Hex[b & 15]);
        }

        return encoded.ToString();
    }

    /// <summary>Never fails: what is no valid escape stays as it came, what is no UTF-8 becomes U+FFFD.</summary>
    public static string Decode(string text)
    {
        if (!text.Contains('%'))
            return text;
        var raw = Encoding.UTF8.GetBytes(text);
        var length = 0;
        for (var i = 0; i < raw.Length; i++)
        {
            if (raw[i] == '%' && i + 2 < raw.Length && char.IsAsciiHexDigit((char)raw[i + 1]) && char.IsAsciiHexDigit((char)raw[i + 2]))
            {
                raw[length++] = (byte)((Nibble(raw[i + 1]) << 4) | Nibble(raw[i + 2]));
                i += 2;
            }
            else
            {
                raw[length++] = raw[i];
            }
        }

        return Encoding.UTF8.GetString(raw, 0, length);
    }

    private static int Nibble(byte digit) => digit <= '9' ? digit - '0' : (digit | 0x20) - 'a' + 10;
}
