using Homelab.Units;

namespace Homelab.NodeAgent.Enforcement;

/// <summary>Looks for a draw above what is accounted for: then what is read back is wrong, or what was learned.</summary>
internal sealed class ExcessWatch
{
    private static readonly Power LeastExcess = Power.FromWatts(0.5);

    private const double MeterNoise = 0.02;

    private Power? _heldBefore;
    private TimeSpan _cutAt;

    /// <summary>The node's draw, where it began after the last cut had settled and is still above what is accounted for; else null.</summary>
    public Power? Draw { get; private set; }

    /// <param name="held">What the node is held to as far as is known; null: not at all.</param>
    /// <param name="settle">How long after a cut the draw is at or below it.</param>
    public void Look(NodeDraw draw, Power? held, TimeSpan settle, TimeSpan now)
    {
        Draw = null;
        if (draw.Node is not { } node)
            return;
        if (held is null || _heldBefore is null || held < _heldBefore)
            _cutAt = now;
        _heldBefore = held;
        Draw = held is { } most && draw.From >= _cutAt + settle && node > most + Power.Max(LeastExcess, most * MeterNoise) ? node : null;
    }
}
