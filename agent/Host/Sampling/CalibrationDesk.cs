using Homelab.NodeAgent.Sensors;
using Homelab.Units;

namespace Homelab.NodeAgent.Sampling;

/// <summary>Lets the node's outer meter, while there is one, teach the figures that stand in for it. Owned by the sampling loop; <see cref="TakeNews"/> is for any thread.</summary>
internal sealed class CalibrationDesk(Calibration calibration)
{
    /// <summary>Between two writes to a disk that may be an SD card.</summary>
    private static readonly TimeSpan StorePace = TimeSpan.FromMinutes(10);

    private TimeSpan _learnedAt;
    private TimeSpan? _storedAt;
    private string[]? _news;

    /// <summary>Hands over what earlier runs learned.</summary>
    public void Tell(NodeMeter meter)
    {
        if (calibration.Package is not null || calibration.Board is not null)
            meter.Learn(calibration.Package, calibration.Board);
    }

    public void Learn(NodeMeter meter, PowerPlan plan, ReadOnlySpan<Reading> readings, ReadOnlySpan<Power?> means, TimeSpan now)
    {
        var elapsed = now - _learnedAt;
        _learnedAt = now;
        if (!meter.IsOuterMeter || meter.Power.Watts is not { } whole)
            return;
        var partial = NodePowerEstimator.Partial(plan, readings, means);
        calibration.Observe(whole, meter.Power.Scope, partial.Cards, partial.Packages, partial.Activity, elapsed);
        Tell(meter);
        if ((calibration.Package is null && calibration.Board is null) || now - _storedAt < StorePace)
            return;
        _storedAt = now;
        Volatile.Write(ref _news, calibration.Store());
    }

    /// <summary>What is worth storing since the last call; null: nothing.</summary>
    public string[]? TakeNews() => Interlocked.Exchange(ref _news, null);
}
