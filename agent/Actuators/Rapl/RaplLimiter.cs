using Homelab.Units;

namespace Homelab.NodeAgent.Actuators.Rapl;

/// <summary>A processor package's power limit through all of its interfaces: each may hold it lower than the others, so the effective one is the lowest.</summary>
/// <remarks>While held, both limits (PL1, PL2) are equal and the window is a second; nothing is ever raised above what the machine came with.
/// The lowest limit is 30 % of the design power: below it the driver forces clocks down without saving more, and 0 would stall the package.</remarks>
internal sealed class RaplLimiter : IPowerLimiter
{
    private const string ClassPath = "/sys/class/powercap";
    private const double LeastShare = .3;

    private static readonly Power LeastAtAll = Power.FromWatts(1);
    private static readonly Power LeastUnknown = Power.FromWatts(5);
    private static readonly Power MostPlausible = Power.FromWatts(1000);
    private static readonly Power Step = Power.FromWatts(1);
    private static readonly TimeSpan ShortestSettle = TimeSpan.FromSeconds(1);

    private readonly List<RaplZone> _zones;
    private readonly HashSet<RaplZone> _lockedOut = [];
    private ControlFailure? _failure;
    private Power _learnedLeast;

    private RaplLimiter(string name, List<RaplZone> zones)
    {
        _zones = zones;
        Info = new LimiterInfo("rapl:" + name, "rapl", LimiterKind.Watts, LimiterDomain.Processor, [], ShortestSettle);
    }

    public LimiterInfo Info { get; private set; }

    /// <summary>One a package, over MSR and MMIO; packages without a limit to write (AMD) have none.</summary>
    public static IEnumerable<IPowerLimiter> Discover(ControlTree tree)
    {
        var packages = new List<(string Name, List<RaplZone> Zones)>();
        foreach (var entry in tree.List(ClassPath))
        {
            // Top-level zones only: control-type:n. Their number is hexadecimal and means nothing; the name does.
            var colon = entry.IndexOf(':', StringComparison.Ordinal);
            if (colon < 0 || entry.LastIndexOf(':') != colon || !entry.StartsWith("intel-rapl", StringComparison.Ordinal))
                continue;
            var folder = tree.Behind(ClassPath + "/" + entry);
            if (tree.Line(folder + "/name") is not { } name || !name.StartsWith("package-", StringComparison.Ordinal) || RaplZone.Find(tree, folder) is not { } zone)
                continue;
            var known = packages.FindIndex(package => package.Name == name);
            if (known >= 0)
                packages[known].Zones.Add(zone);
            else
                packages.Add((name, [zone]));
        }
        packages.Sort(static (left, right) => string.CompareOrdinal(left.Name, right.Name));
        foreach (var (name, zones) in packages)
            yield return new RaplLimiter(name, zones);
    }

    public LimitReading Read()
    {
        if (_failure is null or { State: LimiterState.Denied or LimiterState.Gone })
            _failure = Reachable();
        return Look();
    }

    public LimitOutcome Apply(Limit limit)
    {
        if (limit.Frequency is not null)
            throw new ArgumentException("a power limit takes no clock", nameof(limit));
        var put = limit.Power is { } power ? Hold(Clamp(power)) : Release();
        return new LimitOutcome(Look(), put.WasWritten);
    }

    public IReadOnlyList<OriginalValue> Originals() => ControlTree.Originals(AllFiles());

    private LimitReading Look()
    {
        var (least, most) = Range();
        var (effective, failure) = Effective();
        var state = failure ?? _failure;
        return new LimitReading(effective, Limit.Of(least), Limit.Of(most), state?.State ?? LimiterState.Ready, state?.Detail ?? "");
    }

