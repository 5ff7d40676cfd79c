using Homelab.Units;

namespace Homelab.NodeAgent.Fusion;

/// <summary>What a node or a card draws at rest, by its own figure. Owned by one thread.</summary>
/// <param name="prior">Of one like this: where the first figure is higher, it need not be one of rest.</param>
internal sealed class IdleLevel(Power prior)
{
    /// <summary>Processors that are used less are at rest.</summary>
    private const double Rest = 0.1;

    private const double Falling = 0.2;
    private const double Rising = 0.02;

    private string _source = "";
    private Power? _level;

    /// <summary>Null before the first figure.</summary>
    public Power? Level => _level;

    /// <param name="figure">Another source than before measures another part of the machine: it starts afresh.</param>
    /// <param name="use">0 to 1; null: not known.</param>
    public void Observe(NodePower figure, double? use)
    {
        if (figure.Watts is { } watts)
            Observe(figure.Source, watts, use);
    }

    /// <param name="source">As the other's.</param>
    /// <param name="watts">Now.</param>
    /// <param name="use">0 to 1; null: not known.</param>
    public void Observe(string source, Power watts, double? use)
    {
        if (source != _source)
            (_source, _level) = (source, null);
        if (_level is not { } level)
            _level = Power.Min(prior, watts);
        else if (watts < level)
            _level = level + ((watts - level) * Falling);
        else if (use < Rest)
            _level = level + ((watts - level) * Rising);
    }
}
