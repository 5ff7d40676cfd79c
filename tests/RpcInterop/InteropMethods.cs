using Grpc.Testing;
using Homelab.Rpc;

namespace RpcInterop;

/// <summary>The methods of grpc.testing, as gRPC's interoperability suite names them.</summary>
internal static class InteropMethods
{
    private const string TestService = "grpc.testing.TestService";

    public static readonly RpcMethod<Empty, Empty> EmptyCall = new(TestService, "EmptyCall", Empty.Parser, Empty.Parser);

    public static readonly RpcMethod<SimpleRequest, SimpleResponse> UnaryCall =
        new(TestService, "UnaryCall", SimpleRequest.Parser, SimpleResponse.Parser);

    public static readonly RpcMethod<StreamingOutputCallRequest, StreamingOutputCallResponse> StreamingOutputCall =
        new(TestService, "StreamingOutputCall", StreamingOutputCallRequest.Parser, StreamingOutputCallResponse.Parser);

    public static readonly RpcMethod<StreamingInputCallRequest, StreamingInputCallResponse> StreamingInputCall =
        new(TestService, "StreamingInputCall", StreamingInputCallRequest.Parser, StreamingInputCallResponse.Parser);

    public static readonly RpcMethod<StreamingOutputCallRequest, StreamingOutputCallResponse> FullDuplexCall =
        new(TestService, "FullDuplexCall", StreamingOutputCallRequest.Parser, StreamingOutputCallResponse.Parser);

    public static readonly RpcMethod<Empty, Empty> UnimplementedMethod = new(TestService, "UnimplementedCall", Empty.Parser, Empty.Parser);

    public static readonly RpcMethod<Empty, Empty> UnimplementedService =
        new("grpc.testing.UnimplementedService", "UnimplementedCall", Empty.Parser, Empty.Parser);
}
