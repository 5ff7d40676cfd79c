using Google.Protobuf;

namespace Homelab.Rpc.Server;

/// <summary>The server's messages. Writers may compete: they wait for each other, and messages never mix.</summary>
internal sealed class RpcWriter<TResponse>(ServerCall call)
    where TResponse : class, IMessage<TResponse>
{
    /// <summary>Done when the message is on its way or in the bounded send buffer; waits while the peer takes nothing.</summary>
    /// <exception cref="OperationCanceledException">The call is over, or <paramref name="cancel"/> ended the wait; the message may still arrive.</exception>
    public ValueTask WriteAsync(TResponse message, CancellationToken cancel = default) => call.Response.WriteAsync(message, cancel);
}
