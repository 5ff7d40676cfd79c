using Homelab.NodeAgent.Nvml;
using Homelab.Units;

namespace Homelab.NodeAgent.Actuators.Nvidia;

/// <summary>The power limit of one NVIDIA card; below the least that it takes, its graphics clock too.</summary>
/// <remarks>
/// <para>Source: <c>nvmlDeviceSetPowerManagementLimit</c> and its neighbours; root and <c>/dev/nvidiactl</c>. The range is read anew before each write. What is counted
/// is the enforced limit, so a wish below the least counts as the least: locked clocks lower the draw by an amount that nobody promises.</para>
/// <para>A limit is lost when the driver unloads. So persistence mode is switched on, if the operator lets it; and this process keeps the card open, which holds the
/// driver as well. Laptops' firmware keeps the limit to itself: <see cref="LimiterState.Locked"/>. A card in runtime suspend draws next to nothing and is not woken: it
/// answers with what it last held, and is written to once it is awake.</para>
/// </remarks>
internal sealed class NvmlLimiter : IPowerLimiter
{
    /// <summary>The limiter acts within 0.3 s, large steps take 1 to 4 s, and on most cards since Ampere the power reading is a mean over 1 s.</summary>
    private static readonly TimeSpan Settle = TimeSpan.FromSeconds(5);

    private static readonly LimitReading NeverSeen = new(default, default, default, LimiterState.Faulted, "the GPU was not read yet");

    private readonly NvmlCard _card;
    private readonly bool _keepsDriverLoaded;
    private LimitReading _last = NeverSeen;
    private LimitReading? _refusal;
    private Power? _original;
    private Power? _written;

    // What the clocks are held at, 0 for not at all; null when not known: NVML has no call that tells.
    private uint? _ceiling;

    /// <param name="card">Awake, with its UUID read.</param>
    /// <param name="original">The power limit that was recorded before the first write of this boot, milliwatts as text; null when none was.</param>
    /// <param name="keepsDriverLoaded">Whether persistence mode may be switched on.</param>
    public NvmlLimiter(NvmlCard card, string? original, bool keepsDriverLoaded)
    {
        (_card, _keepsDriverLoaded) = (card, keepsDriverLoaded);
        _original = NvmlOriginals.TryMilliwatts(original, out var power) ? power : null;
        Info = new LimiterInfo(NvmlOriginals.Prefix + card.Uuid, "nvml", LimiterKind.Watts, LimiterDomain.Graphics, [], Settle);
    }

    public LimiterInfo Info { get; }

    /// <summary>A limiter for each card that is awake now; one that sleeps is found when it is awake.</summary>
    /// <param name="original">Recorded originals of this boot by key, so that a limiter knows what the machine came with even after a crash.</param>
    /// <param name="keepsDriverLoaded">Whether persistence mode may be switched on.</param>
    public static IReadOnlyList<IPowerLimiter> Discover(HostRoot root, Func<string, string?>? original = null, bool keepsDriverLoaded = true)
    {
        var session = new NvmlSession(NvmlPaths.For(root.Locate("")));
        var limiters = new List<IPowerLimiter>();
        var isAnyOfUse = false;
        foreach (var address in root.List(NvmlPaths.DriverFolder, out _).Where(NvmlPaths.IsAddress))
        {
            if (NvmlCard.TryOpen(root, session, address) is not { } card)
                continue;
            var limiter = new NvmlLimiter(card, original?.Invoke(NvmlOriginals.PowerLimitKey(card.Uuid)), keepsDriverLoaded);
            isAnyOfUse |= limiter.Read().State != LimiterState.Locked;
            limiters.Add(limiter);
        }
        // A card that can not be limited shall be free to sleep.
        if (!isAnyOfUse)
            session.Close();
        return limiters;
    }

    public LimitReading Read() => _card.IsAsleep ? _last : _last = Look();

    public LimitOutcome Apply(Limit limit)
    {
        if (limit.Frequency is not null)
            return new LimitOutcome(_last, WasWritten: false);
        if (_card.IsAsleep)
            return new LimitOutcome(_last, WasWritten: false, IsDeferred: true);
        _refusal = null;
        var before = Look();
        if (before.State != LimiterState.Ready)
            return new LimitOutcome(_last = before, WasWritten: false);
        if (_original is null)
            return new LimitOutcome(before with { State = LimiterState.Faulted, Detail = Info.Name + ": its original limit is not recorded, so nothing is written" }, WasWritten: false);
        var wasWritten = false;
        var result = _card.Attach(out var device);
        if (result == NvmlResult.Success)
            result = Write(device, limit.Power ?? _original.Value, out wasWritten);
        if (result != NvmlResult.Success)
            _refusal = NvmlFailure.ToReading(Info.Name, result, isWrite: true);
        return new LimitOutcome(_last = Look(), wasWritten);
    }

