using System.Globalization;

namespace Homelab.Rpc;

/// <summary>A status as the header or trailer fields that carry it.</summary>
internal static class WireStatus
{
    /// <param name="code">The field grpc-status; anything but 0 to 16 is <see cref="RpcCode.Unknown"/>.</param>
    /// <param name="message">The field grpc-message; null when absent.</param>
    /// <param name="details">The field grpc-status-details-bin; null when absent, dropped when it is no base64.</param>
    public static RpcStatus Parse(string code, string? message, string? details)
    {
        var known = int.TryParse(code, NumberStyles.None, CultureInfo.InvariantCulture, out var number)
            && number <= (int)RpcCode.Unauthenticated;
        var bytes = details is not null && WireBase64.TryDecode(details.AsSpan().Trim(), out var decoded) ? decoded : [];
        var text = message is null ? "" : PercentText.Decode(message);
        return known
            ? new RpcStatus((RpcCode)number, text, bytes)
            : new RpcStatus(RpcCode.Unknown, text.Length > 0 ? text : "The peer sent a status code that does not exist.", bytes);
    }

    /// <summary>For answers that came without a grpc-status: proxies, web servers, wrong ports.</summary>
    /// <remarks>https://github.com/grpc/grpc/blob/master/doc/http-grpc-status-mapping.md</remarks>
    public static RpcCode FromHttp(int httpStatus) => httpStatus switch
    {
        400 => RpcCode.Internal,
        401 => RpcCode.Unauthenticated,
        403 => RpcCode.PermissionDenied,
        404 => RpcCode.Unimplemented,
        429 or 502 or 503 or 504 => RpcCode.Unavailable,
        _ => RpcCode.Unknown,
    };

    /// <summary>For a stream that was reset, by HTTP/2 error code.</summary>
    /// <remarks>
    /// Codes 0 and 1 should be INTERNAL, but the HTTP stack also reports a closed or frozen connection with
    /// them; the truth worth acting on is then "try again", so they are UNAVAILABLE here.
    /// </remarks>
    public static RpcCode FromReset(long http2Error) => http2Error switch
    {
        0x0 or 0x1 or 0x7 => RpcCode.Unavailable,
        0x8 => RpcCode.Cancelled,
        0xb => RpcCode.ResourceExhausted,
        0xc => RpcCode.PermissionDenied,
        _ => RpcCode.Internal,
    };
}
