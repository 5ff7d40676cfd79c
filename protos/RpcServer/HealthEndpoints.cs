using Grpc.Health.V1;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;
using Status = Grpc.Health.V1.HealthCheckResponse.Types.ServingStatus;

namespace Homelab.Rpc.Server;

/// <summary>grpc.health.v1.Health over a <see cref="HealthState"/>.</summary>
/// <remarks>https://github.com/grpc/grpc/blob/master/doc/health-checking.md</remarks>
internal static class HealthEndpoints
{
    public static readonly RpcMethod<HealthCheckRequest, HealthCheckResponse> Check =
        new("grpc.health.v1.Health", "Check", HealthCheckRequest.Parser, HealthCheckResponse.Parser);

    public static readonly RpcMethod<HealthCheckRequest, HealthCheckResponse> Watch =
        new("grpc.health.v1.Health", "Watch", HealthCheckRequest.Parser, HealthCheckResponse.Parser);

    /// <summary>From the start of a drain on, nothing serves.</summary>
    public static void MapRpcHealth(this IEndpointRouteBuilder endpoints, HealthState health)
    {
        endpoints.ServiceProvider.GetRequiredService<RpcRuntime>().Draining.Register(health.Drain);
        endpoints.MapRpcUnary(Check, (request, _) => health.Observe(request.Service).Status is { } status
            ? Task.FromResult(new HealthCheckResponse { Status = status })
            : throw new RpcException(RpcCode.NotFound, "The server does not know this service."));
        endpoints.MapRpcServerStreaming(Watch, (request, writer, context) => WatchAsync(health, request.Service, writer, context));
    }

    private static async Task WatchAsync(HealthState health, string service, RpcWriter<HealthCheckResponse> writer, RpcServerContext context)
    {
        Status? told = null;
        while (true)
        {
            var (status, changed) = health.Observe(service);
            var now = status ?? Status.ServiceUnknown;
            if (now != told)
                await writer.WriteAsync(new HealthCheckResponse { Status = now });
            told = now;
            await changed.WaitAsync(context.Cancelled);
        }
    }
}
