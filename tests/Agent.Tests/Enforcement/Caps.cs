using Homelab.NodeAgent.Actuators;
using Homelab.NodeAgent.Capping;
using Homelab.NodeAgent.Enforcement;
using Homelab.Units;

namespace Homelab.NodeAgent.Tests.Enforcement;

/// <summary>Values that tests of enforcement share.</summary>
internal static class Caps
{
    public static CapBoard Board(bool takesOffers) => new(
        takesOffers, [], CapSpan.None("test"),
        new CapStatus(0, 0, null, takesOffers ? CapResult.Ok : CapResult.Observing, "", null, LeaseStanding.None, null));

    public static LeaseOffer Offer(ulong epoch, ulong sequence, double watts, TimeSpan basis, double? safe = null, double life = 5) => new(
        epoch, sequence, Power.FromWatts(watts), safe is { } share ? Power.FromWatts(share) : null, basis, TimeSpan.FromSeconds(life), false, "");

    public static LeaseOffer Release(ulong epoch, ulong sequence, TimeSpan basis) =>
        new(epoch, sequence, null, null, basis, TimeSpan.FromSeconds(5), true, "");
}

/// <summary>Hardware in memory that misbehaves as a test tells it to.</summary>
internal sealed class FakeLimiter : IPowerLimiter
{
    private readonly Lock _gate = new();
    private Limit _held;
    private int _reads;

    private FakeLimiter(LimiterInfo info, Limit least, Limit most) => (Info, Least, Most) = (info, least, most);

    public LimiterInfo Info { get; }

    public Limit Least { get; set; }

    public Limit Most { get; set; }

    public LimiterState State { get; set; }

    public string Detail { get; set; } = "";

    /// <summary>Writes are taken and nothing comes of them.</summary>
    public bool IsIgnoring { get; set; }

    /// <summary>Answers with what it last held, takes nothing and does not say its originals.</summary>
    public bool IsAsleep { get; set; }

    /// <summary>When set, every call waits for it: a driver that hangs.</summary>
    public ManualResetEventSlim? Hang { get; set; }

    public int Writes { get; private set; }

    /// <summary>Reads that have come back.</summary>
    public int Reads => Volatile.Read(ref _reads);

    /// <summary>What the hardware holds; a test may set it as another writer does.</summary>
    public Limit Held
    {
        get
        {
            lock (_gate)
                return _held;
        }
        set
        {
            lock (_gate)
                _held = value;
        }
    }

    public static FakeLimiter Watts(string name, double least, double most, LimiterDomain domain = LimiterDomain.Processor) => new(
        new LimiterInfo(name, name.Split(':')[0], LimiterKind.Watts, domain, [], TimeSpan.FromSeconds(1)),
        Limit.Of(Power.FromWatts(least)), Limit.Of(Power.FromWatts(most)));

    public static FakeLimiter Clock(string name, params int[] megahertz)
    {
        var points = megahertz.Select(m => new Frequency(m * 1000L)).ToArray();
        return new FakeLimiter(
            new LimiterInfo(name, "cpufreq", LimiterKind.Frequency, LimiterDomain.Processor, points, TimeSpan.FromMilliseconds(200)),
            Limit.Of(points[0]), Limit.Of(points[^1]))
        { Held = Limit.Of(points[^1]) };
    }

    public LimitReading Read()
    {
        Hang?.Wait();
        Interlocked.Increment(ref _reads);
        return new LimitReading(Held, Least, Most, State, Detail);
    }

    public LimitOutcome Apply(Limit limit)
    {
        Hang?.Wait();
        if (IsAsleep)
            return new LimitOutcome(Read(), WasWritten: false, IsDeferred: true);
        var (least, most) = (Least, Most);
        if (!IsIgnoring && State == LimiterState.Ready && limit != Held)
        {
            Writes++;
            Held = limit.Power is { } power ? Limit.Of(Power.Min(Power.Max(power, least.Power!.Value), most.Power!.Value))
                : limit.Frequency is not null ? limit
                : Info.Kind == LimiterKind.Frequency ? most : default;
        }
        return new LimitOutcome(Read(), true);
    }

    public IReadOnlyList<OriginalValue> Originals() => IsAsleep ? [] : [new OriginalValue("/sys/" + Info.Name, "original")];
}

/// <summary>A state folder in memory.</summary>
internal sealed class FakeState : ICapState
{
    private readonly Lock _gate = new();
    private readonly List<string> _log = [];

    /// <summary>What each call answers; null: all is well.</summary>
    public string? Problem { get; set; }

    /// <summary>What each restore answers; null: all is back.</summary>
    public string? RestoreProblem { get; set; }

    /// <summary>What happens elsewhere while a save takes its time.</summary>
    public Action? DuringSave { get; set; }

    public LeaseMemory Memory { get; private set; } = LeaseMemory.Empty;

    public List<string> Recorded { get; } = [];

    public int Restored { get; private set; }

    /// <summary>Calls in order.</summary>
    public IReadOnlyList<string> Log
    {
        get
        {
            lock (_gate)
                return [.. _log];
        }
    }

    public Power? LearnedBase { get; private set; }

    public string? Save(LeaseMemory memory, Power? learnedBase)
    {
        DuringSave?.Invoke();
        lock (_gate)
        {
            _log.Add("save");
            if (Problem is null)
                (Memory, LearnedBase) = (memory, learnedBase);
            return Problem;
        }
    }

    public string? Record(IReadOnlyList<OriginalValue> values)
    {
        lock (_gate)
        {
            _log.Add("record");
            if (Problem is null)
                Recorded.AddRange(values.Select(v => v.Key));
            return Problem;
        }
    }

    public string? Restore()
    {
        lock (_gate)
        {
            _log.Add("restore");
            Restored++;
            return RestoreProblem ?? Problem;
        }
    }
}
