using Homelab.Units;

namespace Homelab.Aggregator.Budgeting.Tests;

/// <summary>A small fleet with physics: demand in correlated bursts, limiters that follow late and are off a little, meters that are too. The
/// controller is the product's own; the agents are as the protocol says. Its constants are assumptions, those of the reference figures.</summary>
internal sealed class ReferencePlant
{
    private const double Step = 0.025;
    private readonly Xorshift _dice;
    private readonly Xorshift _net;
    private readonly PlantNode[] _nodes;
    private readonly double _unmanaged;
    private readonly PriorityQueue<Action, (double, int)> _post = new();
    private int _posted;
    private double _now;

    public ReferencePlant(ulong seed, IReadOnlyList<PlantKind> kinds, double unmanaged, bool ideal)
    {
        _dice = new Xorshift(seed * 2654435761u + 88172645463325252);
        _net = new Xorshift(seed * 40503u + 12345677);
        _unmanaged = unmanaged;
        _nodes = [.. kinds.Select((kind, index) => new PlantNode(kind, $"node-{index}", _dice, ideal))];
        Ideal = ideal;
    }

    public bool Ideal { get; }

    public double Loss { get; init; }

    public PlantFigures Run(Func<double, double> budget, bool isHard, double seconds = 900)
    {
        var figures = new PlantFigures();
        var limit = budget(0);
        ControlPolicy Policy() => new()
        {
            Budget = new BudgetGroup { Name = "fleet", Limit = Power.FromWatts(limit), Unmanaged = Power.FromWatts(_unmanaged), IsHard = isHard },
            Mode = ControlMode.Cap,
        };
        var controller = new FleetController(Policy(), ControlMemory.Empty, 7, At());
        foreach (var node in _nodes)
        {
            controller.Join(node.Traits, At());
            controller.Acknowledge(node.Applied(), At());
        }
        var (nextBurst, nextRound) = (_dice.Exponential(120), 0.0);
        for (var step = 0; step < seconds / Step; step++)
        {
            _now = step * Step;
            if (budget(_now) is var wanted && wanted != limit)
            {
                limit = wanted;
                controller.Change(Policy(), At());
            }
            while (_post.TryPeek(out _, out var due) && due.Item1 <= _now)
                _post.Dequeue()();
            var burst = _now >= nextBurst;
            if (burst)
                nextBurst = _now + _dice.Exponential(150);
            foreach (var node in _nodes)
                node.Live(_now, Step, burst, _dice, Ideal);
            for (var i = 0; i < _nodes.Length; i++)
            {
                if ((step + 2 * i) % (int)(0.5 / Step) == 0)
                    Report(_nodes[i], controller);
            }
            if (_now >= nextRound || controller.IsUrgent)
            {
                if (_now >= nextRound)
                    nextRound = _now + 0.5;
                Decide(controller, figures);
            }
            if (_now >= 10)
                figures.Add(_nodes, _unmanaged, limit, _now, Step);
        }
        figures.Writes = _nodes.Sum(node => node.Writes) / (double)_nodes.Length / (seconds / 60);
        return figures;
    }

    private void Report(PlantNode node, FleetController controller)
    {
        var (seen, applied) = (node.Seen(_now, _dice, Ideal), node.TakeApplied());
        Post(() => controller.Observe(seen, At()));
        if (applied is { } word)
            Post(() => controller.Acknowledge(word, At()));
    }

    private void Decide(FleetController controller, PlantFigures figures)
    {
        figures.Rounds++;
        var round = controller.Decide(At());
        figures.Worst = Math.Max(figures.Worst, (round.State.Groups[0].Committed - round.State.Groups[0].Allocatable).Watts * (_now > 10 ? 1 : 0));
        foreach (var grant in round.Grants)
        {
            var node = _nodes.First(candidate => candidate.Traits.Name == grant.Node);
            figures.Grants++;
            Post(() =>
            {
                node.Take(grant, _now);
                var applied = node.Applied();
                Post(() => controller.Acknowledge(applied, At()));
            });
        }
    }

    private void Post(Action arrival)
    {
        if (Loss > 0 && _net.Next() < Loss)
            return;
        var late = 0.01 + 0.02 * _net.Next() + (_net.Next() < 0.02 ? 0.15 * _net.Next() : 0);
        _post.Enqueue(arrival, (_now + late, _posted++));
    }

    private ControlMoment At() => new(TimeSpan.FromSeconds(_now), DateTimeOffset.UnixEpoch.AddSeconds(_now));
}

