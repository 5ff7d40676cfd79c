namespace Homelab.Rpc;

/// <summary>Header names of gRPC over HTTP/2, and which names are free for metadata.</summary>
/// <remarks>https://github.com/grpc/grpc/blob/master/doc/PROTOCOL-HTTP2.md</remarks>
internal static class WireNames
{
    public const string ContentType = "application/grpc";
    public const string Status = "grpc-status";
    public const string Message = "grpc-message";
    public const string Details = "grpc-status-details-bin";
    public const string Timeout = "grpc-timeout";
    public const string Encoding = "grpc-encoding";
    public const string AcceptEncoding = "grpc-accept-encoding";
    public const string Identity = "identity";

    /// <summary>application/grpc, alone or followed by a message format (+proto) or parameters; not application/grpc-web.</summary>
    public static bool IsGrpc(string? contentType) =>
        contentType is not null
        && contentType.StartsWith(ContentType, StringComparison.OrdinalIgnoreCase)
        && (contentType.Length == ContentType.Length || contentType[ContentType.Length] is '+' or ';' or ' ');

    public static bool IsBinary(string name) => name.EndsWith("-bin", StringComparison.Ordinal);

    /// <summary>Free for metadata: well formed, lower case, and neither gRPC's nor HTTP's own.</summary>
    public static bool IsCustom(string name)
    {
        if (name.Length == 0 || name.StartsWith("grpc-", StringComparison.Ordinal))
            return false;
        foreach (var c in name)
            if (c is not ((>= 'a' and <= 'z') or (>= '0' and <= '9') or '-' or '_' or '.'))
                return false;
        return name is not ("te" or "host" or "connection" or "keep-alive" or "transfer-encoding" or "upgrade"
            or "content-type" or "content-length" or "content-encoding" or "trailer");
    }
}