    // One interface that holds is enough: the lowest wins. Those that refused before are asked again only when the others do not hold.
    private PutResult Hold(Power target)
    {
        var sum = default(PutResult);
        var refusing = _zones.FindAll(_lockedOut.Contains);
        foreach (var zone in _zones)
        {
            if (!refusing.Contains(zone))
                sum = sum.And(Put(zone, target));
        }
        if (!IsHeld(target))
        {
            foreach (var zone in refusing)
                sum = sum.And(Put(zone, target));
        }
        var (effective, failure) = Effective();
        // All took it and hold more: firmware has a floor of its own.
        if (sum is { WasWritten: true, Code: 0 } && effective.Power > target + Step)
            _learnedLeast = effective.Power.Value;
        _failure = failure ?? (IsHeld(target) ? null : ControlFailure.Of(sum) ?? ControlFailure.Of(_zones[0].Path, ControlCode.Ignored, onWrite: true));
        Info = Info with { Settle = Settle() };
        return sum;
    }

    private PutResult Put(RaplZone zone, Power target)
    {
        var result = zone.Hold(target.Microwatts);
        if (result.Code == 0)
            _lockedOut.Remove(zone);
        else
            _lockedOut.Add(zone);
        return result;
    }

    private bool IsHeld(Power target) => Effective().Effective.Power is { } held && held <= Power.Max(target, _learnedLeast) + Step;

    private PutResult Release()
    {
        var sum = default(PutResult);
        foreach (var zone in _zones)
            sum = sum.And(zone.Release());
        _failure = ControlFailure.Of(sum);
        _lockedOut.Clear();
        return sum;
    }

    private Power Clamp(Power asked)
    {
        var (least, most) = Range();
        return Power.Max(Power.Min(asked, most), least);
    }

    private (Power Least, Power Most) Range()
    {
        Power? design = null, original = null;
        foreach (var zone in _zones)
        {
            if (zone.DesignPower() is { } power && new Power(power) <= MostPlausible)
                design = new Power(power);
            if (zone.OriginalLimit() is { } limit && (original is null || limit < original.Value.Microwatts))
                original = new Power(limit);
        }
        var most = original ?? design ?? MostPlausible;
        var least = design is { } known ? known * LeastShare : most <= MostPlausible && original is not null ? most * LeastShare : LeastUnknown;
        least = Power.Max(Power.Min(Power.Max(least, LeastAtAll), most), _learnedLeast);
        return (least, Power.Max(most, least));
    }

    private (Limit Effective, ControlFailure? Failure) Effective()
    {
        Power? lowest = null;
        ControlFailure? failure = null;
        var isRead = false;
        foreach (var zone in _zones)
        {
            var limit = zone.Limit(out var code);
            if (code != 0)
            {
                failure ??= ControlFailure.Of(zone.Path, code, onWrite: false);
                continue;
            }
            isRead = true;
            if (limit is { } microwatts && (lowest is null || microwatts < lowest.Value.Microwatts))
                lowest = new Power(microwatts);
        }
        return (new Limit(lowest, null), isRead ? null : failure);
    }

    // Denied only when no interface lets us in.
    private ControlFailure? Reachable()
    {
        ControlFailure? failure = null;
        foreach (var zone in _zones)
        {
            var code = zone.Probe();
            if (code == 0)
                return null;
            failure ??= ControlFailure.Of(zone.Path, code, onWrite: true);
        }
        return failure;
    }

    // With both limits equal the draw is down within a window; a burst limit that stays up lets three of them pass.
    private TimeSpan Settle()
    {
        var settle = ShortestSettle;
        foreach (var zone in _zones)
        {
            if (_lockedOut.Contains(zone) || zone.Window() is not { } window || (!zone.BurstsFreely && window <= 1_250_000))
                continue;
            var windows = TimeSpan.FromMicroseconds(3 * Math.Min(window, 1_000_000_000L));
            settle = windows > settle ? windows : settle;
        }
        return settle;
    }

    private List<ControlFile> AllFiles()
    {
        var files = new List<ControlFile>();
        foreach (var zone in _zones)
            files.AddRange(zone.Files());
        return files;
    }
}
