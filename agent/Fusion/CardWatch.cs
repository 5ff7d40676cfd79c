using Homelab.NodeAgent.Sensors;
using Homelab.Units;

namespace Homelab.NodeAgent.Fusion;

/// <summary>Discrete cards that do not answer: for a while their last watts stand, then the most that they may draw. One owner; time is told.</summary>
/// <remarks>
/// A driver that hangs says nothing of its card, which may have been idle then and be at work now. Caps are split by the node's figure, so too low
/// a figure gives its watts to others: from then on the card counts with its power limit, as it was last read.
/// </remarks>
internal sealed class CardWatch
{
    /// <summary>For so long a last value is taken for the present one.</summary>
    public static readonly TimeSpan LastValueHolds = TimeSpan.FromSeconds(5);

    private readonly Dictionary<string, Card> _cards = new(StringComparer.Ordinal);
    private int[]? _counted;
    private (string Of, string Word) _withLimits = ("", "+gpu-limit");

    /// <summary>Takes one pass in.</summary>
    /// <param name="means">One per sensor; see <see cref="NodePowerEstimator.Estimate"/>.</param>
    public void Take(PowerPlan plan, ReadOnlySpan<Reading> readings, ReadOnlySpan<Power?> means, TimeSpan now)
    {
        foreach (var power in plan.Cards)
        {
            if (!_cards.TryGetValue(power.Device, out var card))
                _cards[power.Device] = card = new Card();
            if (power.Limit >= 0 && Usable(readings[power.Limit]) is { } limit)
                card.Limit = limit;
            var mean = power.Counter < 0 ? null : means[power.Counter];
            var reading = readings[power.Gauge >= 0 ? power.Gauge : power.Counter];
            if (mean is not null || IsAnswer(reading))
                (card.Last, card.SilentSince) = ((mean is { Microwatts: > 0 } ? mean : null) ?? (power.Gauge >= 0 ? Usable(reading) : null) ?? Power.Zero, null);
            else
                card.SilentSince ??= now;
            card.IsOverdue = card.SilentSince is { } since && now - since >= LastValueHolds;
        }
    }

    /// <summary>False where the driver says nothing of the card's draw, be it late, out of order or mistaken; a card that sleeps or is gone draws nothing that counts.</summary>
    public static bool IsAnswer(Reading reading) =>
        reading.Quality is Quality.Ok or Quality.Asleep or Quality.Unsupported || reading.IsGone;

    /// <summary>What the card drew when it last answered; null while it does.</summary>
    public Power? LastOf(CardPower power) => _cards.TryGetValue(power.Device, out var card) && card.SilentSince is not null ? card.Last : null;

    /// <summary>What it may draw beyond its last watts; zero while those stand, and for a card whose limit was never read.</summary>
    public Power BeyondLast(CardPower power) =>
        _cards.TryGetValue(power.Device, out var card) && card.IsOverdue && card.Limit > card.Last ? card.Limit - card.Last : Power.Zero;

    /// <inheritdoc cref="CardSum.Counted"/>
    public int[] Counted(int[] packages, PowerPlan plan, ReadOnlySpan<Power?> means) => _counted = CardSum.Counted(packages, plan, means, _counted);

    /// <summary>The word for a figure that holds some card's limit. The same string each time, while the figure's own word is.</summary>
    public string WithLimits(string source)
    {
        if (source != _withLimits.Of)
            _withLimits = (source, source + "+gpu-limit");
        return _withLimits.Word;
    }

    private static Power? Usable(Reading reading) =>
        reading is { Quality: Quality.Ok or Quality.Stale, Micros: > 0 and var micros } ? new Power(micros) : null;

    private sealed class Card
    {
        public Power Last { get; set; }

        public Power Limit { get; set; }

        public TimeSpan? SilentSince { get; set; }

        public bool IsOverdue { get; set; }
    }
}
