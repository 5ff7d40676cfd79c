namespace Homelab.Rpc;

/// <summary>A settled call.</summary>
internal sealed record RpcEnd(RpcStatus Status, RpcMetadata Trailers)
{
    public RpcException ToException(Exception? cause = null) => new(Status, Trailers, cause);
}
