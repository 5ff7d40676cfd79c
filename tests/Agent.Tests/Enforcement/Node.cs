using Homelab.NodeAgent.Capping;
using Homelab.NodeAgent.Enforcement;
using Homelab.NodeAgent.Sampling;
using Homelab.NodeAgent.Sensors;
using Homelab.TestKit;
using Homelab.Units;

namespace Homelab.NodeAgent.Tests.Enforcement;

/// <summary>A node whose hardware, disk and time are in memory.</summary>
internal sealed class Node : IDisposable
{
    private static readonly Inventory Inventory = new(
    [
        Some.Utilization,
        Some.Info("powercap", "intel-rapl:0", "energy", Quantity.Energy, SensorShape.Counter, "package-0"),
        Some.Info("hwmon", "amdgpu@0000:03:00.0", "power1", Quantity.Power),
    ]);

    private readonly CapBounds _bounds;
    private readonly LeaseMemory _memory;
    private readonly SnapshotStore _store = new();
    private readonly MonotonicClock _clock;
    private EnforcementLoop? _loop;
    private ulong _sequence;
    private double _joules;
    private bool _hasLooked;

    public Node(params FakeLimiter[] limiters)
        : this(LeaseMemory.Empty, limiters)
    {
    }

    public Node(LeaseMemory memory, params FakeLimiter[] limiters)
        : this(memory, new CapBounds(null, null), limiters)
    {
    }

    public Node(LeaseMemory memory, CapBounds bounds, params FakeLimiter[] limiters)
    {
        (_memory, _bounds, Limiters) = (memory, bounds, limiters);
        _clock = new MonotonicClock(Clock);
        Leases = new LeaseClock(_clock, () => Clock.Elapsed() + Slept);
    }

    public FakeLimiter[] Limiters { get; }

    public ManualClock Clock { get; } = new();

    public LeaseClock Leases { get; }

    public FakeState State { get; } = new();

    public CapBoard Board { get; } = Caps.Board(takesOffers: true);

    public ListLog Log { get; } = new();

    public bool IsAllowed { get; init; } = true;

    /// <summary>Name of the one limiter that the operator does not allow.</summary>
    public string Forbidden { get; init; } = "";

    /// <summary>Beyond all tests by default: their clock runs faster than threads do.</summary>
    public TimeSpan DriverDeadline { get; init; } = TimeSpan.FromDays(1);

    /// <summary>What an earlier run learned of the draw that nothing holds.</summary>
    public Power? Recalled { get; init; }

    /// <summary>How long the machine has slept so far.</summary>
    public TimeSpan Slept { get; set; }

    public CapStatus Status => Board.Current.Status;

    public ulong NextSequence => ++_sequence;

    public EnforcementLoop Loop => _loop ??= new EnforcementLoop(
        Keeper(), State, Board, _store, new EnforcementOptions { DriverDeadline = DriverDeadline, DiskDeadline = TimeSpan.FromDays(1) }, _clock, Leases, Log);

    public void Dispose() => _loop?.Dispose();

    private CapKeeper Keeper()
    {
        var slots = Limiters.Select(l => new LimiterSlot(l, IsAllowed && l.Info.Name != Forbidden));
        var keeper = new CapKeeper(_bounds, [.. slots], Some.Model, new CapLease(_memory), () => "thermald", Log);
        if (Recalled is { } learned)
            keeper.Recall(learned);
        return keeper;
    }

    public async Task StepAsync()
    {
        if (!_hasLooked)
            await Loop.LookAroundAsync();
        _hasLooked = true;
        await Loop.StepAsync();
    }

    public async Task GrantAsync(double watts, double safe)
    {
        Board.Offer(Caps.Offer(1, NextSequence, watts, Clock.Elapsed(), safe));
        await StepAsync();
    }

    /// <summary>Time passes in tenths of a second.</summary>
    public async Task AdvanceAsync(double seconds)
    {
        for (var left = (int)Math.Round(seconds * 10); left > 0; left--)
        {
            Clock.Advance(TimeSpan.FromSeconds(0.1));
            await StepAsync();
        }
    }

    /// <summary>Time passes under a lease that is renewed twice a second.</summary>
    public async Task KeepAsync(double watts, double seconds)
    {
        var safe = State.Memory.SafeShare!.Value.Watts;
        for (var left = (int)Math.Round(seconds * 2); left > 0; left--)
        {
            await AdvanceAsync(0.5);
            await GrantAsync(watts, safe);
        }
    }

    /// <summary>A step during which a driver misses its deadline.</summary>
    public async Task StepPastHangAsync()
    {
        var reads = Limiters.Select(l => l.Reads).ToArray();
        var step = StepAsync();
        // The others must not miss it as well, only because this machine is busy.
        await Eventually.TrueAsync(() => Limiters.Index().All(l => l.Item.Hang is not null || l.Item.Reads > reads[l.Index]));
        await Eventually.TrueAsync(() => step.IsCompleted, () => Clock.Advance(TimeSpan.FromMilliseconds(10)));
        await step;
    }

    public Task StepUntilAsync(Func<bool> condition) => Eventually.TrueAsync(condition, () =>
    {
        Clock.Advance(TimeSpan.FromMilliseconds(20));
        StepAsync().GetAwaiter().GetResult();
    });

    /// <summary>A measured sample of half a second.</summary>
    public void Publish(double watts, double package, double use, double card = 0)
    {
        _joules += package * 0.5;
        Reading[] readings = [Reading.Ok((long)(use * 1e6)), Reading.Ok((long)(_joules * 1e6)), Reading.Ok((long)(card * 1e6))];
        _store.Publish(Some.Sample(Inventory, readings, _clock.Now) with
        {
            Means = [null, Power.FromWatts(package), null],
            Power = new NodePower(Power.FromWatts(watts), Provenance.Measured, "test", PowerScope.Board, 0.01),
        });
    }
}

internal static class ManualClockExtensions
{
    /// <summary>Since the clock was made.</summary>
    public static TimeSpan Elapsed(this ManualClock clock) => TimeSpan.FromTicks(clock.GetTimestamp());
}
