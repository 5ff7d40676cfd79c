using System.Runtime.CompilerServices;
using Homelab.NodeAgent.V1;
using Homelab.Rpc;

namespace Homelab.NodeAgent.Uplink;

/// <summary>One call of NodeAgentService.Connect, by gRPC.</summary>
internal sealed class GrpcLink(RpcCall<AgentMessage, AggregatorMessage> call) : IAggregatorLink
{
    private static readonly RpcMethod<AgentMessage, AggregatorMessage> Connect =
        new("homelab.nodeagent.v1.NodeAgentService", "Connect", AgentMessage.Parser, AggregatorMessage.Parser);

    private readonly ReportMessage _report = new();

    public static GrpcLink Open(RpcChannel channel, CancellationToken cancellation) => new(channel.Open(Connect, null, cancellation));

    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder))]
    public async ValueTask SayAsync(AgentWord word, CancellationToken cancellation)
    {
        try
        {
            // One word at a time: what the last report was written in is free.
            await call.WriteAsync(word is AgentWord.Report report ? _report.Of(report) : WireMap.ToMessage(word), cancellation).ConfigureAwait(false);
        }
        catch (RpcException error)
        {
            throw Explain(error);
        }
    }

    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    public async ValueTask<AggregatorWord?> HearAsync(CancellationToken cancellation)
    {
        try
        {
            var message = await call.ReadAsync(cancellation).ConfigureAwait(false);
            return message is null ? null : WireMap.FromMessage(message);
        }
        catch (RpcException error)
        {
            throw Explain(error);
        }
    }

    public ValueTask DisposeAsync() => call.DisposeAsync();

    private static LinkException Explain(RpcException error) => new(error.Message, IsRefusal(error.Status.Code), error);

    /// <summary>Codes by which the aggregator turns this agent away, rather than being away itself.</summary>
    private static bool IsRefusal(RpcCode code) => code
        is RpcCode.AlreadyExists or RpcCode.FailedPrecondition or RpcCode.PermissionDenied
        or RpcCode.Unauthenticated or RpcCode.InvalidArgument or RpcCode.Unimplemented;
}
