using Homelab.Aggregator.Simulation.Plants;
using Homelab.Aggregator.Simulation.Rivals;
using Homelab.Aggregator.Simulation.Scenarios;
using Homelab.Units;

namespace Homelab.Aggregator.Simulation.Fleets;

/// <summary>A rival's rules behind the same meters, messages and limiters. Its agents do as they were last told, for ever.</summary>
internal sealed class RivalFleet : IFleet
{
    /// <summary>The controller looks when the reports of its period have come in.</summary>
    private static readonly TimeSpan Phase = TimeSpan.FromMilliseconds(40);

    /// <summary>Share of its budget that a fleet which starts capped starts with, as ours does.</summary>
    private const double SafeShare = 0.97;

    private readonly Scenario _scenario;
    private readonly Plant _plant;
    private readonly Meters _meters;
    private readonly Dice _dice;
    private readonly Link _link;
    private readonly IRival _rules;
    private readonly RivalView _view;
    private readonly Post<(int Node, MessageKind Kind, Power Figure)> _post = new();
    private readonly Power[] _sent;
    private readonly ReportClock _reports;
    private TimeSpan _nextTick = Phase;

    public RivalFleet(Scenario scenario, Plant plant, Meters meters, Dice dice, IRival rules)
    {
        (_scenario, _plant, _meters, _dice, _rules) = (scenario, plant, meters, dice, rules);
        _link = new Link(scenario, dice);
        _view = new RivalView(scenario);
        _reports = new ReportClock(scenario, dice);
        if (rules.StartsCapped)
            _view.SplitEvenly(SafeShare * _view.Share);
        _sent = [.. _view.Caps.Select((cap, node) => Settable(node, cap))];
        for (var node = 0; node < _sent.Length && rules.StartsCapped; node++)
            plant.Preset(node, _sent[node]);
    }

    public Power? Allowed(Power budget) => null;

    public Power? Cap(int node) => _rules is NoLimit ? null : _sent[node];

    public void Advance(int step)
    {
        var time = step * DemandTrace.Step;
        for (var node = 0; node < _view.Count; node++)
        {
            if (_reports.IsDue(node, step))
                Send(node, MessageKind.Report, _meters.Read(node, _dice), time);
        }
        var end = time + DemandTrace.Step;
        while (_nextTick < end)
        {
            Deliver(_nextTick);
            Decide(_nextTick);
            _nextTick = double.IsPositiveInfinity(_rules.Period) ? TimeSpan.MaxValue : _nextTick + TimeSpan.FromSeconds(_rules.Period);
        }
        Deliver(end);
    }

    private void Send(int node, MessageKind kind, Power figure, TimeSpan now)
    {
        var (first, second) = _link.Send(node, kind, now);
        if (first is { } arrives)
            _post.Add((node, kind, figure), arrives);
        if (second is { } again)
            _post.Add((node, kind, figure), again);
    }

    private void Deliver(TimeSpan before)
    {
        while (_post.TryTake(before, out var message, out var at))
        {
            if (message.Kind == MessageKind.Report)
                _view.Measured[message.Node] = message.Figure.Watts;
            else
                _plant.Write(message.Node, message.Figure, message.Figure, at);
        }
    }

    private void Decide(TimeSpan now)
    {
        if (_scenario.Faults.Any(fault => fault.Kind == FaultKind.AggregatorDead && fault.IsOn(now)))
            return;
        (_view.Time, _view.Budget) = (now.TotalSeconds, _scenario.BudgetAt(now).Watts);
        _rules.Decide(_view, _dice);
        for (var node = 0; node < _sent.Length; node++)
        {
            var cap = Settable(node, _view.Caps[node]);
            if (Math.Abs((cap - _sent[node]).Microwatts) <= 1)
                continue;
            _sent[node] = cap;
            Send(node, MessageKind.Grant, cap, now);
        }
    }

    /// <summary>A node held by frequency takes the step below.</summary>
    private Power Settable(int node, double cap)
    {
        var model = _scenario.Nodes[node];
        var asked = Power.FromWatts(Math.Clamp(cap, model.Floor.Watts, model.Ceiling.Watts));
        var settable = model.Floor;
        foreach (var step in model.Steps)
        {
            if (step <= asked)
                settable = step;
        }
        return model.Steps.IsEmpty ? asked : Power.Max(settable, model.Floor);
    }
}
