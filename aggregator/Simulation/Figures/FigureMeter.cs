using Homelab.Aggregator.Simulation.Fleets;
using Homelab.Aggregator.Simulation.Plants;
using Homelab.Aggregator.Simulation.Scenarios;
using Homelab.Units;

namespace Homelab.Aggregator.Simulation.Figures;

/// <summary>Watches a run from outside, step by step, with the plant's true figures.</summary>
internal sealed class FigureMeter
{
    /// <summary>Share of the budget from which an excess counts.</summary>
    public const double Tolerance = 0.005;

    /// <summary>Without a switch for so long, a node's limiter has nothing to follow.</summary>
    private const float SteadySeconds = 10;

    /// <summary>After a budget decrease, what is above the new budget is the limiters' lag.</summary>
    private const double StepAllowance = 1;

    private readonly Scenario _scenario;
    private readonly DemandTrace _demand;
    private readonly Oracle _oracle;
    private readonly double[] _idle;
    private readonly double[] _work;
    private readonly double[] _wanted;
    private readonly double[] _rate;
    private readonly HeldWatch _held;
    private double _above, _peak, _longest, _worst, _event, _eventSeconds;
    private double _calmAbove, _calmPeak, _calmShare, _calmWorst, _calmEvent;
    private double _done, _best, _robust;
    private double _drawn, _allowed;
    private double _lastAbove = -1;
    private double _decreasedAt = -1;
    private double? _settle;
    private Power _budget;
    private int _writes, _steadyWrites, _steadySteps;

    public FigureMeter(Scenario scenario, DemandTrace demand, Oracle oracle)
    {
        (_scenario, _demand, _oracle) = (scenario, demand, oracle);
        _idle = [.. scenario.Nodes.Select(node => node.Idle.Watts)];
        _work = new double[demand.Nodes];
        _wanted = new double[demand.Nodes];
        _rate = new double[demand.Nodes];
        _held = new HeldWatch(scenario);
        _budget = scenario.Budget;
    }

    /// <summary>To be called once a step, after the plant moved and the fleet has acted.</summary>
    public void Observe(int step, Plant plant, IFleet fleet)
    {
        var time = step * DemandTrace.Step;
        var budget = _scenario.BudgetAt(time);
        if (budget != _budget)
            ChangeBudget(budget, time.TotalSeconds);
        var total = _scenario.Unmanaged.Watts;
        foreach (var draw in plant.Draw)
            total += draw;
        CountExcess(total - budget.Watts, budget.Watts, time.TotalSeconds);
        CountWork(step, plant);
        CountWrites(step, plant);
        if (_oracle.IsBinding[step])
        {
            _drawn += total;
            _allowed += budget.Watts;
        }
        if (fleet.Allowed(budget) is { } allowed)
            _held.Observe(time, plant, allowed);
    }

    public RunFigures Close(ulong seed)
    {
        CloseSettle();
        var seconds = _demand.Steps * DemandTrace.StepSeconds;
        var minutes = seconds / 60 * _demand.Nodes;
        var steadyMinutes = _steadySteps * DemandTrace.StepSeconds / 60 * _demand.Nodes;
        return new RunFigures(
            seed, _above / seconds, _peak, _worst, _longest, new Excess(_calmAbove / seconds, _calmPeak, _calmShare, _calmWorst), _settle, _done / _best, _done / _robust, Jain(),
            _allowed > 0 ? _drawn / _allowed : 0, _writes / minutes, steadyMinutes >= 1 ? _steadyWrites / steadyMinutes : null, _held.Close());
    }

    private void ChangeBudget(Power budget, double time)
    {
        CloseSettle();
        _decreasedAt = budget < _budget ? time : -1;
        _budget = budget;
    }

    private void CloseSettle()
    {
        if (_decreasedAt >= 0)
            _settle = Math.Max(_settle ?? 0, _lastAbove >= _decreasedAt ? _lastAbove - _decreasedAt + DemandTrace.StepSeconds : 0);
    }

    private void CountExcess(double excess, double budget, double time)
    {
        if (excess <= Tolerance * budget)
        {
            (_event, _eventSeconds, _calmEvent) = (0, 0, 0);
            return;
        }
        _above += DemandTrace.StepSeconds;
        _event += excess * DemandTrace.StepSeconds;
        _eventSeconds += DemandTrace.StepSeconds;
        _peak = Math.Max(_peak, excess);
        _worst = Math.Max(_worst, _event);
        _longest = Math.Max(_longest, _eventSeconds);
        _lastAbove = time;
        if (_decreasedAt >= 0 && time < _decreasedAt + StepAllowance)
            return;
        _calmAbove += DemandTrace.StepSeconds;
        _calmEvent += excess * DemandTrace.StepSeconds;
        _calmPeak = Math.Max(_calmPeak, excess);
        _calmShare = Math.Max(_calmShare, excess / budget);
        _calmWorst = Math.Max(_calmWorst, _calmEvent);
    }

    private void CountWork(int step, Plant plant)
    {
        var wanted = plant.Wanted;
        var sum = 0.0;
        for (var i = 0; i < _idle.Length; i++)
        {
            var want = Math.Max(1e-6, wanted[i] - _idle[i]);
            var got = Math.Max(0, plant.Draw[i] - _idle[i]);
            var weighted = _scenario.Nodes[i].Weight * want;
            var work = weighted * (got >= want ? 1 : Math.Pow(got / want, Oracle.Exponent));
            _work[i] += work;
            _wanted[i] += weighted;
            sum += work;
        }
        if (step % Oracle.Stride != 0)
            return;
        _done += sum;
        _best += _oracle.Best[step / Oracle.Stride];
        _robust += _oracle.Robust[step / Oracle.Stride];
    }

    private void CountWrites(int step, Plant plant)
    {
        var sum = 0;
        for (var i = 0; i < _idle.Length; i++)
            sum += plant.Writes(i);
        if (_demand.LastSwitch[step] >= SteadySeconds)
        {
            _steadySteps++;
            _steadyWrites += sum - _writes;
        }
        _writes = sum;
    }

    private double Jain()
    {
        for (var i = 0; i < _rate.Length; i++)
            _rate[i] = _wanted[i] > 0 ? _work[i] / _wanted[i] : 1;
        return Enumerable.Range(0, _rate.Length).GroupBy(i => _scenario.Nodes[i].PriorityClass)
            .Min(members => Math.Pow(members.Sum(i => _rate[i]), 2) / (members.Count() * members.Sum(i => _rate[i] * _rate[i])));
    }
}
