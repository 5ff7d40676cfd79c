using System.Collections.Immutable;
using Homelab.Units;

namespace Homelab.Aggregator.Budgeting;

/// <summary>What a round came to, for people and adapters: standings, alarms, the decision log, proposals.</summary>
internal sealed class FleetReport
{
    private static readonly Power LeastTold = Power.FromMilliwatts(100);

    private readonly AlarmBoard _alarms = new();
    private Power?[] _before = [];

    /// <summary>The caps as they are now, per slot.</summary>
    public ReadOnlySpan<Power?> CapsBefore(FleetPlan plan)
    {
        if (_before.Length != plan.Nodes.Length)
            _before = new Power?[plan.Nodes.Length];
        for (var slot = 0; slot < _before.Length; slot++)
            _before[slot] = plan.Nodes[slot].Ledger.Cap;
        return _before;
    }

    /// <summary>One line for each cap that changed and each node that came, went or came back.</summary>
    public static void Log(FleetPlan plan, IReadOnlyList<Grant> grants, ReadOnlySpan<Power?> before, ControlMoment at, List<Decision> decisions)
    {
        foreach (var grant in grants)
        {
            var slot = plan.Tree.SlotOf(grant.Node);
            if (grant.IsRelease)
            {
                if (before[slot] is { } held)
                    decisions.Add(new Decision(at.Wall, grant.Node, "release", held, null, grant.Reason));
                continue;
            }
            if (before[slot] == grant.Cap)
                continue;
            var isCut = before[slot] is not { } old || grant.Cap < old;
            var kind = !isCut ? "raise" : plan.Nodes[slot].ReasonOf.Kind is ReasonKind.Trip or ReasonKind.Brake ? "trip" : "cut";
            if (before[slot] is { } from && grant.Cap is { } to)
                plan.Nodes[slot].Swing.Turn(from, to, at.Monotonic);
            // What people read as no change is not worth a line.
            if (before[slot] is { } was && grant.Cap is { } becomes && Math.Abs((becomes - was).Microwatts) < LeastTold.Microwatts)
                continue;
            decisions.Add(new Decision(at.Wall, grant.Node, kind, before[slot], grant.Cap, $"{grant.Reason}; {CapReason.Change(before[slot], grant.Cap)}"));
        }
    }

    public FleetControl Of(FleetPlan plan, ControlPolicy policy, FleetTenure tenure, ControlMoment at, List<Decision> decisions)
    {
        var now = at.Monotonic;
        _alarms.Open();
        var groups = ImmutableArray.CreateBuilder<GroupControl>(plan.Tree.GroupCount);
        for (var group = 0; group < plan.Tree.GroupCount; group++)
        {
            groups.Add(GroupOf(plan, group, policy, now));
            Alarm(plan, group, at, decisions);
        }
        var nodes = ImmutableArray.CreateBuilder<NodeControl>(plan.Nodes.Length);
        foreach (var node in plan.Nodes)
            nodes.Add(NodeOf(node, policy, at, decisions));
        if (policy.Mode == ControlMode.Cap && tenure.IsFenced)
            _alarms.Raise("fenced", "", null, "another aggregator with a newer epoch grants caps here; this one has stopped", at.Wall, decisions);
        else if (policy.Mode == ControlMode.Cap && tenure.IsMinority)
            _alarms.Raise("minority", "", null, "half or fewer of the known nodes are heard: caps stay at the safe shares until more are heard or the missing are forgotten", at.Wall, decisions);
        foreach (var group in plan.Tree.Groups.Where(static group => group.IsUnseen))
            _alarms.Raise("unseen-cluster", group.Name, null, $"{group.Name} is the cluster {group.Cluster}, which was not seen since the start: no cap is raised in it, nor of nodes that no group lists", at.Wall, decisions);
        foreach (var doubtful in plan.Doubtful)
            _alarms.Raise("shared-host", $"doubt {doubtful[0]}", doubtful[0], $"the kernels of {string.Join(" and ", doubtful)} have one boot id, but their firmware or machine ids differ: each is counted; if they are one machine, give them the same host in the configuration", at.Wall, decisions);
        foreach (var (counting, claimed) in plan.Contested)
            _alarms.Raise("shared-host", $"{counting} {claimed}", counting, $"the nodes of the machine that {counting} counts for are listed in {claimed}: its watts are counted in {plan.Tree.Groups[plan.Tree.GroupOf(plan.Tree.SlotOf(counting))].Name} alone; list them in one group", at.Wall, decisions);
        var alarms = _alarms.Close(at.Wall, decisions);
        var root = plan.Tree.Groups[0];
        return new FleetControl(
            policy.Mode, tenure.Epoch, root.Limit, new Power(plan.Guard[0]), plan.GroupAt(0).Trim(root.Limit), groups.MoveToImmutable(), nodes.MoveToImmutable(),
            alarms, ShutdownAdvice.Of(plan));
    }

