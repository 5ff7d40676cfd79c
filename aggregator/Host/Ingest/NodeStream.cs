using Homelab.Aggregator.Control;
using Homelab.Aggregator.Fleet;
using Homelab.Aggregator.Leadership;
using Homelab.NodeAgent.V1;
using Homelab.Rpc;
using Homelab.Rpc.Server;

namespace Homelab.Aggregator.Ingest;

/// <summary>
/// One agent's stream from Hello to its end. A report is taken in, then acknowledged, before the next is read: an agent that does
/// not read its acknowledgements is thereby held up, and closed after <see cref="Patience"/>. Grants are written beside that, as they come,
/// and only ever the newest. Nothing here waits on another node.
/// </summary>
internal sealed class NodeStream(IngestRoom room, RpcReader<AgentMessage> reader, RpcWriter<AggregatorMessage> writer, RpcServerContext context)
{
    /// <summary>How long an agent may take to say Hello, or to read one message of ours.</summary>
    public static readonly TimeSpan Patience = TimeSpan.FromSeconds(10);

    /// <summary>Another candidate is tried at once; one that is not sought anew in every moment of an election.</summary>
    private static readonly TimeSpan ElsewhereAfter = TimeSpan.FromMilliseconds(100);

    private readonly string _peer = context.Peer?.ToString() ?? "unknown";
    private TimeSpan _welcomed;
    private CapAbility? _ability;
    private double? _use;
    private bool? _isOnBattery;

    public async Task RunAsync()
    {
        // Every agent tries every candidate once in a while: nothing to log.
        var term = room.Leadership.Term ?? throw new RpcException(RpcCode.Unavailable, room.Leadership.View.Direction);
        try
        {
            var identity = await GreetAsync();
            await HoldAsync(identity, term);
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
        var identity = Identity(first.Hello);
        PeerCertificate.Check(context.ClientCertificate, identity.Name);
        room.CheckRoomFor(identity.Name);
        return identity;
    }

    private NodeIdentity Identity(Hello hello) => WireMap.Identity(hello, _peer) with { CertificateExpiry = PeerCertificate.Expiry(context.ClientCertificate) };

    private async Task HoldAsync(NodeIdentity identity, LeadershipTerm term)
    {
        using var claim = room.Claims.Take(identity);
        var grants = room.Grants.Open(identity.Name, claim.Number);
        using var over = new CancellationTokenSource();
        using var stuck = new CancellationTokenSource();
        var granting = Task.CompletedTask;
        try
        {
            _welcomed = room.ReportInterval;
            await WriteAsync(WireMap.Welcome(_welcomed, room.Time.GetUtcNow(), room.Version));
            await PostAsync(new NodeGreeted(claim.Number, identity, Moment.Of(room.Time)));
            room.Joined(identity);
            granting = GrantAsync(grants, term, stuck, over.Token);
            await FollowAsync(claim, term, stuck.Token);
            room.Left(identity, "the agent closed it");
        }
        catch (Exception end)
        {
            room.Left(identity, end is RpcException refused ? refused.Status.Message : context.Draining.IsCancellationRequested ? "draining" : "the connection broke");
            throw;
        }
        finally
        {
            room.Grants.Close(identity.Name, claim.Number);
            room.Control.Post(new NodeGone(claim.Number, identity.Name, Moment.Of(room.Time)), isVital: true);
            await over.CancelAsync();
            await granting;
            room.Claims.Release(claim);
            await room.Events.PostAsync(new NodeLeft(claim.Number, identity.Name, Moment.Of(room.Time)), CancellationToken.None);
        }
    }

    /// <summary>Writes each grant as it comes. An agent that does not read ends the stream, as it does for acknowledgements.</summary>
    private async Task GrantAsync(GrantMailbox grants, LeadershipTerm term, CancellationTokenSource stuck, CancellationToken over)
    {
        using var ends = CancellationTokenSource.CreateLinkedTokenSource(context.Cancelled, over);
        try
        {
            while (true)
            {
                var grant = await grants.TakeAsync(ends.Token);
                // It may have lain here while the process stood still.
                if (room.Leadership.Term != term)
                    continue;
                await WriteAsync(GrantMap.Message(grant.Grant), ends.Token);
                room.Grants.Sent(grant);
            }
        }
        catch (OperationCanceledException)
        {
            // The stream is over.
        }
        catch (RpcException)
        {
            await stuck.CancelAsync();
        }
    }

    private async Task FollowAsync(NodeClaim claim, LeadershipTerm term, CancellationToken stuck)
    {
        var identity = claim.Identity;
        using var ends = CancellationTokenSource.CreateLinkedTokenSource(context.Cancelled, context.Draining, claim.Lost, stuck, term.Ended);
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
            catch (OperationCanceledException) when (stuck.IsCancellationRequested)
            {
                throw NotReading();
            }
            catch (OperationCanceledException) when (context.Draining.IsCancellationRequested && !context.Cancelled.IsCancellationRequested)
            {
                await WriteAsync(WireMap.Goodbye("the aggregator is shutting down", TimeSpan.FromSeconds(1)), CancellationToken.None);
                return;
            }
            catch (OperationCanceledException) when (term.Ended.IsCancellationRequested && !context.Cancelled.IsCancellationRequested)
            {
                await WriteAsync(WireMap.Goodbye(room.Leadership.View.Direction, ElsewhereAfter), CancellationToken.None);
                return;
            }
            if (message is null)
                return;
            claim.Heard();
            identity = await TakeAsync(message, claim.Number, identity);
            if (room.ReportInterval < _welcomed)
            {
                await WriteAsync(WireMap.Goodbye("caps are granted from now on: dial again to report more often", TimeSpan.FromMilliseconds(100)), CancellationToken.None);
                return;
            }
        }
    }

