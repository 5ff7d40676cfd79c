using Homelab.Aggregator.Simulation.Scenarios;
using Homelab.NodeAgent.Capping;
using Homelab.Units;

namespace Homelab.Aggregator.Simulation.Fleets;

/// <summary>A node that has clocks only: the product's table and trim choose the operating point, each standing for a limit of the plant.</summary>
internal sealed class ClockLimiter
{
    private readonly SimulatedNode _model;
    private readonly FrequencyTable _table;
    private readonly FrequencyTrim _trim = new();
    private MeasuredDraw? _draw;
    private int _point;

    public ClockLimiter(SimulatedNode model)
    {
        _model = model;
        var count = model.Steps.Length;
        _table = new FrequencyTable([.. Enumerable.Range(1, count).Select(i => i / (double)count)], model.Idle, model.Steps);
        _point = count - 1;
    }

    public void Measure(MeasuredDraw draw) => _draw = draw;

    /// <summary>The limit of the point to hold now.</summary>
    public Power Choose(Power cap, TimeSpan now)
    {
        _point = _trim.Next(_table, cap, _draw, now);
        return _model.Steps[_point];
    }
}
