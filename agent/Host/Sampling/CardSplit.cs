using Homelab.NodeAgent.Sensors;
using Homelab.Units;

namespace Homelab.NodeAgent.Sampling;

/// <summary>The energy of those graphics cards whose users are told, by container. Owned by the sampling loop.</summary>
/// <remarks>A card's energy above its own rest goes by what each process used of it; what nobody is known to have used, or is not known of in time, is the rest.
/// A card that sleeps draws nothing for anybody.</remarks>
internal sealed class CardSplit(ICardSource source)
{
    private readonly CardUse _use = new();
    private Card[] _cards = [];
    private IReadOnlyList<SensorInfo>? _sensors;
    private IReadOnlyList<SensorInfo>? _told;
    private TimeSpan? _at;
    private bool _isEven;

    /// <summary>What of the last call's energy is no container's.</summary>
    public CardRest Rest { get; private set; }

    /// <summary>What the cards draw now, where the node's figure has them in it; else nothing.</summary>
    public Power Now { get; private set; }

    /// <summary>Whether one of them draws more than at rest.</summary>
    public bool Works { get; private set; }

    /// <summary>Adds the cards' energy since the last call to those that used it.</summary>
    /// <param name="users">The card source's own sensors.</param>
    /// <param name="pass">What the pass read, by inventory.</param>
    /// <param name="isCovered">Whether the node's figure has the cards in it; else nothing is split, and all are only followed.</param>
    /// <param name="containers">Found by name.</param>
    /// <param name="now">Monotonic.</param>
    public void Take(SourceState users, CardPass pass, bool isCovered, Span<ContainerUse> containers, TimeSpan now)
    {
        if (!ReferenceEquals(_sensors, pass.Sensors) || !ReferenceEquals(_told, users.Sensors))
            Follow(users.Sensors, pass);
        var elapsed = _at is { } at && now > at ? now - at : TimeSpan.Zero;
        (_at, _isEven, Works, Now) = (now, false, false, Power.Zero);
        var (idle, unknown) = (Energy.Zero, Energy.Zero);
        for (var i = 0; i < _cards.Length; i++)
        {
            var (resting, above) = _cards[i].Read(pass, elapsed);
            if (!isCovered)
                continue;
            var isTold = users.IsFresh && users.Readings[i].Quality == Quality.Ok;
            idle += resting;
            unknown += above - (isTold && above > Energy.Zero ? Give(_cards[i].Device, above.Microjoules, containers) : Energy.Zero);
            Now += _cards[i].Now;
            Works |= _cards[i].Works;
        }
        Rest = new CardRest(idle, unknown, _isEven);
    }

    /// <returns>What was given.</returns>
    private Energy Give(string device, long above, Span<ContainerUse> containers)
    {
        source.Take(device, _use);
        Int128 whole = _use.Elsewhere;
        foreach (var weight in _use.Weights)
            whole += weight;
        if (whole <= 0)
            return Energy.Zero;
        _isEven |= _use.IsEven;
        Int128 reached = 0;
        long passed = 0;
        long given = 0;
        for (var i = 0; i < _use.Count; i++)
        {
            reached += _use.Weights[i];
            var until = (long)(above * reached / whole);
            var share = until - passed;
            passed = until;
            // One that came since containers were last searched for is nobody's until then.
            if (Find(containers, _use.Containers[i]) is not (>= 0 and var at))
                continue;
            containers[at] = containers[at] with { Cards = containers[at].Cards + new Energy(share) };
            given += share;
        }
        return new Energy(given);
    }

    private static int Find(ReadOnlySpan<ContainerUse> containers, string name)
    {
        for (var i = 0; i < containers.Length; i++)
        {
            if (containers[i].Name == name)
                return i;
        }
        return -1;
    }

    private void Follow(IReadOnlyList<SensorInfo> users, CardPass pass)
    {
        (_sensors, _told) = (pass.Sensors, users);
        var cards = new Card[users.Count];
        for (var i = 0; i < cards.Length; i++)
        {
            var device = users[i].Device;
            cards[i] = Array.Find(_cards, card => card.Device == device) ?? new Card(device);
            cards[i].Follow(pass);
        }
        _cards = cards;
    }

