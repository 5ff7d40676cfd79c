using Homelab.Aggregator.Simulation.Plants;
using Homelab.Aggregator.Simulation.Scenarios;
using Homelab.Units;

namespace Homelab.Aggregator.Simulation.Fleets;

/// <summary>Makes the faults of processes, nodes and limiters happen at their time; those of messages are the link's.</summary>
internal sealed class FaultScript
{
    /// <summary>How often something else takes a limit away again.</summary>
    private static readonly TimeSpan ResetEvery = TimeSpan.FromSeconds(5);

    /// <summary>How long after its agent a booting node starts its work: units are ordered so.</summary>
    private static readonly TimeSpan WorkAfterAgent = TimeSpan.FromSeconds(2);

    private readonly Scenario _scenario;
    private readonly Plant _plant;
    private readonly OurFleet _fleet;
    private readonly State[] _states;

    public FaultScript(Scenario scenario, Plant plant, OurFleet fleet)
    {
        (_scenario, _plant, _fleet) = (scenario, plant, fleet);
        _states = [.. scenario.Faults.Where(fault => fault.Kind > FaultKind.TelemetryLost).Select(fault => new State(fault))];
    }

    public void Advance(TimeSpan now)
    {
        foreach (var state in _states)
        {
            if (!state.HasBegun && now >= state.Fault.At)
            {
                state.HasBegun = true;
                Begin(state, now);
            }
            if (state.HasBegun && !state.HasEnded)
                During(state, now);
            if (state.HasBegun && !state.HasEnded && now >= state.Fault.Until)
            {
                state.HasEnded = true;
                End(state, now);
            }
        }
    }

    private void Begin(State state, TimeSpan now)
    {
        switch (state.Fault.Kind)
        {
            case FaultKind.AggregatorDead:
                _fleet.KillAggregator(0);
                break;
            case FaultKind.SplitBrain:
                state.Aggregator = _fleet.Split(now);
                ForEach(state.Fault, node => _fleet.Move(node, state.Aggregator, now));
                break;
            case FaultKind.ClockJump:
                _fleet.Aggregators[0].WallJump += state.Fault.Delay;
                break;
            default:
                ForEach(state.Fault, node => BeginAt(node, state.Fault.Kind, now));
                break;
        }
    }

    private void BeginAt(int node, FaultKind kind, TimeSpan now)
    {
        switch (kind)
        {
            case FaultKind.Partition:
                _fleet.FallSilent(node, now);
                break;
            case FaultKind.AgentKilled:
                _fleet.HangUp(node, now);
                _fleet.Agents[node].Kill();
                break;
            case FaultKind.AgentFrozen:
                _fleet.Agents[node].Freeze();
                break;
            case FaultKind.NodeSuspended:
                _fleet.Agents[node].Freeze();
                _plant.Hold(node, Power.Zero);
                break;
            case FaultKind.NodeRebooted:
                _fleet.FallSilent(node, now);
                _fleet.Agents[node].Kill();
                _plant.Hold(node, Power.Zero);
                _plant.Overwrite(node, null, now);
                break;
            case FaultKind.ActuatorIgnores:
                _plant.Ignore(node, true);
                break;
            case FaultKind.ActuatorStuck:
                _fleet.Agents[node].IsStuck = true;
                break;
            default:
                break;
        }
    }

    private void During(State state, TimeSpan now)
    {
        if (state.Fault.Kind == FaultKind.ActuatorReset && now >= state.NextReset)
        {
            state.NextReset = now + ResetEvery;
            ForEach(state.Fault, node => _plant.Overwrite(node, null, now));
        }
        if (state.Fault.Kind == FaultKind.NodeRebooted)
            ForEach(state.Fault, node => Boot(node, state.Fault, now));
    }

    /// <summary>Off for the first half; then the node draws, the agent comes up before anything else, and the work is back a moment later.</summary>
    private void Boot(int node, Fault fault, TimeSpan now)
    {
        if (now >= fault.At + (fault.For / 2))
            _plant.Hold(node, _scenario.Nodes[node].Idle);
        if (now >= fault.Until - WorkAfterAgent && !_fleet.Agents[node].IsAlive)
            _fleet.Agents[node].Start(now);
    }

    private void End(State state, TimeSpan now)
    {
        switch (state.Fault.Kind)
        {
            case FaultKind.AggregatorDead:
                _fleet.Aggregators[0].Start(now);
                break;
            case FaultKind.SplitBrain:
                _fleet.KillAggregator(state.Aggregator);
                ForEach(state.Fault, node => _fleet.Move(node, 0, now));
                break;
            default:
                ForEach(state.Fault, node => EndAt(node, state.Fault.Kind, now));
                break;
        }
    }

    private void EndAt(int node, FaultKind kind, TimeSpan now)
    {
        var agent = _fleet.Agents[node];
        switch (kind)
        {
            case FaultKind.AgentKilled:
                agent.Start(now);
                break;
            case FaultKind.NodeRebooted:
                _plant.Hold(node, null);
                break;
            case FaultKind.AgentFrozen:
                Thaw(node, now);
                break;
            case FaultKind.NodeSuspended:
                _plant.Hold(node, null);
                Thaw(node, now);
                break;
            case FaultKind.ActuatorIgnores:
                _plant.Ignore(node, false);
                break;
            case FaultKind.ActuatorStuck:
                agent.IsStuck = false;
                break;
            default:
                break;
        }
    }

    private void Thaw(int node, TimeSpan now)
    {
        foreach (var answer in _fleet.Agents[node].Thaw(now))
            _fleet.Say(node, answer, now);
    }

    private void ForEach(Fault fault, Action<int> act)
    {
        for (var node = 0; node < _scenario.Nodes.Length; node++)
        {
            if (fault.Hits(_scenario.Nodes[node].Name))
                act(node);
        }
    }

    private sealed class State(Fault fault)
    {
        public Fault Fault { get; } = fault;

        public bool HasBegun { get; set; }

        public bool HasEnded { get; set; }

        public int Aggregator { get; set; }

        public TimeSpan NextReset { get; set; }
    }
}
