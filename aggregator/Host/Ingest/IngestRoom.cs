using Homelab.Aggregator.Budgeting;
using Homelab.Aggregator.Control;
using Homelab.Aggregator.Fleet;
using Homelab.Aggregator.Leadership;
using Homelab.Rpc;
using Homelab.Units;

namespace Homelab.Aggregator.Ingest;

/// <summary>What all agent streams share.</summary>
internal sealed class IngestRoom(
    FleetEvents events, FleetStore fleet, NodeClaims claims, ControlInbox control, GrantMailboxes grants, ILeadership leadership, ReportPace pace, string version, TimeProvider time, ILogger<IngestRoom> logger)
{
    /// <summary>Names a fleet can hold. Each is kept for good, so strangers must not be able to add them without end.</summary>
    public const int MostNodes = 8192;

    private static readonly TimeSpan RefusalWindow = TimeSpan.FromMinutes(1);
    private const int RefusalsPerWindow = 20;
    private readonly Lock _refusalLock = new();
    private long _windowStart;
    private int _refusals;

    public FleetEvents Events => events;

    public NodeClaims Claims => claims;

    public ControlInbox Control => control;

    public GrantMailboxes Grants => grants;

    public ILeadership Leadership => leadership;

    /// <summary>How often agents are asked to report now; more often while caps are granted.</summary>
    public TimeSpan ReportInterval => pace.In(fleet.Current.Control?.State.Mode);

    public string Version => version;

    public TimeProvider Time => time;

    /// <summary>Throws RESOURCE_EXHAUSTED for a new name once the fleet is full.</summary>
    public void CheckRoomFor(NodeName name)
    {
        var snapshot = fleet.Current;
        if (snapshot.Nodes.Length >= MostNodes && snapshot.Find(name) is null)
            throw new RpcException(RpcCode.ResourceExhausted, $"this aggregator already knows {MostNodes} nodes");
    }

    public void Joined(NodeIdentity identity) =>
        Log.NodeJoined(logger, identity.Name.Value, identity.Peer, identity.AgentVersion, identity.Sensors.Length);

    public void Left(NodeIdentity identity, string reason) => Log.NodeLeft(logger, identity.Name.Value, identity.Peer, reason);

    /// <summary>Logs a refusal, at most twenty a minute: a peer that dials in a circle must not fill the journal.</summary>
    public void Refused(string peer, RpcStatus status)
    {
        lock (_refusalLock)
        {
            if (_refusals == 0 || time.GetElapsedTime(_windowStart) > RefusalWindow)
                (_windowStart, _refusals) = (time.GetTimestamp(), 0);
            if (++_refusals > RefusalsPerWindow)
                return;
        }
        Log.StreamRefused(logger, peer, status.Code, status.Message);
    }
}

/// <summary>How often agents are asked to report.</summary>
/// <param name="Configured">The mode until the control loop has had its first round.</param>
internal sealed record ReportPace(TimeSpan Interval, ControlMode Configured)
{
    /// <summary>The control loop looks twice a second; older figures would make it wait for room that is there.</summary>
    private static readonly TimeSpan MostInCap = TimeSpan.FromMilliseconds(500);

    public TimeSpan In(ControlMode? mode) =>
        (mode ?? Configured) == ControlMode.Cap && Interval > MostInCap ? MostInCap : Interval;
}
