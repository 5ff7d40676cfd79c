using System.Globalization;
using System.Net;
using Homelab.NodeAgent.Configuration;

namespace Homelab.NodeAgent.Uplink;

/// <summary>The machine's addresses, from its kernel's tables. A full list of interfaces would cost the native binary more than these two files.</summary>
internal static class HostAddresses
{
    private const int Largest = 262_144;

    /// <summary>Every address of this network namespace but loopback and link-local ones; in ordinal order, at most <see cref="Words.MostAddresses"/>.</summary>
    /// <remarks>Source: /proc/net/fib_trie (a leaf <c>|-- ADDRESS</c>, then <c>/32 host LOCAL</c>) and /proc/net/if_inet6 (32 hexadecimal digits first).</remarks>
    public static IReadOnlyList<string> Read(HostRoot root) =>
    [
        .. Fourth(Text(root, "/proc/net/fib_trie")).Concat(Sixth(Text(root, "/proc/net/if_inet6")))
            .Where(Words.IsOfAMachine).Select(address => address.ToString()).Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal).Take(Words.MostAddresses),
    ];

    private static IEnumerable<IPAddress> Fourth(string table)
    {
        IPAddress? leaf = null;
        foreach (var line in table.Split('\n'))
        {
            var text = line.Trim();
            if (text.StartsWith("|-- ", StringComparison.Ordinal))
                leaf = IPAddress.TryParse(text.AsSpan(4), out var address) ? address : null;
            else if (leaf is not null && text == "/32 host LOCAL")
                yield return leaf;
        }
    }

    private static IEnumerable<IPAddress> Sixth(string table)
    {
        foreach (var line in table.Split('\n'))
        {
            if (line.Length >= 32 && UInt128.TryParse(line.AsSpan(0, 32), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out var number))
            {
                var bytes = new byte[16];
                System.Buffers.Binary.BinaryPrimitives.WriteUInt128BigEndian(bytes, number);
                yield return new IPAddress(bytes);
            }
        }
    }

    private static string Text(HostRoot root, string path)
    {
        var buffer = new byte[Largest];
        var count = root.Files.Read(root.Locate(path), buffer);
        return count <= 0 ? "" : System.Text.Encoding.ASCII.GetString(buffer, 0, count);
    }
}
