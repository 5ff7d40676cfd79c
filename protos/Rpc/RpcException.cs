namespace Homelab.Rpc;

/// <summary>
/// A call that ended with a status. Clients get it from the call; a server handler throws it to end the
/// call with exactly this status and these trailers.
/// </summary>
/// <param name="status">Usually not Ok; Ok only for a write after the peer had ended the call well.</param>
/// <param name="trailers">What came, or is to be sent, with the status; null for nothing.</param>
/// <param name="cause">What went wrong locally; never crosses the wire.</param>
internal sealed class RpcException(RpcStatus status, RpcMetadata? trailers = null, Exception? cause = null)
    : Exception($"{status.Code}: {status.Message}", cause)
{
    public RpcException(RpcCode code, string message)
        : this(new RpcStatus(code, message))
    {
    }

    public RpcStatus Status { get; } = status;

    public RpcMetadata Trailers { get; } = trailers ?? new RpcMetadata();
}
