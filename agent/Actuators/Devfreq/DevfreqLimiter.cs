namespace Homelab.NodeAgent.Actuators.Devfreq;

/// <summary>The clock ceiling of a GPU, an NPU or the memory bus on an ARM board: <c>max_freq</c> of a devfreq device, in Hz.</summary>
/// <remarks>Source: <c>/sys/class/devfreq/*</c>, Documentation/ABI/testing/sysfs-class-devfreq. On RK3588 <c>fb000000.gpu</c>, <c>fdab0000.npu</c> and
/// <c>dmc</c>. 0 would lift the ceiling. Others (UFS, buses) save too little to be worth their latency.</remarks>
internal sealed class DevfreqLimiter : IPowerLimiter
{
    private const string ClassPath = "/sys/class/devfreq";

    private static readonly TimeSpan SettleTime = TimeSpan.FromMilliseconds(200);

    private readonly List<long> _points;
    private readonly ControlFile _ceiling;
    private ControlFailure? _failure;

    private DevfreqLimiter(string name, LimiterDomain domain, List<long> points, ControlFile ceiling)
    {
        (_points, _ceiling) = (points, ceiling);
        Info = new LimiterInfo("devfreq:" + name, "devfreq", LimiterKind.Frequency, domain, points.ConvertAll(static hertz => new Frequency(hertz / 1000)), SettleTime);
    }

    public LimiterInfo Info { get; }

    public static IEnumerable<IPowerLimiter> Discover(ControlTree tree)
    {
        foreach (var name in tree.List(ClassPath))
        {
            if (Domain(name) is not { } domain)
                continue;
            var folder = tree.Behind(ClassPath + "/" + name);
            var points = tree.Numbers(folder + "/available_frequencies");
            if (points.Count > 1 && points[0] >= 1000 && tree.Find(folder, "max_freq") is { } ceiling)
                yield return new DevfreqLimiter(name, domain, points, ceiling);
        }
    }

    public LimitReading Read()
    {
        if (_failure is null or { State: LimiterState.Denied or LimiterState.Gone })
            _failure = _ceiling.Probe() is var refused and not 0 ? ControlFailure.Of(_ceiling.Path, refused, onWrite: true) : null;
        return Look();
    }

    private LimitReading Look()
    {
        if (_ceiling.ReadNumber(out var code) is not { } held)
            return WattCap.Failed(ControlFailure.Of(_ceiling.Path, code, onWrite: false));
        return new LimitReading(
            held > 0 ? Limit.Of(new Frequency(held / 1000)) : default,
            Limit.Of(new Frequency(_points[0] / 1000)),
            Limit.Of(new Frequency(Top / 1000)),
            _failure?.State ?? LimiterState.Ready,
            _failure?.Detail ?? "");
    }

    public LimitOutcome Apply(Limit limit)
    {
        if (limit.Power is not null)
            throw new ArgumentException("a clock ceiling takes no watts", nameof(limit));
        PutResult put;
        if (limit.Frequency is { } frequency)
        {
            // Divided rather than multiplied: no clock overflows.
            var index = _points.FindLastIndex(point => point / 1000 <= frequency.Kilohertz && point <= Top);
            put = _ceiling.PutCeiling(_points[Math.Max(index, 0)]);
        }
        else
        {
            put = _ceiling.PutOriginal();
        }
        _failure = ControlFailure.Of(put);
        return new LimitOutcome(Look(), put.WasWritten);
    }

    public IReadOnlyList<OriginalValue> Originals() => ControlTree.Originals([_ceiling]);

    // What the machine came with, where that is recorded and lower than the table's end.
    private long Top => _ceiling.RecordedNumber is { } recorded && recorded >= _points[0] && recorded < _points[^1] ? recorded : _points[^1];

    private static LimiterDomain? Domain(string name) =>
        name.EndsWith(".gpu", StringComparison.Ordinal) ? LimiterDomain.Graphics
        : name.EndsWith(".npu", StringComparison.Ordinal) || name == "dmc" || name.EndsWith(".dmc", StringComparison.Ordinal) ? LimiterDomain.Device
        : null;
}
