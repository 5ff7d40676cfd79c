using Google.Protobuf;

namespace Homelab.Rpc.Server;

/// <summary>The client's messages. One read at a time.</summary>
internal sealed class RpcReader<TRequest>(ServerCall call, MessageParser<TRequest> parser)
    where TRequest : class, IMessage<TRequest>
{
    /// <returns>Null once the client has half-closed.</returns>
    /// <exception cref="OperationCanceledException">The call is over, or <paramref name="cancel"/> ended this one read; then the next goes on.</exception>
    /// <exception cref="RpcException">The peer sent what is no message, or one too long; let it out to end the call with its status.</exception>
    public async ValueTask<TRequest?> ReadAsync(CancellationToken cancel = default)
    {
        await call.Response.StartAsync();
        return await call.ReadAsync(parser, cancel);
    }
}
