using Homelab.Units;

namespace Homelab.NodeAgent.Fusion;

/// <summary>A container's processor time, and what of its graphics cards' energy is known to be its own.</summary>
/// <param name="Device"><c>pod:UID</c>, or <c>container</c>.</param>
/// <param name="Name">First 12 digits of the container's id.</param>
/// <param name="Time">Since the container began; null: could not be read now.</param>
/// <param name="Cards">Since the last call, above what the cards draw at rest.</param>
/// <param name="PodName"><c>NAMESPACE/NAME</c>; empty: not known.</param>
internal readonly record struct ContainerUse(string Device, string Name, TimeSpan? Time, Energy Cards = default, string PodName = "");

/// <summary>What of graphics cards' energy is no container's, since the last call.</summary>
/// <param name="Idle">Drawn at rest.</param>
/// <param name="Unknown">Above rest, for nobody that is known.</param>
/// <param name="IsEven">Whether some card's part above rest is split evenly over the processes that run: its driver says no more.</param>
internal readonly record struct CardRest(Energy Idle, Energy Unknown, bool IsEven);

/// <summary>What one container was given since the split began.</summary>
internal sealed record ContainerShare(string Device, string Name, Energy Energy, Power Power)
{
    public string Device { get; set; } = Device;

    public string Name { get; set; } = Name;

    public Energy Energy { get; set; } = Energy;

    /// <summary>Over the last pass.</summary>
    public Power Power { get; set; } = Power;

    /// <summary>What of it came by way of graphics cards.</summary>
    public Energy Cards { get; set; }

    /// <summary><c>NAMESPACE/NAME</c>; empty: not known.</summary>
    public string PodName { get; set; } = "";
}

/// <summary>The node's energy since the split began, by who used it. The parts sum to the whole to the microjoule.</summary>
/// <remarks>Written anew, with its shares, by whoever gives it to <see cref="EnergySplit.Write"/>; nobody else changes it.</remarks>
/// <param name="Whole">As the node's own figure says.</param>
/// <param name="Idle">What the node would have drawn at rest.</param>
/// <param name="System">The kernel, the host's services, and containers that are not told apart.</param>
/// <param name="Ended">Containers that are gone.</param>
/// <param name="Containers">In no order.</param>
internal sealed record SplitState(Energy Whole, Energy Idle, Energy System, Energy Ended, ContainerShare[] Containers)
{
    public static readonly SplitState Empty = new(Energy.Zero, Energy.Zero, Energy.Zero, Energy.Zero, []);

    public Energy Whole { get; set; } = Whole;

    public Energy Idle { get; set; } = Idle;

    public Energy System { get; set; } = System;

    public Energy Ended { get; set; } = Ended;

    public ContainerShare[] Containers { get; set; } = Containers;

    /// <summary>What of the system's part cards drew above rest for nobody that is known.</summary>
    public Energy CardsRest { get; set; }

    /// <summary>True while some card's energy goes evenly to the processes that run: its driver says no more.</summary>
    public bool IsEven { get; set; }
}

/// <summary>Splits the node's energy over containers: the part above idle by processor time, cards' energy to whom it is known to belong. Owned by one thread.</summary>
/// <remarks>Whole microjoules: shares are differences of rounded cumulative sums, so nothing is lost and nothing invented.</remarks>
internal sealed class EnergySplit
{
    /// <summary>In the order that the containers were told in last: each is found where it was, without a key to be made for it.</summary>
    private readonly List<Account> _accounts = [];
    private Energy? _energyBefore;
    private TimeSpan _busyBefore;
    private TimeSpan _at;
    private long _idle;
    private long _system;
    private long _ended;
    private long _cardsRest;
    private bool _isEven;

    /// <summary>Takes the time since the last call in; the first call only begins.</summary>
    /// <param name="node">The node's energy by its own figure, growing only.</param>
    /// <param name="busy">Processor time used on the node, by anybody; growing.</param>
    /// <param name="rest">The node's power at rest, without that of <paramref name="cards"/>.</param>
    /// <param name="containers">All that there are now.</param>
    /// <param name="now">Monotonic.</param>
    /// <param name="cards">Those whose users are told, beside what of them is in <paramref name="containers"/>.</param>
    public void Take(Energy node, TimeSpan busy, Power rest, ReadOnlySpan<ContainerUse> containers, TimeSpan now, CardRest cards = default)
    {
        _isEven = cards.IsEven;
        var gained = _energyBefore is { } before && node > before ? node.Microjoules - before.Microjoules : 0;
        var elapsed = _energyBefore is null || now <= _at ? TimeSpan.Zero : now - _at;
        var spent = _energyBefore is null || busy <= _busyBefore ? 0 : (busy - _busyBefore).Ticks;
        (_energyBefore, _busyBefore, _at) = (node > (_energyBefore ?? node) ? node : _energyBefore ?? node, busy, now);

        var idle = Math.Min(gained, Math.Max(0, rest.Over(elapsed).Microjoules) + Math.Max(0, cards.Idle.Microjoules));
        _idle += idle;
        var left = Meet(containers, cards.Unknown, gained - idle, elapsed);
        Divide(left, spent, elapsed);
        Bury();
    }