    /// <summary>Reports carry what changed, so the last word stands; a use that is not known is no use.</summary>
    private double? UseOf(NodeReport report, NodeIdentity identity)
    {
        if (identity.UseSensor < 0)
            return null;
        foreach (var (sensor, reading) in report.Readings)
        {
            if (sensor == identity.UseSensor)
                _use = reading is { Quality: Units.Quality.Ok, Micros: { } micros } ? micros / 1e6 : null;
        }
        return _use;
    }

    /// <summary>The last word stands here, too; a word that can not be used is none.</summary>
    private bool? SupplyOf(NodeReport report, NodeIdentity identity)
    {
        if (identity.SupplySensor < 0)
            return null;
        foreach (var (sensor, reading) in report.Readings)
        {
            if (sensor == identity.SupplySensor)
                _isOnBattery = reading is { Quality: Units.Quality.Ok, Micros: { } micros } ? micros > 0 : null;
        }
        return _isOnBattery;
    }

    /// <summary>The identity in force after the message.</summary>
    private async Task<NodeIdentity> TakeAsync(AgentMessage message, StreamNumber number, NodeIdentity identity)
    {
        switch (message.MessageCase)
        {
            case AgentMessage.MessageOneofCase.Report:
                var report = WireMap.Report(message.Report, identity);
                var at = Moment.Of(room.Time);
                // What does not fit is as if lost on its way: the control loop counts on that.
                room.Control.Post(new NodeSeen(number, identity.Name, report.Power.Watts, report.Power.Uncertainty, UseOf(report, identity), report.AgentMonotonic, at)
                {
                    BootId = identity.Machine.LiveBootId,
                    Marks = identity.Machine.Marks,
                    Provenance = report.Power.Provenance,
                    IsOnBattery = SupplyOf(report, identity),
                });
                await PostAsync(new NodeReported(number, identity.Name, report, at));
                await WriteAsync(WireMap.Acknowledged(report.Sequence));
                return identity;
            case AgentMessage.MessageOneofCase.Hello:
                var next = Identity(message.Hello);
                if (next.Name != identity.Name || next.Instance != identity.Instance)
                    throw new RpcException(RpcCode.InvalidArgument, "a later Hello must keep the node and the agent instance of the first");
                await PostAsync(new NodeGreeted(number, next, Moment.Of(room.Time)));
                return next;
            case AgentMessage.MessageOneofCase.CapRange:
                var ability = GrantMap.Ability(message.CapRange);
                if (_ability?.IsSameAs(ability) != true)
                    Tell(new NodeCapable(number, identity.Name, ability, Moment.Of(room.Time)) { BootId = identity.Machine.LiveBootId, Marks = identity.Machine.Marks });
                _ability = ability;
                return identity;
            case AgentMessage.MessageOneofCase.Applied:
                Tell(GrantMap.Answered(message.Applied, identity, number, Moment.Of(room.Time)));
                return identity;
            default:
                // Of a newer version.
                return identity;
        }
    }

    private void Tell(ControlEvent happening)
    {
        if (!room.Control.Post(happening))
            throw new RpcException(RpcCode.ResourceExhausted, "the control loop is behind; dial again");
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

    private async Task WriteAsync(AggregatorMessage message, CancellationToken over = default)
    {
        using var late = new CancellationTokenSource(Patience, room.Time);
        using var ends = CancellationTokenSource.CreateLinkedTokenSource(late.Token, over);
        try
        {
            await writer.WriteAsync(message, ends.Token);
        }
        catch (OperationCanceledException) when (late.IsCancellationRequested && !context.Cancelled.IsCancellationRequested)
        {
            throw NotReading();
        }
    }

    private static RpcException NotReading() => new(RpcCode.ResourceExhausted, $"the agent has not read our messages for {Patience.TotalSeconds:0} s");
}