    /// <summary>One card: where its figures are, and what it had before.</summary>
    private sealed class Card(string device)
    {
        /// <summary>Of its usual limit: cards of 160 to 700 W rest at 6 to 11 %.</summary>
        private const long RestOfLimit = 10;

        private static readonly Power UsualRest = Power.FromWatts(25);

        private CardPower _power = new(-1, -1);
        private int _utilization = -1;
        private int _limit = -1;
        private IdleLevel? _idle;
        private long _before;
        private bool _isFollowed;

        public string Device => device;

        public void Follow(CardPass pass)
        {
            _power = new CardPower(-1, -1);
            foreach (var card in pass.Plan.Cards)
            {
                if (pass.Sensors[Math.Max(card.Gauge, card.Counter)].Device == device)
                    _power = card;
            }
            (_utilization, _limit) = (pass.Find(device, "utilization"), pass.Find(device, "power_cap_default"));
        }

        public Power Now { get; private set; }

        /// <summary>A tenth more than at rest, and a watt.</summary>
        public bool Works => _idle?.Level is { } level && Now > level + (level * 0.1) + Power.FromWatts(1);

        /// <summary>What it drew at rest and above since the last call; nothing where it began only now.</summary>
        public (Energy Idle, Energy Above) Read(CardPass pass, TimeSpan elapsed)
        {
            var watts = Watts(pass);
            Now = watts ?? Power.Zero;
            if (watts is { } power)
            {
                _idle ??= new IdleLevel(pass.Micros(_limit) is > 0 and var limit ? new Power(limit / RestOfLimit) : UsualRest);
                _idle.Observe(device, power, pass.Micros(_utilization) is { } use ? use / 1e6 : null);
            }
            var gained = Gained(pass, elapsed);
            if (gained <= 0)
                return (Energy.Zero, Energy.Zero);
            var idle = Math.Min(gained, _idle?.Level is { } level ? level.Over(elapsed).Microjoules : 0);
            return (new Energy(idle), new Energy(gained - idle));
        }

        private Power? Watts(CardPass pass) =>
            _power.Counter >= 0 && pass.Means[_power.Counter] is { } mean ? mean : pass.Micros(_power.Gauge) is { } micros ? new Power(micros) : null;

        /// <summary>By the counter from one of its readings to the next, else by the watts that the node's figure takes then, too.</summary>
        private long Gained(CardPass pass, TimeSpan elapsed)
        {
            if (_power.Counter >= 0 && pass.Means[_power.Counter] is not null && pass.Tracks[_power.Counter] is { } track)
            {
                var (gained, isFollowed) = (track.Total - _before, _isFollowed);
                (_before, _isFollowed) = (track.Total, true);
                if (isFollowed)
                    return gained;
            }
            else
            {
                _isFollowed = false;
            }
            return Now.Over(elapsed).Microjoules;
        }
    }
}

/// <summary>What one pass read, by inventory: for those that look at cards.</summary>
internal readonly ref struct CardPass(IReadOnlyList<SensorInfo> sensors, PowerPlan plan, ReadOnlySpan<Reading> readings, ReadOnlySpan<Power?> means, ReadOnlySpan<CounterTrack?> tracks)
{
    private readonly ReadOnlySpan<Reading> _readings = readings;

    public IReadOnlyList<SensorInfo> Sensors => sensors;

    public PowerPlan Plan => plan;

    public ReadOnlySpan<Power?> Means { get; } = means;

    public ReadOnlySpan<CounterTrack?> Tracks { get; } = tracks;

    /// <summary>A reading of now; null where there is none, and for no sensor (-1).</summary>
    public long? Micros(int sensor) => sensor >= 0 && _readings[sensor] is { Quality: Quality.Ok, Micros: { } micros } ? micros : null;

    public int Find(string device, string name)
    {
        for (var i = 0; i < Sensors.Count; i++)
        {
            if (Sensors[i].Device == device && Sensors[i].Name == name)
                return i;
        }
        return -1;
    }
}
