using Homelab.Aggregator.Simulation.Scenarios;
using Homelab.Units;

namespace Homelab.Aggregator.Simulation.Plants;

/// <summary>The hardware: limits reach it after a dead time, bite with a lag, err by a bias, and hold down what the demand asks.</summary>
internal sealed class Plant
{
    /// <summary>Of the draw itself: processors follow their limit within a step or two.</summary>
    private const double FollowSeconds = 0.05;

    /// <summary>An unheld limit lies this far above the ceiling, so that it never binds.</summary>
    private const double Unheld = 1.3;

    private readonly Scenario _scenario;
    private readonly DemandTrace _demand;
    private readonly double[] _idle;
    private readonly double[] _ceiling;
    private readonly double[] _leastDynamic;
    private readonly double[] _follow;
    private readonly double[] _limit;
    private readonly double[] _asked;
    private readonly PendingWrites[] _writes;
    private readonly bool[] _isIgnoring;
    private readonly double[] _most;
    private readonly int[] _writeCount;
    private readonly double[] _held;

    public Plant(Scenario scenario, DemandTrace demand)
    {
        (_scenario, _demand) = (scenario, demand);
        var count = demand.Nodes;
        _idle = [.. scenario.Nodes.Select(node => node.Idle.Watts)];
        _ceiling = [.. scenario.Nodes.Select(node => node.Ceiling.Watts)];
        _leastDynamic = [.. scenario.Nodes.Select(node => (node.EnforceableFloor - node.Idle).Watts)];
        _follow = [.. scenario.Nodes.Select(node => DemandTrace.StepSeconds / (node.Lag.TotalSeconds + DemandTrace.StepSeconds))];
        _limit = [.. _ceiling.Select(ceiling => ceiling * Unheld)];
        _asked = [.. _ceiling];
        _writes = new PendingWrites[count];
        for (var i = 0; i < count; i++)
            _writes[i] = new PendingWrites();
        _isIgnoring = new bool[count];
        _most = [.. Enumerable.Repeat(double.PositiveInfinity, count)];
        _writeCount = new int[count];
        _held = [.. _ceiling];
        Draw = new double[count];
        for (var i = 0; i < count; i++)
            Draw[i] = _idle[i] + ((_ceiling[i] - _idle[i]) * 0.05);
    }

    /// <summary>True draw in watts, by node, after the last step.</summary>
    public double[] Draw { get; }

    /// <summary>What every node wants now, by node.</summary>
    public ReadOnlySpan<double> Wanted => _demand.Watts.AsSpan(_step * _demand.Nodes, _demand.Nodes);

    private int _step;

    /// <summary>The limit is already in the hardware when the run starts.</summary>
    public void Preset(int node, Power limit)
    {
        (_limit[node], _asked[node], _held[node]) = (limit.Watts, limit.Watts, limit.Watts);
        _writes[node].Latest = limit;
    }

    /// <summary>A write to the limiter. It bites after the dead time. Null takes the limit away.</summary>
    /// <param name="cap">What the limit keeps the node to: the limit itself, or what a clock that is trimmed by watts stands for.</param>
    public void Write(int node, Power? limit, Power? cap, TimeSpan at)
    {
        _held[node] = cap?.Watts ?? _ceiling[node];
        if (_writes[node].Latest == limit)
            return;
        _writeCount[node]++;
        _writes[node].Latest = limit;
        _writes[node].Add(at + _scenario.Nodes[node].DeadTime, limit?.Watts ?? _ceiling[node]);
    }

    /// <summary>Writes that changed something, since the start.</summary>
    public int Writes(int node) => _writeCount[node];

    /// <summary>What a read of the limiter says; null when it holds nothing.</summary>
    public Power? ReadBack(int node) => _writes[node].Latest;

    /// <summary>Something else rewrites the limiter behind the agent's back.</summary>
    public void Overwrite(int node, Power? limit, TimeSpan at)
    {
        _held[node] = limit?.Watts ?? _ceiling[node];
        _writes[node].Latest = limit;
        _writes[node].Add(at, limit?.Watts ?? _ceiling[node]);
    }

    /// <summary>From now on the hardware does (not) do what was written.</summary>
    public void Ignore(int node, bool isIgnoring) => _isIgnoring[node] = isIgnoring;

    /// <summary>Nothing above this runs on the node: it is off, or boots. Null: all that is wanted.</summary>
    public void Hold(int node, Power? most) => _most[node] = most?.Watts ?? double.PositiveInfinity;

    /// <summary>What the node is held to by what is written to it and obeyed, in watts; its ceiling where nothing is. Dead times and lags are not in it: they show as excess.</summary>
    public double Held(int node) => Math.Min(_most[node], _isIgnoring[node] ? _ceiling[node] : Math.Min(_held[node], _ceiling[node]));

    /// <summary>Share of the processors' time in use at the present limit, 0 to 1.</summary>
    public double Use(int node)
    {
        var most = Math.Max(Math.Max(0, _limit[node] - _idle[node]), _leastDynamic[node]) * _demand.ActuatorBias[node] * _demand.Workload[(_step * _demand.Nodes) + node];
        return most <= 0 ? 0 : Math.Clamp((Math.Min(Wanted[node], _most[node]) - _idle[node]) / most, 0, 1);
    }

    /// <summary>Moves the hardware to the moment of a step.</summary>
    public void Advance(int step)
    {
        _step = step;
        var time = step * DemandTrace.Step;
        var wanted = Wanted;
        var workload = _demand.Workload.AsSpan(step * _demand.Nodes, _demand.Nodes);
        for (var i = 0; i < Draw.Length; i++)
        {
            _writes[i].Take(time, ref _asked[i]);
            var asked = _isIgnoring[i] ? _ceiling[i] * Unheld : _asked[i];
            _limit[i] += (asked - _limit[i]) * _follow[i];
            var dynamic = Math.Max(Math.Max(0, _limit[i] - _idle[i]), _leastDynamic[i]);
            var most = _idle[i] + (dynamic * _demand.ActuatorBias[i] * workload[i]);
            var want = Math.Min(wanted[i], _most[i]);
            Draw[i] += (Math.Min(want, most) - Draw[i]) * (DemandTrace.StepSeconds / (FollowSeconds + DemandTrace.StepSeconds));
            if (Draw[i] > want)
                Draw[i] = want;
        }
    }

    /// <summary>Writes on their way into the hardware, in order.</summary>
    private sealed class PendingWrites
    {
        private readonly Queue<(TimeSpan Due, double Watts)> _queue = new(8);

        public Power? Latest { get; set; }

        public void Add(TimeSpan due, double watts) => _queue.Enqueue((due, watts));

        public void Take(TimeSpan time, ref double asked)
        {
            while (_queue.TryPeek(out var next) && next.Due <= time)
                asked = _queue.Dequeue().Watts;
        }
    }
}
