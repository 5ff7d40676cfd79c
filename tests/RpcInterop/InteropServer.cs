using Google.Protobuf;
using Grpc.Testing;
using Homelab.Rpc;
using Homelab.Rpc.Server;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace RpcInterop;

/// <summary>The server side of gRPC's interoperability suite, on 127.0.0.1 and a free port.</summary>
internal static class InteropServer
{
    private const string EchoInitial = "x-grpc-test-echo-initial";
    private const string EchoTrailing = "x-grpc-test-echo-trailing-bin";

    public static async Task<WebApplication> StartAsync()
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.Services.AddRpc();
        builder.WebHost.ConfigureKestrel(kestrel =>
        {
            KestrelRpc.Configure(kestrel);
            kestrel.Listen(System.Net.IPAddress.Loopback, 0, listen => KestrelRpc.Configure(listen));
        });
        var server = builder.Build();
        Map(server);
        await server.StartAsync();
        return server;
    }

    public static Uri AddressOf(WebApplication server) =>
        new(server.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.Single());

    private static void Map(IEndpointRouteBuilder endpoints)
    {
        endpoints.MapRpcUnary(InteropMethods.EmptyCall, (request, _) => Task.FromResult(request));
        endpoints.MapRpcUnary(InteropMethods.UnaryCall, (request, context) =>
        {
            EchoMetadata(context);
            ThrowStatus(request.ResponseStatus);
            return Task.FromResult(new SimpleResponse { Payload = Zeros(request.ResponseSize) });
        });
        endpoints.MapRpcServerStreaming(InteropMethods.StreamingOutputCall, RespondAsync);
        endpoints.MapRpcClientStreaming(InteropMethods.StreamingInputCall, SumAsync);
        endpoints.MapRpcDuplex(InteropMethods.FullDuplexCall, async (reader, writer, context) =>
        {
            EchoMetadata(context);
            while (await reader.ReadAsync() is { } request)
            {
                ThrowStatus(request.ResponseStatus);
                await RespondAsync(request, writer, context);
            }
        });
        endpoints.MapRpcFallback();
    }

    private static async Task<StreamingInputCallResponse> SumAsync(RpcReader<StreamingInputCallRequest> reader, RpcServerContext context)
    {
        var sum = 0;
        while (await reader.ReadAsync() is { } request)
            sum += request.Payload.Body.Length;
        return new StreamingInputCallResponse { AggregatedPayloadSize = sum };
    }

    private static async Task RespondAsync(StreamingOutputCallRequest request, RpcWriter<StreamingOutputCallResponse> writer, RpcServerContext context)
    {
        foreach (var wanted in request.ResponseParameters)
        {
            if (wanted.IntervalUs > 0)
                await Task.Delay(TimeSpan.FromMicroseconds(wanted.IntervalUs), TimeProvider.System, context.Cancelled);
            await writer.WriteAsync(new StreamingOutputCallResponse { Payload = Zeros(wanted.Size) });
        }
    }

    private static void EchoMetadata(RpcServerContext context)
    {
        if (context.RequestHeaders.Find(EchoInitial) is { } initial)
            context.ResponseHeaders.Add(EchoInitial, initial);
        if (context.RequestHeaders.FindBinary(EchoTrailing) is { } trailing)
            context.Trailers.AddBinary(EchoTrailing, trailing);
    }

    private static void ThrowStatus(EchoStatus? status)
    {
        if (status is { Code: not 0 })
            throw new RpcException((RpcCode)status.Code, status.Message);
    }

    private static Payload Zeros(int size) => new() { Body = ByteString.CopyFrom(new byte[size]) };
}
