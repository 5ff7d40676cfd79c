using System.Collections.Immutable;
using Homelab.Aggregator.Budgeting;
using Homelab.Aggregator.Simulation.Scenarios;

namespace Homelab.Aggregator.Simulation.Fleets;

/// <summary>The product's controller as a process: a disk, a start, rounds by the clock and by events.</summary>
/// <param name="phase">Of its clock against the agents' reports.</param>
internal sealed class SimulatedAggregator(Scenario scenario, bool isHard, ControlMemory disk, Dice dice, TimeSpan phase)
{
    /// <summary>Name of the top level of the budget.</summary>
    public const string Root = "fleet";

    private static readonly DateTimeOffset StartOfWall = new(2026, 1, 1, 0, 0, 0, TimeSpan.Zero);

    private readonly Dictionary<int, int> _streams = [];
    private FleetController? _controller;
    private TimeSpan _startedAt;
    private Homelab.Units.Power _budget;

    /// <summary>What a new process would find.</summary>
    public ControlMemory Disk { get; private set; } = disk;

    public bool IsAlive => _controller is not null;

    /// <summary>When the next round is due by the clock.</summary>
    public TimeSpan NextRound { get; private set; }

    /// <summary>How far the wall clock is off.</summary>
    public TimeSpan WallJump { get; set; }

    /// <summary>As of the last round; null before it.</summary>
    public FleetControl? State { get; private set; }

    public FleetController? Controller => _controller;

    public void Start(TimeSpan now)
    {
        _startedAt = now;
        _streams.Clear();
        _budget = scenario.BudgetAt(now);
        var nonce = (uint)(dice.Uniform() * uint.MaxValue);
        _controller = new FleetController(PolicyNow(), Disk, nonce, Moment(now));
        NextRound = now + phase;
    }

    public void Kill() => _controller = null;

    /// <summary>False for what comes from a stream that a newer one of the same node has replaced, or that never opened here.</summary>
    public bool IsOpen(int node, int stream, bool opens)
    {
        var current = _streams.GetValueOrDefault(node);
        if (opens && stream > current)
            _streams[node] = current = stream;
        return stream == current;
    }

    public ControlMoment Moment(TimeSpan now) => new(now - _startedAt, StartOfWall + now + WallJump);

    /// <summary>The operator, or the schedule, sets the budget of this moment.</summary>
    public void FollowBudget(TimeSpan now)
    {
        if (_controller is null || scenario.BudgetAt(now) == _budget)
            return;
        _budget = scenario.BudgetAt(now);
        _controller.Change(PolicyNow(), Moment(now));
    }

    /// <summary>A round; its memory is on disk before its grants are out.</summary>
    public ImmutableArray<Grant> Decide(TimeSpan now)
    {
        if (_controller is null)
            return [];
        var round = _controller.Decide(Moment(now));
        (Disk, State) = (round.Memory, round.State);
        return round.Grants;
    }

    /// <summary>The round by the clock is done; the next one is a period later.</summary>
    public void Passed() => NextRound += ControlPolicyPeriod;

    private static TimeSpan ControlPolicyPeriod => TimeSpan.FromMilliseconds(500);

    private ControlPolicy PolicyNow()
    {
        var root = new BudgetGroup
        {
            Name = Root,
            Limit = _budget,
            Unmanaged = scenario.Unmanaged,
            Device = scenario.Device,
            IsHard = isHard,
            Groups = scenario.Groups,
        };
        var policy = new ControlPolicy { Budget = root, Mode = ControlMode.Cap, Period = ControlPolicyPeriod };
        return scenario.Classes.IsEmpty ? policy : policy with { Classes = scenario.Classes };
    }
}
