using Google.Protobuf;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;

namespace Homelab.Rpc.Server;

/// <summary>
/// Maps methods to handlers on any Kestrel endpoint that speaks HTTP/2. A handler ends its call by returning (Ok) or
/// by throwing <see cref="RpcException"/> (that status); any other exception is logged and the peer gets UNKNOWN.
/// </summary>
internal static class RpcEndpoints
{
    public static IServiceCollection AddRpc(this IServiceCollection services, Action<RpcServerOptions>? configure = null)
    {
        var options = new RpcServerOptions();
        configure?.Invoke(options);
        return services.AddSingleton(options).AddSingleton<RpcRuntime>();
    }

    public static IEndpointConventionBuilder MapRpcUnary<TRequest, TResponse>(
        this IEndpointRouteBuilder endpoints, RpcMethod<TRequest, TResponse> method, Func<TRequest, RpcServerContext, Task<TResponse>> handler)
        where TRequest : class, IMessage<TRequest>
        where TResponse : class, IMessage<TResponse> =>
        endpoints.MapCall(method.FullName, async call =>
        {
            var request = await call.ReadOneAsync(method.RequestParser);
            await call.Response.WriteAsync(await handler(request, call.Context), default);
        });

    public static IEndpointConventionBuilder MapRpcServerStreaming<TRequest, TResponse>(
        this IEndpointRouteBuilder endpoints, RpcMethod<TRequest, TResponse> method, Func<TRequest, RpcWriter<TResponse>, RpcServerContext, Task> handler)
        where TRequest : class, IMessage<TRequest>
        where TResponse : class, IMessage<TResponse> =>
        endpoints.MapCall(method.FullName, async call =>
        {
            var request = await call.ReadOneAsync(method.RequestParser);
            await handler(request, new RpcWriter<TResponse>(call), call.Context);
        });

    public static IEndpointConventionBuilder MapRpcClientStreaming<TRequest, TResponse>(
        this IEndpointRouteBuilder endpoints, RpcMethod<TRequest, TResponse> method, Func<RpcReader<TRequest>, RpcServerContext, Task<TResponse>> handler)
        where TRequest : class, IMessage<TRequest>
        where TResponse : class, IMessage<TResponse> =>
        endpoints.MapCall(method.FullName, async call =>
        {
            var reader = new RpcReader<TRequest>(call, method.RequestParser);
            await call.Response.WriteAsync(await handler(reader, call.Context), default);
        });

    public static IEndpointConventionBuilder MapRpcDuplex<TRequest, TResponse>(
        this IEndpointRouteBuilder endpoints, RpcMethod<TRequest, TResponse> method, Func<RpcReader<TRequest>, RpcWriter<TResponse>, RpcServerContext, Task> handler)
        where TRequest : class, IMessage<TRequest>
        where TResponse : class, IMessage<TResponse> =>
        endpoints.MapCall(method.FullName, call =>
            handler(new RpcReader<TRequest>(call, method.RequestParser), new RpcWriter<TResponse>(call), call.Context));

    /// <summary>Answers gRPC calls of unknown services and methods with UNIMPLEMENTED; anything else that was not found stays 404.</summary>
    public static IEndpointConventionBuilder MapRpcFallback(this IEndpointRouteBuilder endpoints)
    {
        var runtime = endpoints.ServiceProvider.GetRequiredService<RpcRuntime>();
        var fallback = endpoints.MapPost("/{**path}", http =>
        {
            if (WireNames.IsGrpc(http.Request.ContentType))
                return ServerCall.ServeAsync(http, runtime, static _ => throw new RpcException(RpcCode.Unimplemented, "The server does not know this method."));
            http.Response.StatusCode = StatusCodes.Status404NotFound;
            return Task.CompletedTask;
        });
        fallback.Add(static endpoint => ((RouteEndpointBuilder)endpoint).Order = int.MaxValue);
        return fallback;
    }

    private static IEndpointConventionBuilder MapCall(this IEndpointRouteBuilder endpoints, string path, Func<ServerCall, Task> handler)
    {
        var runtime = endpoints.ServiceProvider.GetRequiredService<RpcRuntime>();
        return endpoints.MapPost(path, http => ServerCall.ServeAsync(http, runtime, handler));
    }
}
