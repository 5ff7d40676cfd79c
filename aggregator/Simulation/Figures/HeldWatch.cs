using System.Collections.Immutable;
using Homelab.Aggregator.Simulation.Plants;
using Homelab.Aggregator.Simulation.Scenarios;
using Homelab.Units;

namespace Homelab.Aggregator.Simulation.Figures;

/// <summary>The invariant: Σ of what the hardware is held to, with the unmanaged load, is within the budget whatever the demand does.</summary>
/// <remarks>After a decrease the caps need a message, a write and an answer: so long the old budget holds.</remarks>
internal sealed class HeldWatch(Scenario scenario)
{
    /// <summary>From a decrease until the new budget must hold: a round, the tail of the latency, a lost message and a dead time.</summary>
    public static readonly TimeSpan Grace = TimeSpan.FromSeconds(2);

    /// <summary>Caps are whole microwatts; their sum may be off by one each.</summary>
    private const double Rounding = 1e-3;

    private readonly List<Violation> _violations = [];
    private Power _last;
    private Power _before;
    private TimeSpan _changedAt = -Grace;
    private double _began = -1;
    private double _worst;
    private ImmutableArray<string> _who = [];
    private double _time;

    /// <param name="limit">What the sum may be: the budget, or what bounded mode may reach for seconds.</param>
    public void Observe(TimeSpan time, Plant plant, Power limit)
    {
        if (limit != _last)
            (_before, _last, _changedAt) = (_last, limit, time);
        var allowed = time < _changedAt + Grace ? Power.Max(limit, _before) : limit;
        var sum = scenario.Unmanaged.Watts;
        for (var i = 0; i < plant.Draw.Length; i++)
            sum += plant.Held(i);
        _time = time.TotalSeconds;
        if (sum <= allowed.Watts + Rounding)
            End();
        else
            Note(sum - allowed.Watts, plant);
    }

    public ImmutableArray<Violation> Close()
    {
        End();
        return [.. _violations];
    }

    private void Note(double excess, Plant plant)
    {
        if (_began < 0)
            (_began, _worst) = (_time, 0);
        if (excess <= _worst)
            return;
        _worst = excess;
        _who = [.. Enumerable.Range(0, plant.Draw.Length).OrderByDescending(plant.Held).Select(i => scenario.Nodes[i].Name.Value)];
    }

    private void End()
    {
        if (_began < 0)
            return;
        _violations.Add(new Violation(_began, _time - _began, _worst, _who));
        _began = -1;
    }
}
