using Google.Protobuf;

namespace Homelab.Rpc;

/// <summary>One method of a service, as both ends name it.</summary>
/// <remarks><c>Service</c> is the full protobuf name, e.g. <c>grpc.health.v1.Health</c>; <c>Name</c> e.g. <c>Check</c>.</remarks>
internal sealed record RpcMethod<TRequest, TResponse>(
    string Service,
    string Name,
    MessageParser<TRequest> RequestParser,
    MessageParser<TResponse> ResponseParser)
    where TRequest : class, IMessage<TRequest>
    where TResponse : class, IMessage<TResponse>
{
    /// <summary>The HTTP/2 path: <c>/service/name</c>.</summary>
    public string FullName { get; } = $"/{Service}/{Name}";
}