    public IReadOnlyList<OriginalValue> Originals()
    {
        if (_card.IsAsleep || _card.Attach(out var device) != NvmlResult.Success || device.PowerLimit(out var limit) != NvmlResult.Success)
            return [];
        _original ??= limit;
        var originals = new List<OriginalValue>
        {
            // A lock of somebody else's can not be seen: what is restored is a card without one.
            NvmlOriginals.LockedClocks(_card.Uuid),
            NvmlOriginals.PowerLimit(_card.Uuid, limit),
        };
        if (_keepsDriverLoaded && device.Persistence(out var isOn) == NvmlResult.Success)
            originals.Add(NvmlOriginals.Persistence(_card.Uuid, isOn));
        return originals;
    }

    private LimitReading Look()
    {
        var result = _card.Attach(out var device);
        Power enforced = default, least = default, most = default;
        if (result == NvmlResult.Success)
            result = device.PowerLimitRange(out least, out most);
        if (result == NvmlResult.Success)
            result = device.EnforcedPowerLimit(out enforced);
        if (result.IsMissingFeature() && device.PowerLimit(out enforced) == NvmlResult.Success && most > Power.Zero)
            result = NvmlResult.Success;
        if (result != NvmlResult.Success)
        {
            if (result.IsDeviceGone())
                _card.Detach();
            return NvmlFailure.ToReading(Info.Name, result, isWrite: false);
        }
        var (state, detail) = _refusal is { } refusal ? (refusal.State, refusal.Detail) : (LimiterState.Ready, "");
        return new LimitReading(Limit.Of(enforced), Limit.Of(least), Limit.Of(most), state, detail);
    }

    private NvmlResult Write(NvmlDevice device, Power wanted, out bool wasWritten)
    {
        wasWritten = false;
        var result = device.PowerLimit(out var held);
        if (result != NvmlResult.Success)
            return result;
        if (_written is { } written && held != written)
        {
            // The driver was unloaded, or somebody else wrote: then the clocks are not held any more either, as far as anybody knows.
            (_written, _ceiling) = (null, null);
        }
        if (_written is null)
            KeepDriverLoaded(device);
        // Twice: the range may move between the look and the write, and then the driver calls the value invalid.
        result = WriteLimit(device, wanted, held, out var least, ref wasWritten);
        if (result == NvmlResult.InvalidArgument)
            result = WriteLimit(device, wanted, held, out least, ref wasWritten);
        if (result == NvmlResult.Success)
            wasWritten |= HoldClocks(device, wanted < least ? wanted : null);
        return result;
    }

    private NvmlResult WriteLimit(NvmlDevice device, Power wanted, Power held, out Power least, ref bool wasWritten)
    {
        var result = device.PowerLimitRange(out least, out var most);
        if (result != NvmlResult.Success)
            return result;
        var limit = Whole(Power.Max(least, Power.Min(most, wanted)));
        if (limit != held)
        {
            result = device.SetPowerLimit(limit);
            wasWritten |= result == NvmlResult.Success;
        }
        if (result == NvmlResult.Success)
            _written = limit;
        return result;
    }

    private void KeepDriverLoaded(NvmlDevice device)
    {
        // A refusal is no harm: while this process lives, its open handle keeps the driver loaded.
        if (_keepsDriverLoaded && device.Persistence(out var isOn) == NvmlResult.Success && !isOn)
            _ = device.SetPersistence(true);
    }

    /// <returns>True when the clocks were locked or let go of.</returns>
    private bool HoldClocks(NvmlDevice device, Power? below)
    {
        var ceiling = below is { } power ? CeilingFor(device, power) : 0;
        if (_ceiling == ceiling)
            return false;
        var result = ceiling == 0 ? device.UnlockClocks() : device.LockClocks(ceiling);
        // Cards before Volta have no lock: known, so that it is not tried each time.
        _ceiling = result == NvmlResult.Success || result.IsMissingFeature() ? ceiling : null;
        return result == NvmlResult.Success;
    }

    /// <summary>A clock for a power below the least limit: the share of the highest clock that the power is of the usual limit, never below an eighth.</summary>
    /// <remarks>Draw falls faster than the clock, so the share is on the safe side of what the card does at its least limit.</remarks>
    private static uint CeilingFor(NvmlDevice device, Power below)
    {
        if (device.MaxClock(NvmlClock.Graphics, out var highest) != NvmlResult.Success || device.DefaultPowerLimit(out var usual) != NvmlResult.Success)
            return 0;
        return (uint)Math.Round(highest * Math.Clamp(below / usual, 0.125, 1));
    }

    private static Power Whole(Power power) => Power.FromMilliwatts(power.Microwatts / 1000);
}
