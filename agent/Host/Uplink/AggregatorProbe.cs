using Grpc.Health.V1;
using Homelab.NodeAgent.Configuration;
using Homelab.NodeAgent.Sampling;
using Homelab.Rpc;

namespace Homelab.NodeAgent.Uplink;

/// <summary>Whether the aggregator answers.</summary>
/// <param name="Answers">True when something that speaks gRPC answered.</param>
/// <param name="Took">From dialling to the answer.</param>
/// <param name="Detail">What it said, or why it did not; one line.</param>
internal sealed record ProbeResult(bool Answers, TimeSpan Took, string Detail);

/// <summary>Asks the aggregator's health service. A Connect would throw this node's own running agent off.</summary>
internal static class AggregatorProbe
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(3);

    private static readonly RpcMethod<HealthCheckRequest, HealthCheckResponse> Check =
        new("grpc.health.v1.Health", "Check", HealthCheckRequest.Parser, HealthCheckResponse.Parser);

    public static async Task<ProbeResult> AskAsync(RpcChannel channel, MonotonicClock clock, CancellationToken cancellation)
    {
        var begun = clock.Now;
        try
        {
            var answer = await channel.UnaryAsync(Check, new HealthCheckRequest(), new RpcCallOptions { Timeout = Patience }, cancellation).ConfigureAwait(false);
            var status = answer.Status == HealthCheckResponse.Types.ServingStatus.Serving ? "serving" : "not serving yet";
            return new ProbeResult(true, clock.Now - begun, status);
        }
        catch (RpcException error) when (error.Status.Code is RpcCode.Unimplemented or RpcCode.Unauthenticated or RpcCode.PermissionDenied)
        {
            return new ProbeResult(true, clock.Now - begun, error.Message);
        }
        catch (RpcException error)
        {
            var reason = error.Status.Code == RpcCode.DeadlineExceeded ? $"no answer within {Words.Of(Patience)}" : error.Message;
            return new ProbeResult(false, clock.Now - begun, reason);
        }
    }
}