internal sealed record PlantKind(string Word, double Idle, double Ceiling, double Floor, double Dead, double Tau, int Steps, double Uncertainty, double MeterError, double LimiterError)
{
    public static readonly PlantKind Rapl = new("rapl", 8, 45, 14, 0.02, 0.4, 0, 0.01, 0.01, 0.005);
    public static readonly PlantKind Amd = new("amd", 10, 45, 16, 0.02, 0.15, 16, 0.04, 0.01, 0.02);
    public static readonly PlantKind Rk1 = new("rk1", 2.6, 9, 4, 0.02, 0.10, 8, 0.13, 0.10, 0.08);
    public static readonly PlantKind Pi = new("pi", 2.7, 7, 3.6, 0.02, 0.10, 10, 0.13, 0.10, 0.08);
    public static readonly PlantKind Gpu = new("gpu", 60, 350, 130, 0.3, 0.6, 0, 0.01, 0.02, 0.005);
    public static readonly PlantKind[] FleetA = [Rapl, Rapl, Amd, Rk1, Rk1, Rk1, Rk1, Pi, Pi];
    public static readonly PlantKind[] FleetD = [Gpu, Rapl, Rapl, Rk1, Rk1, Rk1, Rk1];
}

internal sealed class PlantNode
{
    private readonly PlantKind _kind;
    private readonly double _meterBias;
    private readonly double _limiterBias;
    private readonly Queue<double> _window = new();
    private double _load = 0.05;
    private double _until;
    private bool _isBusy;
    private double _workBias = 1;
    private double _command;
    private double _limit;
    private (double At, double Watts)? _pending;
    private (ulong Epoch, ulong Sequence) _taken;
    private Power? _safe;
    private bool _isChanged;

    public PlantNode(PlantKind kind, string name, Xorshift dice, bool ideal)
    {
        _kind = kind;
        _meterBias = ideal ? 1 : 1 + kind.MeterError * dice.Gauss();
        _limiterBias = ideal ? 1 : 1 + kind.LimiterError * dice.Gauss();
        _until = dice.Exponential(20);
        (_command, _limit) = (kind.Ceiling, kind.Ceiling * 1.3);
        Power = Demand = kind.Idle + (kind.Ceiling - kind.Idle) * _load;
        var range = kind.Ceiling - kind.Floor;
        Traits = new NodeTraits
        {
            Name = NodeName.Parse(name),
            IsEnforcing = true,
            Floor = W(kind.Floor),
            Ceiling = W(kind.Ceiling),
            Idle = W(kind.Idle),
            Uncertainty = ideal ? 0 : kind.Uncertainty,
            Settle = TimeSpan.FromSeconds(kind.Dead + Math.Max(0.2, 2.5 * kind.Tau)),
            Steps = [.. Enumerable.Range(0, kind.Steps == 0 ? 0 : kind.Steps + 1).Select(step => W(kind.Floor + range * step / kind.Steps))],
        };
    }

    public NodeTraits Traits { get; }

    public double Power { get; private set; }

    public double Demand { get; private set; }

    public double Idle => _kind.Idle;

    public double Floor => _kind.Floor;

    public double Ceiling => _kind.Ceiling;

    public int Writes { get; private set; }

    public double Done { get; set; }

    public double Wanted { get; set; }

    public void Live(double now, double step, bool burst, Xorshift dice, bool ideal)
    {
        if (now >= _until || (burst && dice.Next() < 0.8 && !_isBusy))
        {
            _isBusy = !_isBusy;
            _load = _isBusy ? 0.55 + 0.45 * dice.Next() : 0.02 + 0.08 * dice.Next();
            _until = now + dice.Exponential(_isBusy ? 40 : 30);
            if (_isBusy)
                _workBias = 1 + (!ideal && _kind.Steps > 0 ? 0.04 * dice.Gauss() : 0);
        }
        Demand = _kind.Idle + (_kind.Ceiling - _kind.Idle) * Math.Clamp(_load * (1 + 0.03 * dice.Gauss()), 0, 1);
        if (_pending is { } pending && pending.At <= now)
            (_command, _pending) = (pending.Watts, null);
        _limit += (_command - _limit) * (step / (_kind.Tau + step));
        var dynamic = Math.Max(Math.Max(0, _limit - _kind.Idle), _kind.Floor - _kind.Idle);
        var target = Math.Min(Demand, _kind.Idle + dynamic * _limiterBias * _workBias);
        Power = Math.Min(Demand, Power + (target - Power) * (step / (0.05 + step)));
        _window.Enqueue(Power);
        while (_window.Count > (_kind.Idle > 50 ? 1.0 : 0.5) / step)
            _window.Dequeue();
    }

    public NodeObservation Seen(double now, Xorshift dice, bool ideal)
    {
        var dynamic = (_window.Average() - _kind.Idle) * _meterBias * (ideal ? 1 : 1 + 0.01 * dice.Gauss());
        return new NodeObservation(Traits.Name, W(_kind.Idle + dynamic), TimeSpan.FromSeconds(now + 1), false);
    }

