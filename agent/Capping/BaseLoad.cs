using Homelab.Units;

namespace Homelab.NodeAgent.Capping;

/// <summary>The part of a node's draw that none of its limiters holds: memory, disks, fans, the supply's loss. Learned from node and device watts.</summary>
/// <remarks>Errs on the high side: it follows the mean and adds twice the mean deviation, because what the base draws more, the devices must draw less.</remarks>
internal sealed class BaseLoad(Power prior)
{
    private const int SamplesToLearn = 4;
    private const double Rising = 0.3;
    private const double Falling = 0.05;

    /// <summary>Devices that drew as much as before, within this share or half a watt, are steady.</summary>
    private const double Steady = 0.02;

    private double _mean;
    private double _deviation;
    private Power? _devices;
    private bool _wasSteady;
    private int _samples;

    /// <summary>What to leave free for the base.</summary>
    public Power Upper => _samples < SamplesToLearn ? prior : Power.FromWatts(Math.Max(0, _mean + (2 * _deviation)));

    public bool IsLearned => _samples >= SamplesToLearn;

    /// <remarks>A meter says a moment and a counter a mean, so they agree only while the devices' draw stands still. In motion their difference
    /// errs both ways: it is averaged then, and its scatter says nothing about the base.</remarks>
    /// <param name="node">The whole node, measured.</param>
    /// <param name="devices">The sum of what its limiters hold, measured over the same time.</param>
    public void Learn(Power node, Power devices)
    {
        var isSteady = _devices is { } before && Math.Abs((devices - before).Watts) <= Math.Max(0.5, devices.Watts * Steady);
        _devices = devices;
        var seen = isSteady ? Math.Max(0, (node - devices).Watts) : (node - devices).Watts;
        var isFirst = isSteady && !_wasSteady;
        _wasSteady |= isSteady;
        var error = seen - _mean;
        var pace = (isSteady, _wasSteady) switch
        {
            (true, _) => isFirst ? 1 : error > 0 ? Rising : Falling,
            (false, true) => Falling,
            // Until it has stood still once, the mean of all that was seen.
            (false, false) => 1.0 / (_samples + 1),
        };
        _samples++;
        _mean = Math.Max(0, _mean + (error * pace));
        if (isSteady && !isFirst)
            _deviation += (Math.Abs(error) - _deviation) * (Math.Abs(error) > _deviation ? Rising : Falling);
        if (_samples == int.MaxValue)
            _samples = SamplesToLearn;
    }
}
