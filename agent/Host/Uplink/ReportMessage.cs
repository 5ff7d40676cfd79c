using Homelab.NodeAgent.Diagnostics;
using Homelab.NodeAgent.Sampling;
using Homelab.NodeAgent.Sensors;
using Homelab.Units;

namespace Homelab.NodeAgent.Uplink;

/// <summary>A report as a message, in objects that serve again for the next: a report a second for years allocates nothing.</summary>
/// <remarks>One stream's. What <see cref="Of"/> gives is valid until the next call.</remarks>
internal sealed class ReportMessage
{
    private readonly V1.AgentMessage _message = new() { Report = new V1.Report { NodePower = new V1.NodePower() } };
    private readonly List<V1.Reading> _readings = [];
    private readonly List<V1.ThrottleState> _throttles = [];
    private readonly List<V1.SourceState> _sources = [];
    private readonly V1.SelfCost _self = new();
    private readonly SplitMessage _split = new();

    public V1.AgentMessage Of(AgentWord.Report word)
    {
        var (sample, report) = (word.Sample, _message.Report);
        report.Sequence = word.Sequence;
        report.TimeUs = WireMap.Micros(sample.Time);
        report.MonotonicUs = (ulong)(sample.Monotonic.Ticks / TimeSpan.TicksPerMicrosecond);
        report.Inventory = word.InventoryNumber;
        report.NodeEnergyMicrojoules = (ulong)sample.Energy.Microjoules;
        Fill(report.NodePower, sample.Power);
        report.Split = sample.Pods is { } pods ? _split.Of(pods) : null;
        report.Throttles.Clear();
        for (var i = 0; i < sample.Throttles.Length; i++)
        {
            var wire = At(_throttles, i);
            Fill(wire, sample.Throttles[i]);
            report.Throttles.Add(wire);
        }
        report.Readings.Clear();
        for (var i = 0; i < word.Changed.Count && word.Changed[i] < WireMap.MostSensors; i++)
        {
            var wire = At(_readings, i);
            Fill(wire, word.Changed[i], sample.Readings[word.Changed[i]]);
            report.Readings.Add(wire);
        }
        report.Sources.Clear();
        if (word.WithSources)
        {
            for (var i = 0; i < sample.Sources.Length; i++)
            {
                var wire = At(_sources, i);
                Fill(wire, sample.Sources[i]);
                report.Sources.Add(wire);
            }
        }
        report.Self = word.WithSelf ? Filled(_self, sample.Self) : null;
        return _message;
    }

    internal static T At<T>(List<T> kept, int index)
        where T : class, new()
    {
        if (index == kept.Count)
            kept.Add(new T());
        return kept[index];
    }

    private static void Fill(V1.Reading wire, int index, Reading reading)
    {
        wire.Sensor = (uint)index;
        wire.Quality = (V1.Quality)reading.Quality;
        if (reading.Micros is { } micros)
            wire.ValueMicros = micros;
        else
            wire.ClearValueMicros();
        wire.Detail = reading.Detail ?? "";
    }

    private static void Fill(V1.ThrottleState wire, ThrottleState state)
    {
        // The causes' numbers are the wire values.
        wire.Cause = (V1.ThrottleCause)state.Cause;
        wire.HeldUs = (ulong)(state.Held.Ticks / TimeSpan.TicksPerMicrosecond);
        if (state.Now is { } now)
            wire.Now = now;
        else
            wire.ClearNow();
        if (state.SinceBoot is { } since)
            wire.SinceBoot = since;
        else
            wire.ClearSinceBoot();
    }

    private static void Fill(V1.SourceState wire, SourceHealth health)
    {
        wire.Source = health.Source;
        wire.Success = health.Success;
        wire.DurationUs = (uint)Math.Clamp(health.Duration.TotalMicroseconds, 0, uint.MaxValue);
        wire.LastOkUs = health.LastOk is { } time ? WireMap.Micros(time) : 0;
        wire.Failures = (ulong)health.Failures;
        wire.Detail = health.Detail ?? "";
    }

    private static V1.SelfCost Filled(V1.SelfCost wire, SelfCost self)
    {
        wire.ResidentBytes = (ulong)self.ResidentBytes;
        wire.CpuUs = (ulong)(self.Processor.Ticks / TimeSpan.TicksPerMicrosecond);
        return wire;
    }

    private static void Fill(V1.NodePower wire, NodePower power)
    {
        wire.Provenance = (V1.Provenance)power.Provenance;
        wire.Source = power.Source;
        wire.Scope = (V1.PowerScope)power.Scope;
        wire.UncertaintyMicros = (uint)Math.Round(Math.Clamp(power.Uncertainty, 0, 1) * 1e6);
        if (power.Watts is { } watts)
            wire.PowerMicrowatts = watts.Microwatts;
        else
            wire.ClearPowerMicrowatts();
    }
}
