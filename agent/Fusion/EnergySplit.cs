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
    /// <summary>What of it came by way of graphics cards.</summary>
    public Energy Cards { get; init; }

    /// <summary><c>NAMESPACE/NAME</c>; empty: not known.</summary>
    public string PodName { get; init; } = "";
}

/// <summary>The node's energy since the split began, by who used it. The parts sum to the whole to the microjoule.</summary>
/// <param name="Whole">As the node's own figure says.</param>
/// <param name="Idle">What the node would have drawn at rest.</param>
/// <param name="System">The kernel, the host's services, and containers that are not told apart.</param>
/// <param name="Ended">Containers that are gone.</param>
/// <param name="Containers">In no order.</param>
internal sealed record SplitState(Energy Whole, Energy Idle, Energy System, Energy Ended, IReadOnlyList<ContainerShare> Containers)
{
    public static readonly SplitState Empty = new(Energy.Zero, Energy.Zero, Energy.Zero, Energy.Zero, []);

    /// <summary>What of the system's part cards drew above rest for nobody that is known.</summary>
    public Energy CardsRest { get; init; }

    /// <summary>True while some card's energy goes evenly to the processes that run: its driver says no more.</summary>
    public bool IsEven { get; init; }
}

/// <summary>Splits the node's energy over containers: the part above idle by processor time, cards' energy to whom it is known to belong. Owned by one thread.</summary>
/// <remarks>Whole microjoules: shares are differences of rounded cumulative sums, so nothing is lost and nothing invented.</remarks>
internal sealed class EnergySplit
{
    private readonly Dictionary<string, Account> _accounts = new(StringComparer.Ordinal);
    private Energy? _energyBefore;
    private TimeSpan _busyBefore;
    private TimeSpan _at;
    private long _idle;
    private long _system;
    private long _ended;
    private long _cardsRest;
    private bool _isEven;

    public SplitState State { get; private set; } = SplitState.Empty;

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
        Publish();
    }

    /// <summary>Opens and finds accounts, and gives what cards used; returns what is left to give.</summary>
    /// <remarks>Where the cards' sum is more than there is (a figure that lags behind them), all get less of it.</remarks>
    private long Meet(ReadOnlySpan<ContainerUse> containers, Energy unknown, long left, TimeSpan elapsed)
    {
        foreach (var account in _accounts.Values)
            (account.IsThere, account.Spent, account.Last) = (false, 0, 0);
        Int128 asked = Math.Max(0, unknown.Microjoules);
        foreach (var container in containers)
            asked += Math.Max(0, container.Cards.Microjoules);
        var toCards = (long)Int128.Min(asked, left);
        Int128 reached = 0;
        long given = 0;
        foreach (var container in containers)
        {
            var account = Meet(container);
            if (container.Cards.Microjoules <= 0)
                continue;
            reached += container.Cards.Microjoules;
            var until = (long)(toCards * reached / asked);
            account.GiveOfCards(until - given);
            given = until;
        }
        foreach (var account in _accounts.Values)
            account.Elapsed = elapsed;
        (_system, _cardsRest) = (_system + toCards - given, _cardsRest + toCards - given);
        return left - toCards;
    }

    private Account Meet(ContainerUse container)
    {
        var key = container.Device + "\0" + container.Name;
        // What a container used before it was seen is the system's by now: it was given there.
        if (!_accounts.TryGetValue(key, out var account))
            _accounts[key] = account = new Account(container.Device, container.Name) { Time = container.Time };
        (account.IsThere, account.PodName) = (true, container.PodName);
        if (container.Time is { } time)
        {
            account.Spent = account.Time is { } known && time > known ? (time - known).Ticks : 0;
            account.Time = time;
        }
        return account;
    }

    /// <param name="left">Microjoules to give.</param>
    /// <param name="spent">Processor time of all, ticks; where the containers' sum is more, it is theirs alone.</param>
    private void Divide(long left, long spent, TimeSpan elapsed)
    {
        Int128 sum = 0;
        foreach (var account in _accounts.Values)
            sum += account.Spent;
        var all = sum > spent ? sum : spent;
        if (all > 0)
        {
            Int128 reached = 0;
            long given = 0;
            foreach (var account in _accounts.Values)
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
        List<string>? gone = null;
        foreach (var (key, account) in _accounts)
        {
            if (account.IsThere)
                continue;
            _ended += account.Microjoules;
            (gone ??= []).Add(key);
        }
        foreach (var key in gone ?? [])
            _accounts.Remove(key);
    }

    private void Publish()
    {
        var shares = new ContainerShare[_accounts.Count];
        var (next, whole) = (0, _idle + _system + _ended);
        foreach (var account in _accounts.Values)
        {
            var power = account.Elapsed > TimeSpan.Zero ? new Energy(account.Last).Per(account.Elapsed) : Power.Zero;
            shares[next++] = new ContainerShare(account.Device, account.Name, new Energy(account.Microjoules), power) { Cards = new Energy(account.OfCards), PodName = account.PodName };
            whole += account.Microjoules;
        }
        State = new SplitState(new Energy(whole), new Energy(_idle), new Energy(_system), new Energy(_ended), shares) { CardsRest = new Energy(_cardsRest), IsEven = _isEven };
    }

    private sealed class Account(string device, string name)
    {
        public string Device => device;

        public string Name => name;

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
