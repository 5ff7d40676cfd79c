namespace Homelab.NodeAgent.Actuators.Hwmon;

/// <summary>A discrete Intel card's sustained limit: <c>power1_max</c> of <c>i915</c> and <c>xe</c>, on xe the package's <c>power2_max</c> where the card has none.</summary>
/// <remarks>Source: Documentation/ABI/testing/sysfs-driver-intel-{i915,xe}-hwmon. 0 is "no limit" when read and switches the limit off when written.
/// <c>power1_cap</c> of xe is the burst limit and is left alone.</remarks>
internal sealed class IntelGpuLimiter : IPowerLimiter
{
    private const long IntervalMilliseconds = 1000;
    private const long IntervalGoodEnough = 1250;

    private static readonly TimeSpan ShortestSettle = TimeSpan.FromSeconds(1);

    private readonly ControlTree _tree;
    private readonly HwmonChip _chip;
    private readonly WattCap _cap;
    private readonly ControlFile? _interval;
    private ControlFailure? _failure;
    private LimitReading? _last;

    private IntelGpuLimiter(ControlTree tree, HwmonChip chip, WattCap cap, ControlFile? interval)
    {
        (_tree, _chip, _cap, _interval) = (tree, chip, cap, interval);
        Info = new LimiterInfo($"{chip.Name}:{chip.DeviceName}", chip.Name, LimiterKind.Watts, LimiterDomain.Graphics, [], ShortestSettle);
    }

    public LimiterInfo Info { get; private set; }

    public static IEnumerable<IPowerLimiter> Discover(ControlTree tree)
    {
        foreach (var driver in (string[])["i915", "xe"])
        {
            foreach (var chip in HwmonChip.Of(tree, driver))
            {
                var channel = chip.Find(tree, "power1_max") is not null ? "power1_max" : "power2_max";
                if (chip.Find(tree, channel) is { } cap)
                {
                    var rated = chip.Find(tree, channel.Replace("_max", "_rated_max", StringComparison.Ordinal));
                    yield return new IntelGpuLimiter(tree, chip, new WattCap(cap, null, rated, step: 1000), chip.Find(tree, channel + "_interval"));
                }
            }
        }
    }

    public LimitReading Read()
    {
        if (_chip.IsAsleep(_tree))
            return _last ?? WattCap.Failed(_chip.Asleep());
        _last = _cap.Read(ref _failure);
        return _last.Value;
    }

    public LimitOutcome Apply(Limit limit)
    {
        if (limit.Frequency is not null)
            throw new ArgumentException("a power limit takes no clock", nameof(limit));
        if (_chip.IsAsleep(_tree))
            return new LimitOutcome(Read(), WasWritten: false, IsDeferred: true);
        PutResult put;
        if (limit.Power is { } power)
        {
            put = _cap.Put(power, out _failure);
            if (_failure is null && _interval?.ReadNumber(out _) > IntervalGoodEnough)
                put = put with { WasWritten = put.WasWritten | _interval.TryPut(IntervalMilliseconds).WasWritten };
        }
        else
        {
            put = _cap.File.PutOriginal().And(_interval?.PutOriginal() ?? default);
            _failure = ControlFailure.Of(put);
        }
        Info = Info with { Settle = Settle() };
        _last = _cap.Look(_failure);
        return new LimitOutcome(_last.Value, put.WasWritten);
    }

    public IReadOnlyList<OriginalValue> Originals() =>
        _chip.IsAsleep(_tree) ? [] : ControlTree.Originals(_interval is null ? [_cap.File] : [_cap.File, _interval]);

    private TimeSpan Settle() => _interval?.ReadNumber(out _) is > IntervalGoodEnough and < 600_000 and var ms ? 3 * TimeSpan.FromMilliseconds(ms) : ShortestSettle;
}
