using Homelab.Units;

namespace Homelab.Aggregator.Budgeting;

/// <summary>What a node would draw if it were let: known only from what it draws against its cap.</summary>
internal sealed class NodeDemand
{
    /// <summary>At so much of its cap a node is held down by it.</summary>
    private const double Throttled = 0.96;

    /// <summary>What is given above the draw, as a share of the range, so that a node can show that it wants more.</summary>
    private const double Headroom = 0.03;

    private static readonly Power LeastHeadroom = Power.FromMilliwatts(400);
    private static readonly Power ThrottledMargin = Power.FromMilliwatts(100);

    /// <summary>A demand that falls is believed after so long.</summary>
    private static readonly TimeSpan FallsAfter = TimeSpan.FromMilliseconds(900);

    private TimeSpan _highAt;

    public Power Watts { get; private set; }

    /// <summary>Its cap holds it down.</summary>
    public bool IsThrottled { get; private set; }

    /// <summary>A node that draws so much of its cap is held down by it.</summary>
    public static bool IsAtCap(Power measured, Power cap) => measured >= cap * Throttled - ThrottledMargin;

    /// <param name="cap">In force; the node's ceiling when none is.</param>
    /// <param name="rising">True while a raise is taking hold: what it draws now says little.</param>
    public void Observe(Power measured, Power cap, NodeLedger node, bool isHot, bool isHeldDown, bool rising, TimeSpan now)
    {
        var (traits, ceiling) = (node.Traits, node.Ceiling);
        IsThrottled = !isHot && (isHeldDown || IsAtCap(measured, Power.Min(cap, ceiling)));
        var above = Power.Max((ceiling - Power.Min(traits.Idle, ceiling)) * Headroom, LeastHeadroom);
        // Heat holds it down: more watts would not be drawn.
        var wants = isHot ? measured : IsThrottled ? ceiling : Power.Min(measured + above, ceiling);
        if (wants >= Watts || isHot)
            (Watts, _highAt) = (wants, now);
        else if (rising)
            _highAt = now;
        else if (now - _highAt > FallsAfter)
            Watts = wants;
    }

    /// <summary>Nothing is known: it keeps what it falls to by itself.</summary>
    public void Assume(Power watts) => (Watts, IsThrottled) = (watts, false);
}
