using System.Collections.Immutable;
using Homelab.Units;

namespace Homelab.Aggregator.Fleet.Learned;

/// <summary>Learns from one node's reports. Touched by one thread.</summary>
internal sealed class NodeLearning(NodeLevels levels)
{
    private const double IdleShare = 0.05;
    private const double PeakShare = 0.99;
    private const double CoolShare = 0.25;
    private const string Resistance = "thermal resistance";

    private LearningSensors _sensors = LearningSensors.None;
    private PackageMeter _packages = new();
    private ThermalResistance _resistance = new();
    private AgentShare _agent = new();
    private TimeSpan? _clock;

    /// <summary>Another inventory, or another process, which counts from another start.</summary>
    public void Restart(ImmutableArray<FleetSensor> sensors)
    {
        (_sensors, _packages, _resistance, _agent, _clock) = (new LearningSensors(sensors), new PackageMeter(), new ThermalResistance(), new AgentShare(), null);
    }

    /// <param name="readings">As they stand after the report.</param>
    /// <param name="spent">Time that the report speaks for.</param>
    /// <param name="day">By the wall clock.</param>
    public LearnedFigures Take(NodeReport report, ReadOnlySpan<SensorReading> readings, TimeSpan spent, int day)
    {
        var figures = Cooling(report, readings, spent, day);
        if (report.Cost is { } cost && _sensors.Busy is [var busy, ..] && readings[busy] is { Quality: Quality.Ok, Micros: >= 0 and var micros })
            _agent.Observe(cost.Processor, TimeSpan.FromMicroseconds(micros), report.AgentMonotonic);
        // Without a figure now it is not known which source's levels are the node's.
        if (report.Power.Watts is not { } watts || report.Power.Provenance == Provenance.None)
            return figures;
        var days = levels[$"power {report.Power.Scope.Word()} {report.Power.Source}"];
        days.Observe(day, watts.Watts, spent);
        var idle = Watts(days.Quantile(IdleShare));
        return figures with { Idle = idle, Peak = Watts(days.Quantile(PeakShare)), Agent = (Power.Max(watts, idle ?? watts) - idle) * _agent.Value };
    }

    private LearnedFigures Cooling(NodeReport report, ReadOnlySpan<SensorReading> readings, TimeSpan spent, int day)
    {
        var time = report.AgentMonotonic - (_clock ?? report.AgentMonotonic);
        _clock = report.AgentMonotonic;
        if (_sensors.Ambient.IsEmpty)
            return LearnedFigures.None;
        var ambient = AmbientPick.Of(_sensors.Ambient, readings);
        var power = _packages.Observe(_sensors, readings, time);
        if (_sensors.Packages.IsEmpty && report.Power.Scope == PowerScope.Package)
            power = report.Power.Watts;
        // The first look has no time behind it, and no power of a counter.
        if (_sensors.Packages.IsEmpty || time > TimeSpan.Zero)
            return Cooling(ambient, _resistance.Observe(Processor(readings), ambient, power, time), spent, day);
        return new LearnedFigures { Ambient = ambient };
    }

    private LearnedFigures Cooling(Temperature? ambient, double? resistance, TimeSpan spent, int day)
    {
        if (resistance is not { } known)
            return new LearnedFigures { Ambient = ambient };
        var days = levels[Resistance];
        days.Observe(day, known, spent);
        return new LearnedFigures { Ambient = ambient, ThermalResistance = known, ThermalResistanceBaseline = days.Quantile(CoolShare) };
    }

    /// <summary>How hot it is by good readings only: a stale one says what was.</summary>
    private Temperature? Processor(ReadOnlySpan<SensorReading> readings)
    {
        var good = new SensorReading[readings.Length];
        for (var i = 0; i < good.Length; i++)
            good[i] = readings[i].Quality == Quality.Ok ? readings[i] : SensorReading.None;
        return TemperaturePick.Of(_sensors.All, good)?.Value;
    }

    private static Power? Watts(double? level) => level is { } watts ? Power.FromWatts(watts) : null;
}
