using System.Globalization;
using System.Net;

namespace Homelab.Aggregator.Configuration;

/// <summary>Where to listen.</summary>
/// <param name="Address"><see cref="IPAddress.IPv6Any"/> stands for every address of both families.</param>
/// <param name="Port">0 lets the system choose.</param>
internal sealed record ListenAddress(IPAddress Address, int Port)
{
    public bool IsLoopback => IPAddress.IsLoopback(Address);

    /// <summary>Accepts <c>127.0.0.1:8765</c>, <c>[::1]:8765</c>, <c>localhost:8765</c>, and <c>:8765</c> or <c>*:8765</c> for every address.</summary>
    public static ListenAddress? TryParse(string text)
    {
        var cut = text.LastIndexOf(':');
        if (cut < 0 || !int.TryParse(text.AsSpan(cut + 1), NumberStyles.None, CultureInfo.InvariantCulture, out var port) || port > 65535)
            return null;
        var host = text[..cut];
        if (host is "" or "*")
            return new ListenAddress(IPAddress.IPv6Any, port);
        if (host == "localhost")
            return new ListenAddress(IPAddress.Loopback, port);
        var isBracketed = host.StartsWith('[') && host.EndsWith(']');
        if (isBracketed)
            host = host[1..^1];
        return IPAddress.TryParse(host, out var address) && isBracketed == host.Contains(':', StringComparison.Ordinal)
            ? new ListenAddress(address, port)
            : null;
    }

    public override string ToString() => new IPEndPoint(Address, Port).ToString();
}
