using System.Collections.Immutable;
using Homelab.Aggregator.Budgeting;
using Homelab.Aggregator.Fleet.Learned;
using Homelab.Units;

namespace Homelab.Aggregator.Fleet;

/// <summary>How the fleet is judged.</summary>
/// <param name="ReportInterval">How often agents are asked to report; three missed intervals make a node down.</param>
internal sealed record FleetRules(BudgetPolicy Budget, TimeSpan ReportInterval)
{
    /// <summary>What the operator calls the machines of nodes.</summary>
    public ImmutableSortedDictionary<NodeName, string> Hosts { get; init; } = ImmutableSortedDictionary<NodeName, string>.Empty;
}

/// <summary>
/// The fleet as a state machine: events in, snapshots out; no I/O and no clock of its own. Energy appears in a snapshot only
/// after <see cref="LedgerStored"/> says that it is durable.
/// </summary>
internal sealed class FleetRoster
{
    private readonly FleetRules _rules;
    private readonly SortedDictionary<NodeName, NodeRecord> _nodes = [];
    private readonly Machines _machines = new();
    private EnergyLedger _durable;
    private string _storageFailure = "";
    private Moment? _lastPublish;
    private FleetState _state = FleetState.Unknown;
    private bool _wasOverBudget;
    private ControlView? _control;
    private long _version;

    /// <param name="levels">What was learned before; null: nothing.</param>
    public FleetRoster(FleetRules rules, EnergyLedger stored, FleetLevels? levels = null)
    {
        Levels = levels ?? new FleetLevels();
        _rules = rules;
        _durable = Ledger = stored;
        foreach (var name in stored.Nodes.Keys)
            _nodes[name] = new NodeRecord(name, Levels[name]);
    }

    /// <summary>Everything counted so far, on disk or not: what is to be stored next.</summary>
    public EnergyLedger Ledger { get; private set; }

    /// <summary>What was learned so far, on disk or not.</summary>
    public FleetLevels Levels { get; }

    /// <summary>Applies one event. What came of a report's energy counter is returned for the log; null for other events.</summary>
    public CountOutcome? Apply(FleetEvent happening)
    {
        switch (happening)
        {
            case NodeGreeted greeted:
                Greet(greeted);
                return null;
            case NodeReported reported:
                return Take(reported);
            case NodeLeft left when Holder(left.Node, left.Stream) is { } record:
                record.Leave();
                return null;
            case LedgerStored stored:
                if (stored.Failure.Length == 0)
                    _durable = stored.Ledger;
                _storageFailure = stored.Failure;
                return null;
            case ControlMoved moved:
                _control = moved.Control;
                return null;
            default:
                return null;
        }
    }

    public FleetSnapshot Publish(Moment now)
    {
        // Time since the last look counts by what the last look saw.
        if (_wasOverBudget && _lastPublish is { } last)
            Ledger = Ledger.SpendOverBudget(now.Since(last));
        _lastPublish = now;

        var nodes = ImmutableArray.CreateBuilder<NodeSnapshot>(_nodes.Count);
        var streams = 0;
        var roll = HostRoll.Of(_machines.Shared.SelectMany(machine => Members(machine, now)));
        foreach (var (name, record) in _nodes)
        {
            record.Share(roll.TryGetValue(name, out var by) ? new SharedHost(_machines.NameOf(name), by) : null);
            nodes.Add(record.View(now, _rules.ReportInterval, _durable.Nodes.GetValueOrDefault(name)?.Total));
            streams += record.Stream is null ? 0 : 1;
        }
        // The budget in force may be a schedule's or an override.
        var policy = _control is { } control ? _rules.Budget with { Budget = control.State.Budget } : _rules.Budget;
        var balance = FleetBalance.Of([.. nodes.Select(node => node.Draw)], policy, _state);
        _state = balance.State;
        _wasOverBudget = balance.IsOverBudget;
        return new FleetSnapshot(
            ++_version, now, nodes.MoveToImmutable(), balance, _durable.Nodes.IsEmpty ? null : _durable.FleetTotal, _durable.OverBudget, streams, _storageFailure)
        {
            Control = _control,
        };
    }

    private void Greet(NodeGreeted greeted)
    {
        var name = greeted.Identity.Name;
        if (!_nodes.TryGetValue(name, out var record))
            _nodes[name] = record = new NodeRecord(name, Levels[name]);
        if (record.Stream is { } holder && holder.Value > greeted.Stream.Value)
            return;
        record.Greet(greeted.Stream, greeted.Identity);
        _machines.Put(name, HostRoll.Key(_rules.Hosts.GetValueOrDefault(name, ""), greeted.Identity.Machine.LiveBootId));
    }

    private CountOutcome? Take(NodeReported reported)
    {
        if (Holder(reported.Node, reported.Stream) is not { Identity: { } identity } record)
        {
            _nodes.GetValueOrDefault(reported.Node)?.Drop(reported.Report);
            return null;
        }
        // As it stood before this report: what an agent brings along after an absence, another has counted meanwhile.
        var isRepeated = _machines.Of(reported.Node) is { Count: > 1 } machine && HostRoll.Of(Members(machine, reported.At)).GetValueOrDefault(reported.Node, reported.Node) != reported.Node;
        record.Take(reported.Report, reported.At, _rules.ReportInterval);
        (Ledger, var outcome) = Ledger.Count(reported.Node, identity.Instance, reported.Report.Energy, isRepeated);
        if (outcome is CountOutcome.WentBackwards or CountOutcome.Implausible)
            record.RefuseEnergy();
        return outcome;
    }

    /// <summary>Whom the control loop holds the machine by is preferred, as long as it is heard.</summary>
    private IEnumerable<HostMember> Members(SortedSet<NodeName> machine, Moment now) => machine.Select(name =>
        new HostMember(name, _machines.KeyOf(name), _nodes[name].IsPresent(now, _rules.ReportInterval), _control?.Find(name) is { CountedBy: null })
        {
            Marks = _nodes[name].Identity?.Machine.Marks,
            Provenance = _nodes[name].Power.Provenance,
            Uncertainty = _nodes[name].Power.Uncertainty,
        });

    /// <summary>The node's record if this stream holds it. A stream that lost its node to a newer one is no longer heard.</summary>
    private NodeRecord? Holder(NodeName node, StreamNumber stream) =>
        _nodes.TryGetValue(node, out var record) && record.Stream == stream ? record : null;
}
