using Homelab.Aggregator.Fleet;
using Homelab.NodeAgent.V1;
using Homelab.Rpc;
using Homelab.Rpc.Server;

namespace Homelab.Aggregator.Ingest;

/// <summary>
/// One agent's stream from Hello to its end. A report is taken in, then acknowledged, before the next is read: an agent that does
/// not read its acknowledgements is thereby held up, and closed after <see cref="Patience"/>. Nothing here waits on another node.
/// </summary>
internal sealed class NodeStream(IngestRoom room, RpcReader<AgentMessage> reader, RpcWriter<AggregatorMessage> writer, RpcServerContext context)
{
    /// <summary>How long an agent may take to say Hello, or to read one message of ours.</summary>
    public static readonly TimeSpan Patience = TimeSpan.FromSeconds(10);

    private readonly string _peer = context.Peer?.ToString() ?? "unknown";

    public async Task RunAsync()
    {
        try
        {
            var identity = await GreetAsync();
            await HoldAsync(identity);
        }
        catch (RpcException refusal)
        {
            room.Refused(_peer, refusal.Status);
            throw;
        }
    }

    private async Task<NodeIdentity> GreetAsync()
    {
        var first = await ReadInTimeAsync("no Hello came in time");
        if (first is null || first.MessageCase != AgentMessage.MessageOneofCase.Hello)
            throw new RpcException(RpcCode.InvalidArgument, "the first message must be a Hello");
        var identity = WireMap.Identity(first.Hello, _peer);
        PeerCertificate.Check(context.ClientCertificate, identity.Name);
        room.CheckRoomFor(identity.Name);
        return identity;
    }

    private async Task HoldAsync(NodeIdentity identity)
    {
        using var claim = room.Claims.Take(identity);
        try
        {
            await WriteAsync(WireMap.Welcome(room.ReportInterval, room.Time.GetUtcNow(), room.Version));
            await PostAsync(new NodeGreeted(claim.Number, identity, Moment.Of(room.Time)));
            room.Joined(identity);
            await FollowAsync(claim);
            room.Left(identity, "the agent closed it");
        }
        catch (Exception end)
        {
            room.Left(identity, end is RpcException refused ? refused.Status.Message : context.Draining.IsCancellationRequested ? "draining" : "the connection broke");
            throw;
        }
        finally
        {
            room.Claims.Release(claim);
            await room.Events.PostAsync(new NodeLeft(claim.Number, identity.Name, Moment.Of(room.Time)), CancellationToken.None);
        }
    }

    private async Task FollowAsync(NodeClaim claim)
    {
        var identity = claim.Identity;
        using var ends = CancellationTokenSource.CreateLinkedTokenSource(context.Cancelled, context.Draining, claim.Lost);
        while (true)
        {
            AgentMessage? message;
            try
            {
                message = await reader.ReadAsync(ends.Token);
            }
            catch (OperationCanceledException) when (claim.Lost.IsCancellationRequested)
            {
                throw new RpcException(RpcCode.Aborted, $"another stream took node '{identity.Name}' over");
            }
            catch (OperationCanceledException) when (context.Draining.IsCancellationRequested && !context.Cancelled.IsCancellationRequested)
            {
                await WriteAsync(WireMap.Goodbye("the aggregator is shutting down", TimeSpan.FromSeconds(1)));
                return;
            }
            if (message is null)
                return;
            claim.Heard();
            identity = await TakeAsync(message, claim.Number, identity);
        }
    }

    /// <summary>The identity in force after the message.</summary>
    private async Task<NodeIdentity> TakeAsync(AgentMessage message, StreamNumber number, NodeIdentity identity)
    {
        switch (message.MessageCase)
        {
            case AgentMessage.MessageOneofCase.Report:
                var report = WireMap.Report(message.Report, identity);
                await PostAsync(new NodeReported(number, identity.Name, report, Moment.Of(room.Time)));
                await WriteAsync(WireMap.Acknowledged(report.Sequence));
                return identity;
            case AgentMessage.MessageOneofCase.Hello:
                var next = WireMap.Identity(message.Hello, _peer);
                if (next.Name != identity.Name || next.Instance != identity.Instance)
                    throw new RpcException(RpcCode.InvalidArgument, "a later Hello must keep the node and the agent instance of the first");
                await PostAsync(new NodeGreeted(number, next, Moment.Of(room.Time)));
                return next;
            default:
                // Applied has nothing to answer while no grants are given; anything else is of a newer version.
                return identity;
        }
    }

    private ValueTask PostAsync(FleetEvent happening) => room.Events.PostAsync(happening, context.Cancelled);

    private async Task<AgentMessage?> ReadInTimeAsync(string complaint)
    {
        using var late = new CancellationTokenSource(Patience, room.Time);
        using var ends = CancellationTokenSource.CreateLinkedTokenSource(context.Cancelled, context.Draining, late.Token);
        try
        {
            return await reader.ReadAsync(ends.Token);
        }
        catch (OperationCanceledException) when (late.IsCancellationRequested && !context.Cancelled.IsCancellationRequested)
        {
            throw new RpcException(RpcCode.DeadlineExceeded, complaint);
        }
    }

    private async Task WriteAsync(AggregatorMessage message)
    {
        using var late = new CancellationTokenSource(Patience, room.Time);
        try
        {
            await writer.WriteAsync(message, late.Token);
        }
        catch (OperationCanceledException) when (late.IsCancellationRequested && !context.Cancelled.IsCancellationRequested)
        {
            throw new RpcException(RpcCode.ResourceExhausted, $"the agent has not read our messages for {Patience.TotalSeconds:0} s");
        }
    }
}
