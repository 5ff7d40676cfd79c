using Homelab.Units;

namespace Homelab.Aggregator.Budgeting;

/// <summary>What the controller keeps of one group from round to round: how far its meters are off, and how long it has been too high.</summary>
internal sealed class GroupState
{
    private const double TrimGain = 0.15;
    private const double SteadyShare = 0.02;
    private const double LeastTrim = -0.02;
    private const double MostTrim = 0.10;
    private static readonly TimeSpan OuterPeriod = TimeSpan.FromMilliseconds(1900);
    private static readonly TimeSpan BrakeAfter = TimeSpan.FromSeconds(2);
    private double _trimWatts;
    private Power _outerSum;
    private TimeSpan? _outerAt;
    private TimeSpan? _highSince;
    private TimeSpan? _lowSince;

    public FutilityWatch Futility { get; } = new();

    /// <summary>All nodes are at their floors, because the group stayed above what it may reach.</summary>
    public bool IsBraking { get; private set; }

    /// <summary>Newest reading of the meter above the group.</summary>
    public bool HasOuterMeter(TimeSpan now) => _outerAt is { } at && now - at < TimeSpan.FromSeconds(30);

    /// <summary>How much more the group draws than its nodes say, between −2 % and +10 % of its limit.</summary>
    public Power Trim(Power limit) => Power.FromWatts(Math.Clamp(_trimWatts, LeastTrim * limit.Watts, MostTrim * limit.Watts));

    /// <summary>Moves the trim slowly towards what the outer meter says, and only while the sum stands still: the meter is late.</summary>
    /// <param name="sum">What the group draws by its nodes and its known unreported draw.</param>
    public void ObserveOuter(Power outer, Power sum, Power limit, TimeSpan now)
    {
        if (_outerAt is { } at && now - at < OuterPeriod)
            return;
        var isSteady = _outerAt is not null && Math.Abs((sum - _outerSum).Watts) < SteadyShare * limit.Watts;
        (_outerAt, _outerSum) = (now, sum);
        if (isSteady)
            _trimWatts += TrimGain * ((outer - sum).Watts - _trimWatts);
        _trimWatts = Math.Clamp(_trimWatts, LeastTrim * limit.Watts, MostTrim * limit.Watts);
    }

    /// <param name="reach">Above this for two seconds, the brake is pulled.</param>
    /// <param name="rest">At or below this for two seconds, it is let go.</param>
    public void Watch(Power drawn, Power reach, Power rest, TimeSpan now)
    {
        _highSince = drawn > reach ? _highSince ?? now : null;
        _lowSince = drawn <= rest ? _lowSince ?? now : null;
        if (_highSince is { } high && now - high > BrakeAfter)
            IsBraking = true;
        else if (_lowSince is { } low && now - low >= BrakeAfter)
            IsBraking = false;
    }
}