    public void Take(Grant grant, double now)
    {
        if (grant.Epoch < _taken.Epoch || (grant.Epoch == _taken.Epoch && grant.Sequence <= _taken.Sequence))
            return;
        _taken = (grant.Epoch, grant.Sequence);
        _safe = grant.SafeShare;
        var cap = Math.Max(grant.Cap!.Value.Watts, _kind.Floor);
        if (cap == (_pending?.Watts ?? _command))
            return;
        Writes++;
        _isChanged = true;
        _pending = (now + _kind.Dead, cap);
    }

    public NodeApplied Applied() => new(
        Traits.Name, _taken.Epoch, _taken.Sequence, _taken.Epoch == 0 ? null : W(_pending?.Watts ?? _command), false,
        _taken.Epoch == 0 ? LeaseStanding.None : LeaseStanding.Live, _safe, "");

    public NodeApplied? TakeApplied()
    {
        var applied = _isChanged ? Applied() : (NodeApplied?)null;
        _isChanged = false;
        return applied;
    }

    private static Power W(double watts) => Units.Power.FromWatts(watts);
}

/// <summary>The figures of a run, as the reference defines them.</summary>
internal sealed class PlantFigures
{
    private double _runJoules;
    private double _done;
    private double _best;
    private double _used;
    private double _usable;
    private PlantNode[] _nodes = [];
    private int _steps;

    public double SecondsAbove { get; private set; }

    public double PeakExcess { get; private set; }

    public double WorstEvent { get; private set; }

    public double LastAbove { get; private set; } = -1;

    public double Writes { get; set; }

    public int Rounds { get; set; }

    public int Grants { get; set; }

    public double Worst { get; set; }

    public double Performance => _done / _best;

    public double Utilisation => _usable > 0 ? _used / _usable : 1;

    public double Jain
    {
        get
        {
            var parts = _nodes.Select(node => node.Done / node.Wanted).ToArray();
            return parts.Sum() * parts.Sum() / (parts.Length * parts.Sum(part => part * part));
        }
    }

    public void Add(PlantNode[] nodes, double unmanaged, double budget, double now, double step)
    {
        _nodes = nodes;
        var total = unmanaged + nodes.Sum(node => node.Power);
        var excess = total - budget;
        if (excess > 0.005 * budget)
        {
            SecondsAbove += step;
            _runJoules += excess * step;
            (PeakExcess, WorstEvent, LastAbove) = (Math.Max(PeakExcess, excess), Math.Max(WorstEvent, _runJoules), now);
        }
        else
        {
            _runJoules = 0;
        }
        var available = budget - unmanaged - nodes.Sum(node => node.Idle);
        var wants = nodes.Sum(node => node.Demand - node.Idle);
        if (wants > available)
        {
            _used += total;
            _usable += budget;
        }
        if (_steps++ % 20 != 0)
            return;
        var everything = 0.0;
        foreach (var node in nodes)
        {
            var want = Math.Max(1e-6, node.Demand - node.Idle);
            var done = want * Math.Pow(Math.Min(1, Math.Max(0, node.Power - node.Idle) / want), 1 / 2.2);
            node.Done += done;
            node.Wanted += want;
            everything += want;
            _done += done;
        }
        _best += wants > available ? Best(nodes, available) : everything;
    }

    /// <summary>What a clairvoyant would get done: the power is split where it does most.</summary>
    private static double Best(PlantNode[] nodes, double available)
    {
        const double Power = 1 / 2.2;
        double X(PlantNode node, double price)
        {
            var want = Math.Max(1e-6, node.Demand - node.Idle);
            var x = Math.Pow(want * Power * Math.Pow(want, -Power) / price, 1 / (1 - Power));
            return Math.Max(Math.Min(want, node.Floor - node.Idle), Math.Min(want, x));
        }
        var (low, high) = (1e-9, 1e9);
        for (var i = 0; i < 45; i++)
        {
            var price = Math.Sqrt(low * high);
            if (nodes.Sum(node => X(node, price)) > available)
                low = price;
            else
                high = price;
        }
        return nodes.Sum(node =>
        {
            var want = Math.Max(1e-6, node.Demand - node.Idle);
            return want * Math.Pow(X(node, high) / want, Power);
        });
    }
}

internal sealed class Xorshift(ulong seed)
{
    private ulong _state = seed;

    public double Next()
    {
        _state ^= _state << 13;
        _state ^= _state >> 7;
        _state ^= _state << 17;
        return (_state >> 11) * (1.0 / 9007199254740992.0);
    }

    public double Gauss() => Math.Sqrt(-2 * Math.Log(Math.Max(1e-12, Next()))) * Math.Cos(2 * Math.PI * Next());

    public double Exponential(double mean) => -mean * Math.Log(Math.Max(1e-12, Next()));
}
