using Homelab.Aggregator.Simulation.Plants;
using Homelab.Aggregator.Simulation.Scenarios;
using Homelab.NodeAgent.Capping;
using Homelab.Units;

namespace Homelab.Aggregator.Simulation.Fleets;

/// <summary>An agent's hand on its hardware: writes what changes, reads back, and looks at the watts, by the product's own watches.</summary>
internal sealed class SimulatedLimiter
{
    private readonly SimulatedNode _model;
    private readonly int _node;
    private readonly Plant _plant;
    private readonly ClockLimiter? _clocks;
    private readonly DriftWatch _drift = new();
    private readonly EffectWatch _effect;
    private Power? _cap;
    private Power? _asked;

    public SimulatedLimiter(SimulatedNode model, int node, Plant plant)
    {
        (_model, _node, _plant) = (model, node, plant);
        _clocks = model.Actuator == ActuatorKind.Freq && !model.Steps.IsEmpty ? new ClockLimiter(model) : null;
        _effect = new EffectWatch(model.Settle + model.MeterWindow);
        (_asked, _cap) = (plant.ReadBack(node), plant.ReadBack(node));
    }

    /// <summary>Writes fail; the last limit stays.</summary>
    public bool IsStuck { get; set; }

    /// <summary>What the node is held to, read back and by what its watts say; null when it is not held.</summary>
    public Power? Effective => _drift.IsUncontrolled || _effect.Verdict == EffectVerdict.Ineffective ? null
        : _plant.ReadBack(_node) == _asked && !IsStuck ? _cap
        : _plant.ReadBack(_node);

    /// <param name="cap">Null: the node is let go.</param>
    /// <param name="clock">The agent's.</param>
    public void Set(Power? cap, TimeSpan clock, TimeSpan now)
    {
        if (IsStuck)
            return;
        var limit = cap is { } held ? _clocks?.Choose(held, clock) ?? held : (Power?)null;
        // A limit that somebody else rewrote waits for the next look.
        if (limit == _asked && _plant.ReadBack(_node) != _asked)
            return;
        (_asked, _cap) = (limit, cap);
        _plant.Write(_node, limit, cap, now);
    }

    /// <summary>Each half second: reads back, trims, and compares with the meter.</summary>
    public void Look(MeasuredDraw draw, TimeSpan clock, TimeSpan now)
    {
        _clocks?.Measure(draw);
        var read = _plant.ReadBack(_node);
        var holds = _asked is not { } asked || (read is { } found && found <= asked);
        if (_drift.Look(holds, clock) == DriftVerdict.Reassert && !IsStuck)
            _plant.Write(_node, _asked, _cap, now);
        // A figure by a model would only prove the model.
        _effect.Look(_cap, _model.Actuator == ActuatorKind.FreqEstimated ? null : draw.Watts, clock);
    }
}
