using System.Net;
using System.Net.Http.Headers;

namespace Homelab.Rpc;

/// <summary>Reads the response's head and tail: metadata, and the status wherever the server put it.</summary>
internal static class CallResponse
{
    /// <returns>The status of a response that is over with its head (Trailers-Only, or no gRPC at all); null when a body follows.</returns>
    public static RpcStatus? StatusOfHead(HttpResponseMessage response)
    {
        if (StatusIn(response.Headers) is { } trailersOnly)
            return trailersOnly;
        if (response.StatusCode != HttpStatusCode.OK)
            return new RpcStatus(WireStatus.FromHttp((int)response.StatusCode), $"The peer answered with HTTP status {(int)response.StatusCode}.");
        var contentType = Find(response.Content.Headers, "content-type");
        return WireNames.IsGrpc(contentType)
            ? null
            : new RpcStatus(RpcCode.Unknown, $"The peer does not speak gRPC; its answer is '{contentType ?? "of no type"}'.");
    }

    /// <summary>Only after the body's end.</summary>
    public static RpcStatus StatusOfTail(HttpResponseMessage response) =>
        StatusIn(response.TrailingHeaders) ?? new RpcStatus(RpcCode.Unknown, "The answer ended without a status.");

    public static RpcMetadata Metadata(HttpHeaders headers)
    {
        var metadata = new RpcMetadata();
        foreach (var (name, values) in headers.NonValidated)
            foreach (var value in values)
                metadata.AddFromWire(name, value);
        return metadata;
    }

    private static RpcStatus? StatusIn(HttpHeaders headers) =>
        Find(headers, WireNames.Status) is { } code
            ? WireStatus.Parse(code, Find(headers, WireNames.Message), Find(headers, WireNames.Details))
            : null;

    private static string? Find(HttpHeaders headers, string name)
    {
        if (headers.NonValidated.TryGetValues(name, out var values))
            foreach (var value in values)
                return value;
        return null;
    }
}
