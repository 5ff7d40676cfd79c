using Homelab.Units;

namespace Homelab.Aggregator.Fleet.Learned;

/// <summary>Power of all processor packages between two reports, from their energy counters.</summary>
internal sealed class PackageMeter
{
    private Energy? _before;

    /// <summary>Null while a counter has no good value, and at the first look.</summary>
    /// <param name="time">Since the last look, by the agent's clock.</param>
    public Power? Observe(LearningSensors sensors, ReadOnlySpan<SensorReading> readings, TimeSpan time)
    {
        var (before, now) = (_before, Sum(sensors, readings));
        _before = now;
        return now is { } after && before is { } earlier && after >= earlier && time > TimeSpan.Zero
            ? Power.FromWatts(Math.Min((after - earlier).Joules / time.TotalSeconds, LevelHistogram.Most))
            : null;
    }

    private static Energy? Sum(LearningSensors sensors, ReadOnlySpan<SensorReading> readings)
    {
        Int128 sum = 0;
        foreach (var package in sensors.Packages)
        {
            if (readings[package] is not { Quality: Quality.Ok, Micros: >= 0 and var micros })
                return null;
            sum += micros;
        }
        return sensors.Packages.IsEmpty || sum > long.MaxValue ? null : new Energy((long)sum);
    }
}
