using Homelab.Aggregator.Budgeting;
using Homelab.Aggregator.Simulation.Plants;
using Homelab.Aggregator.Simulation.Scenarios;
using Homelab.NodeAgent.Capping;
using Homelab.Units;
using AgentStanding = Homelab.NodeAgent.Capping.LeaseStanding;
using FleetStanding = Homelab.Aggregator.Budgeting.LeaseStanding;

namespace Homelab.Aggregator.Simulation.Fleets;

/// <summary>What an agent does between the wire and its limiter: the product's lease, a simulated limiter, a clock of its own.</summary>
internal sealed class SimulatedAgent
{
    private readonly SimulatedNode _model;
    private readonly TimeSpan _clockOffset;
    private readonly Queue<Grant> _held = new();
    private readonly SimulatedLimiter _limiter;
    private CapLease _lease;
    private LeaseMemory _disk;
    private NodeApplied _lastSaid;

    /// <param name="disk">From before the run; its safe share is in the hardware.</param>
    /// <param name="clockOffset">What its monotonic clock shows at the start of the run.</param>
    public SimulatedAgent(SimulatedNode model, int node, Plant plant, LeaseMemory disk, TimeSpan clockOffset)
    {
        (_model, _disk, _clockOffset) = (model, disk, clockOffset);
        _lease = new CapLease(disk);
        if (IsEnforcing && disk.SafeShare is { } safe)
            plant.Preset(node, Settable(safe));
        _limiter = new SimulatedLimiter(model, node, plant);
        _lastSaid = Applied(TimeSpan.Zero, isRefused: false);
    }

    public bool IsEnforcing => _model.Actuator != ActuatorKind.None;

    public bool IsAlive { get; private set; } = true;

    public bool IsFrozen { get; private set; }

    /// <summary>It does what agents do: read, write, answer.</summary>
    public bool IsRunning => IsAlive && !IsFrozen;

    /// <summary>Writes to the limiter fail.</summary>
    public bool IsStuck
    {
        get => _limiter.IsStuck;
        set => _limiter.IsStuck = value;
    }

    public TimeSpan Monotonic(TimeSpan now) => now + _clockOffset;

    public Power? Target(TimeSpan now) => _lease.At(Monotonic(now)).Cap;

    public NodeTraits Traits => new()
    {
        Name = _model.Name,
        IsEnforcing = IsEnforcing,
        Floor = _model.Floor,
        Ceiling = _model.Ceiling,
        Idle = _model.Idle,
        Steps = _model.Steps,
        Settle = _model.Settle,
        Uncertainty = _model.Uncertainty,
        PriorityClass = _model.PriorityClass,
        Weight = _model.Weight,
    };

    /// <summary>Takes a grant in; the answer, or null while it stands still.</summary>
    public NodeApplied? Take(Grant grant, TimeSpan now)
    {
        if (IsFrozen)
            _held.Enqueue(grant);
        if (!IsRunning || !IsEnforcing)
            return null;
        var offer = new LeaseOffer(grant.Epoch, grant.Sequence, grant.Cap, grant.SafeShare, grant.Basis, grant.TimeToLive, grant.IsRelease, grant.Reason);
        var answer = _lease.Offer(offer, Monotonic(now));
        Hold(now);
        return _lastSaid = Applied(now, answer is not (OfferAnswer.Taken or OfferAnswer.OnlyLowered));
    }

    /// <summary>Once a step: leases end by the clock. What it has to say unasked, if anything.</summary>
    public NodeApplied? Tick(TimeSpan now)
    {
        if (!IsRunning || !IsEnforcing)
            return null;
        Hold(now);
        var applied = Applied(now, isRefused: false);
        if (applied.Effective == _lastSaid.Effective && applied.Standing == _lastSaid.Standing)
            return null;
        return _lastSaid = applied;
    }

    /// <summary>What it says after it has dialled.</summary>
    public NodeApplied Greet(TimeSpan now) => _lastSaid = Applied(now, isRefused: false);

    public void Kill() => (IsAlive, IsFrozen) = (false, false);

    /// <summary>A new process reads the disk and starts at the safe share.</summary>
    public void Start(TimeSpan now)
    {
        (IsAlive, IsFrozen) = (true, false);
        _held.Clear();
        _lease = new CapLease(_disk);
        Hold(now);
    }

    public void Freeze() => IsFrozen = IsAlive;

    /// <summary>Goes on with what had piled up; the answers are sent by the caller.</summary>
    public IEnumerable<NodeApplied> Thaw(TimeSpan now)
    {
        IsFrozen = false;
        while (_held.TryDequeue(out var grant))
        {
            if (Take(grant, now) is { } answer)
                yield return answer;
        }
    }

    private void Hold(TimeSpan now)
    {
        _disk = _lease.Memory;
        _limiter.Set(Target(now) is { } target ? Settable(target) : null, Monotonic(now), now);
    }

    /// <summary>Its own meter's figure: limits are read back and judged by it, and clocks trimmed.</summary>
    public void Measure(Power draw, double use, TimeSpan now)
    {
        if (!IsRunning || !IsEnforcing)
            return;
        _limiter.Look(new MeasuredDraw(draw, use, Monotonic(now) - _model.MeterWindow), Monotonic(now), now);
        Hold(now);
    }

    private NodeApplied Applied(TimeSpan now, bool isRefused)
    {
        var target = _lease.At(Monotonic(now));
        var wanted = target.Cap is { } cap ? Settable(cap) : (Power?)null;
        var effective = IsEnforcing ? _limiter.Effective : null;
        return new NodeApplied(
            _model.Name, _lease.Memory.Epoch, _lease.Sequence, effective, isRefused, Translate(target.Standing), _lease.Memory.SafeShare,
            effective == wanted ? "" : $"asked {wanted}, found {effective}");
    }

    /// <summary>The step below, or the lowest there is; never below the floor.</summary>
    private Power Settable(Power cap)
    {
        var settable = _model.Steps.IsEmpty ? cap : _model.Steps[0];
        foreach (var step in _model.Steps)
        {
            if (step <= cap)
                settable = step;
        }
        return Power.Min(_model.Ceiling, Power.Max(_model.Floor, settable));
    }

    private static FleetStanding Translate(AgentStanding standing) => (FleetStanding)(int)standing;
}
