using Homelab.Units;

namespace Homelab.Aggregator.Budgeting.Bench;

/// <summary>A contended fleet of three classes, half of it stepped, with and without groups.</summary>
internal sealed class BenchFleet
{
    private readonly FleetController _controller;
    private readonly NodeName[] _names;
    private TimeSpan _now;

    public BenchFleet(int nodes)
    {
        _names = [.. Enumerable.Range(0, nodes).Select(Name)];
        var policy = new ControlPolicy { Budget = new BudgetGroup { Name = "fleet", Limit = Power.FromWatts(25.0 * nodes), IsHard = true }, Mode = ControlMode.Cap };
        _controller = new FleetController(policy, ControlMemory.Empty, 1, At);
        for (var i = 0; i < nodes; i++)
        {
            _controller.Join(new NodeTraits { Name = _names[i], IsEnforcing = true, Floor = Power.FromWatts(8), Ceiling = Power.FromWatts(30 + i % 40), Idle = Power.FromWatts(5) }, At);
            _controller.Acknowledge(new NodeApplied(_names[i], 0, 0, null, false, LeaseStanding.None, null, ""), At);
        }
        for (var warm = 0; warm < 5; warm++)
            Round();
    }

    private ControlMoment At => new(_now, DateTimeOffset.UnixEpoch + _now);

    /// <summary>Half a second of a fleet: every node reports, one round, every grant is answered.</summary>
    public void Round()
    {
        _now += TimeSpan.FromMilliseconds(500);
        for (var i = 0; i < _names.Length; i++)
            _controller.Observe(new NodeObservation(_names[i], Power.FromWatts(10 + i % 20), _now, false), At);
        foreach (var grant in _controller.Decide(At).Grants)
            _controller.Acknowledge(new NodeApplied(grant.Node, grant.Epoch, grant.Sequence, grant.Cap, false, LeaseStanding.Live, grant.SafeShare, ""), At);
    }

    public static Allotment Question(int nodes, int groups)
    {
        var names = Enumerable.Range(0, nodes).Select(Name).ToArray();
        var root = new BudgetGroup
        {
            Name = "fleet",
            Limit = Power.FromWatts(25.0 * nodes),
            Groups = [.. Enumerable.Range(0, groups).Select(group => new BudgetGroup
            {
                Name = $"group-{group}",
                Limit = Power.FromWatts(24.0 * nodes / groups),
                Members = [.. names.Where((_, index) => index % groups == group)],
            })],
        };
        var it = new Allotment(BudgetTree.Of(root, names), 3);
        it.Guarantee[2] = 0.15;
        for (var group = 0; group < it.Tree.GroupCount; group++)
            it.Allocatable[group] = it.Tree.Groups[group].Limit.Microwatts;
        for (var slot = 0; slot < nodes; slot++)
        {
            var range = 20_000_000L + slot * 7919 % 30_000_000;
            (it.Floor[slot], it.Ceiling[slot], it.Demand[slot]) = (8_000_000, 8_000_000 + range, 8_000_000 + range * (slot * 31 % 100) / 100);
            (it.Weight[slot], it.Class[slot]) = (range, slot % 3);
            if (slot % 2 == 0)
                it.Steps[slot] = [.. Enumerable.Range(0, 17).Select(step => new Power(8_000_000 + range * step / 16))];
        }
        return it;
    }

    private static NodeName Name(int index) => NodeName.Parse($"node-{index:00000}");
}
