using Homelab.Aggregator.Simulation.Scenarios;

namespace Homelab.Aggregator.Simulation.Fleets;

/// <summary>What travels between a node and the aggregator.</summary>
internal enum MessageKind
{
    Report = 0,
    Grant = 1,

    /// <summary>What the node can be held to, and the answers to grants.</summary>
    Answer = 2,
}

/// <summary>The network: how long each message takes, and which never arrive.</summary>
internal sealed class Link
{
    private readonly LinkModel _model;
    private readonly Dice _dice;
    private readonly Fault[][] _faults;

    public Link(Scenario scenario, Dice dice)
    {
        (_model, _dice) = (scenario.Link, dice);
        _faults = [.. scenario.Nodes.Select(node => scenario.Faults.Where(fault => fault.Kind <= FaultKind.Partition && fault.Hits(node.Name)).ToArray())];
    }

    /// <summary>When a message sent now arrives: not at all, once, or twice. The second is null unless it was duplicated.</summary>
    public (TimeSpan? First, TimeSpan? Second) Send(int node, MessageKind kind, TimeSpan now)
    {
        if (_model.Loss > 0 && _dice.Uniform() < _model.Loss)
            return default;
        var takes = _model.Latency + (_model.Jitter * _dice.Uniform());
        if (_dice.Uniform() < _model.TailRatio)
            takes += _model.Tail * _dice.Uniform();
        TimeSpan? second = null;
        foreach (var fault in _faults[node])
        {
            if (!fault.IsOn(now))
                continue;
            switch (fault.Kind)
            {
                case FaultKind.Partition:
                case FaultKind.TelemetryLost when kind == MessageKind.Report:
                case FaultKind.MessageLoss when _dice.Uniform() < fault.Ratio:
                    return default;
                case FaultKind.MessageDelay when _dice.Uniform() < fault.Ratio:
                    takes += fault.Delay * _dice.Uniform();
                    break;
                case FaultKind.MessageDuplicate when _dice.Uniform() < fault.Ratio:
                    second = now + takes + (fault.Delay * _dice.Uniform());
                    break;
                default:
                    break;
            }
        }
        return (now + takes, second);
    }
}