    private static GroupControl GroupOf(FleetPlan plan, int group, ControlPolicy policy, TimeSpan now)
    {
        var (first, end) = plan.Tree.SlotsOf(group);
        var committed = Power.Zero;
        for (var slot = first; slot < end; slot++)
            committed += plan.Nodes[slot].Ledger.Committed(policy, now);
        var it = plan.Tree.Groups[group];
        return new GroupControl(it.Name, it.Limit, new Power(plan.Allocatable[group]), committed, plan.Drawn(group), plan.IsHard(group), plan.IsInfeasible(group));
    }

    private void Alarm(FleetPlan plan, int group, ControlMoment at, List<Decision> decisions)
    {
        var (it, drawn) = (plan.Tree.Groups[group], plan.Drawn(group));
        if (plan.IsInfeasible(group))
            _alarms.Raise("infeasible", it.Name, null, $"{it.Name}: what its nodes can not go below is more than its {CapReason.Watts(it.Limit)} allow", at.Wall, decisions);
        if (drawn > it.Limit)
            _alarms.Raise("over-budget", it.Name, null, $"{it.Name} is above its {CapReason.Watts(it.Limit)}", at.Wall, decisions);
        if (plan.GroupAt(group).IsBraking)
            _alarms.Raise("brake", it.Name, null, $"{it.Name} stayed above {CapReason.Watts(plan.Reach(group))}: all its nodes are at their floors", at.Wall, decisions);
        if (plan.GroupAt(group).Futility.IsFutile(at.Monotonic))
            _alarms.Raise("futile", it.Name, null, $"{it.Name}: cutting its nodes does not lower its draw; something else draws it", at.Wall, decisions);
    }

    private NodeControl NodeOf(NodeState node, ControlPolicy policy, ControlMoment at, List<Decision> decisions)
    {
        var (ledger, now) = (node.Ledger, at.Monotonic);
        var standing = StandingOf(ledger, policy, now);
        if (standing != node.Standing)
            Move(node, standing, at, decisions);
        if (standing == NodeStanding.Silent)
            _alarms.Raise("silent", ledger.Name.Value, ledger.Name, $"{ledger.Name} is not heard; its watts stay reserved", at.Wall, decisions);
        else if (standing == NodeStanding.Uncontrolled)
            _alarms.Raise("uncontrolled", ledger.Name.Value, ledger.Name, $"{ledger.Name} draws more than it is held to; its ceiling is reserved", at.Wall, decisions);
        var rivals = ledger.Traits.IsEnforcing ? ledger.Others.Where(static other => other is { IsOpen: true, Traits.IsEnforcing: true }).Select(static other => other.Name).ToArray() : [];
        if (rivals.Length > 0)
            _alarms.Raise("shared-host", ledger.Name.Value, ledger.Name, $"{ledger.Name} and {string.Join(" and ", rivals)} are one machine, and each would hold it: only {ledger.Name} is granted caps; let the others only observe", at.Wall, decisions);
        if (node.Swing.IsLasting(now))
            _alarms.Raise("oscillating", ledger.Name.Value, ledger.Name, $"the cap of {ledger.Name} has gone up and down again and again for half an hour", at.Wall, decisions);
        return new NodeControl(
            ledger.Name, standing, policy.Mode == ControlMode.Cap ? ledger.Cap : null, ledger.Effective, ledger.Committed(policy, now),
            ledger.SafeShare > Power.Zero ? ledger.SafeShare : null, node.Demand.Watts, ledger.Floor, ledger.Ceiling, node.Reason)
        {
            CountedBy = ledger.CountedBy,
        };
    }

    private static void Move(NodeState node, NodeStanding standing, ControlMoment at, List<Decision> decisions)
    {
        var (kind, reason) = (node.Standing, standing) switch
        {
            (_, NodeStanding.Silent) => ("silent", "not heard any more: its watts stay reserved"),
            (NodeStanding.Silent or NodeStanding.Awaited, _) => ("return", "heard again"),
            (_, NodeStanding.Held) => ("join", "takes grants"),
            _ => ("", ""),
        };
        node.Standing = standing;
        if (kind.Length > 0)
            decisions.Add(new Decision(at.Wall, node.Ledger.Name, kind, null, null, reason));
    }

    private static NodeStanding StandingOf(NodeLedger ledger, ControlPolicy policy, TimeSpan now) =>
        ledger.CountedBy is not null ? NodeStanding.Observing
        : ledger.IsAwaited ? NodeStanding.Awaited
        : ledger.IsSilent(now) ? NodeStanding.Silent
        : ledger.IsUncontrolled ? NodeStanding.Uncontrolled
        : ledger.Traits.IsEnforcing && policy.Mode == ControlMode.Cap && ledger.Effective is not null ? NodeStanding.Held
        : NodeStanding.Observing;
}
