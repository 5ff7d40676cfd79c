using Homelab.Units;

namespace Homelab.NodeAgent.Capping;

/// <summary>The part of a node's draw that none of its limiters holds: memory, disks, fans, the supply's loss. Learned from node and device watts.</summary>
/// <remarks>Errs on the high side: it follows the mean and adds twice the mean deviation, because what the base draws more, the devices must draw less.</remarks>
internal sealed class BaseLoad(Power prior)
{
    private const int SamplesToLearn = 4;
    private const double Rising = 0.3;
    private const double Falling = 0.05;

    private double _mean;
    private double _deviation;
    private int _samples;

    /// <summary>What to leave free for the base.</summary>
    public Power Upper => _samples < SamplesToLearn ? prior : Power.FromWatts(Math.Max(0, _mean + (2 * _deviation)));

    public bool IsLearned => _samples >= SamplesToLearn;

    /// <param name="node">The whole node, measured.</param>
    /// <param name="devices">The sum of what its limiters hold, measured over the same time.</param>
    public void Learn(Power node, Power devices)
    {
        var seen = Math.Max(0, (node - devices).Watts);
        if (_samples++ == 0)
            _mean = seen;
        var error = seen - _mean;
        _mean += error * (error > 0 ? Rising : Falling);
        _deviation += (Math.Abs(error) - _deviation) * (Math.Abs(error) > _deviation ? Rising : Falling);
        if (_samples == int.MaxValue)
            _samples = SamplesToLearn;
    }
}