    /// <summary>Opens and finds accounts, and gives what cards used; returns what is left to give.</summary>
    /// <remarks>Where the cards' sum is more than there is (a figure that lags behind them), all get less of it.</remarks>
    private long Meet(ReadOnlySpan<ContainerUse> containers, Energy unknown, long left, TimeSpan elapsed)
    {
        foreach (var account in _accounts)
            (account.IsThere, account.Spent, account.Last) = (false, 0, 0);
        Int128 asked = Math.Max(0, unknown.Microjoules);
        foreach (var container in containers)
            asked += Math.Max(0, container.Cards.Microjoules);
        var toCards = (long)Int128.Min(asked, left);
        Int128 reached = 0;
        long given = 0;
        for (var i = 0; i < containers.Length; i++)
        {
            ref readonly var container = ref containers[i];
            var account = Meet(container, i);
            if (container.Cards.Microjoules <= 0)
                continue;
            reached += container.Cards.Microjoules;
            var until = (long)(toCards * reached / asked);
            account.GiveOfCards(until - given);
            given = until;
        }
        foreach (var account in _accounts)
            account.Elapsed = elapsed;
        (_system, _cardsRest) = (_system + toCards - given, _cardsRest + toCards - given);
        return left - toCards;
    }

    /// <param name="place">Where its account is, unless containers have come or gone.</param>
    private Account Meet(in ContainerUse container, int place)
    {
        var account = Find(container, place);
        (account.IsThere, account.PodName) = (true, container.PodName);
        if (container.Time is { } time)
        {
            account.Spent = account.Time is { } known && time > known ? (time - known).Ticks : 0;
            account.Time = time;
        }
        return account;
    }

    private Account Find(in ContainerUse container, int place)
    {
        for (var i = 0; i < _accounts.Count; i++)
        {
            var at = (place + i) % _accounts.Count;
            var account = _accounts[at];
            if (account.Name != container.Name || account.Device != container.Device)
                continue;
            if (at > place)
                (_accounts[at], _accounts[place]) = (_accounts[place], account);
            return account;
        }
        // What a container used before it was seen is the system's by now: it was given there.
        var opened = new Account(container.Device, container.Name) { Time = container.Time };
        _accounts.Insert(Math.Min(place, _accounts.Count), opened);
        return opened;
    }

    /// <param name="left">Microjoules to give.</param>
    /// <param name="spent">Processor time of all, ticks; where the containers' sum is more, it is theirs alone.</param>
    private void Divide(long left, long spent, TimeSpan elapsed)
    {
        Int128 sum = 0;
        foreach (var account in _accounts)
            sum += account.Spent;
        var all = sum > spent ? sum : spent;
        if (all > 0)
        {
            Int128 reached = 0;
            long given = 0;
            foreach (var account in _accounts)
            {
                reached += account.Spent;
                var until = (long)(left * reached / all);
                account.Give(until - given);
                given = until;
            }
            left -= given;
        }
        _system += left;
    }

    private void Bury()
    {
        for (var i = _accounts.Count - 1; i >= 0; i--)
        {
            if (_accounts[i].IsThere)
                continue;
            _ended += _accounts[i].Microjoules;
            _accounts.RemoveAt(i);
        }
    }

    /// <summary>How the energy is split by now.</summary>
    /// <param name="free">Written to, shares and all, and given back; null: a new one.</param>
    public SplitState Write(SplitState? free = null)
    {
        var state = free ?? new SplitState(default, default, default, default, []);
        if (state.Containers.Length != _accounts.Count)
        {
            state.Containers = new ContainerShare[_accounts.Count];
            for (var i = 0; i < state.Containers.Length; i++)
                state.Containers[i] = new ContainerShare("", "", default, default);
        }
        var whole = _idle + _system + _ended;
        for (var i = 0; i < _accounts.Count; i++)
        {
            _accounts[i].WriteTo(state.Containers[i]);
            whole += _accounts[i].Microjoules;
        }
        (state.Whole, state.Idle, state.System, state.Ended) = (new Energy(whole), new Energy(_idle), new Energy(_system), new Energy(_ended));
        (state.CardsRest, state.IsEven) = (new Energy(_cardsRest), _isEven);
        return state;
    }

    private sealed class Account(string device, string name)
    {
        public string Device => device;

        public string Name => name;

        public void WriteTo(ContainerShare share)
        {
            (share.Device, share.Name, share.PodName) = (device, name, PodName);
            share.Power = Elapsed > TimeSpan.Zero ? new Energy(Last).Per(Elapsed) : Power.Zero;
            (share.Energy, share.Cards) = (new Energy(Microjoules), new Energy(OfCards));
        }

        public string PodName { get; set; } = "";

        public TimeSpan? Time { get; set; }

        public bool IsThere { get; set; }

        public long Spent { get; set; }

        public long Microjoules { get; private set; }

        /// <summary>Given in the last call.</summary>
        public long Last { get; set; }

        public TimeSpan Elapsed { get; set; }

        public long OfCards { get; private set; }

        public void GiveOfCards(long microjoules)
        {
            OfCards += microjoules;
            Give(microjoules);
        }

        public void Give(long microjoules) => (Microjoules, Last) = (Microjoules + microjoules, Last + microjoules);
    }
}
