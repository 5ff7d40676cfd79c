namespace Homelab.NodeAgent.Actuators.Cpufreq;

/// <summary>The clock ceiling of a cluster: the policies that have the same table and nearly the same top, held together.</summary>
/// <remarks>RK3588 has two (four small cores; four big ones in two policies), a hybrid x86 two, most others one; equal sockets are one as well, and
/// package ids say nothing on ARM. Read-back counts: drivers round down, thermal cooling holds lower still, and the cluster's ceiling is that of its highest policy.</remarks>
internal sealed class CpufreqLimiter : IPowerLimiter
{
    private const string ClassPath = "/sys/devices/system/cpu/cpufreq";
    private const string IntelSwitch = "/sys/devices/system/cpu/intel_pstate/no_turbo";

    /// <summary>Cores that the vendor bins a little higher than their siblings belong to them.</summary>
    private const double SameCluster = .9;

    /// <summary>Looks in a row at a clock above its ceiling; fewer may be a figure from before the write.</summary>
    private const int OvershootsBeforeTurboGoes = 10;

    private static readonly TimeSpan SettleTime = TimeSpan.FromMilliseconds(200);

    private readonly ControlTree _tree;
    private readonly List<CpufreqPolicy> _policies;
    private readonly List<TurboSwitch> _turbo;
    private ControlFailure? _failure;
    private int _overshoots;
    private int _next;
    private long _asked;

    private CpufreqLimiter(ControlTree tree, List<CpufreqPolicy> policies, List<TurboSwitch> turbo)
    {
        (_tree, _policies, _turbo) = (tree, policies, turbo);
        var points = policies[0].Table.ConvertAll(static kilohertz => new Frequency(kilohertz));
        Info = new LimiterInfo("cpufreq:" + policies[0].Name, "cpufreq", LimiterKind.Frequency, LimiterDomain.Processor, points, SettleTime);
    }

    public LimiterInfo Info { get; }

    public static IEnumerable<IPowerLimiter> Discover(ControlTree tree)
    {
        var clusters = new List<List<CpufreqPolicy>>();
        foreach (var name in tree.Numbered(ClassPath, "policy"))
        {
            if (CpufreqPolicy.Find(tree, name) is not { } policy)
                continue;
            var cluster = clusters.Find(cluster => Fits(cluster[0], policy));
            if (cluster is null)
                clusters.Add([policy]);
            else
                cluster.Add(policy);
        }
        var shared = Switches(tree);
        foreach (var cluster in clusters)
        {
            var turbo = shared;
            if (turbo.Count == 0)
                turbo = [.. cluster.ConvertAll(static policy => policy.Boost).FindAll(static boost => boost is not null).ConvertAll(static boost => new TurboSwitch(boost!, "0"))];
            yield return new CpufreqLimiter(tree, cluster, turbo);
        }
    }

    public LimitReading Read()
    {
        WatchTurbo();
        // A policy that is offline says nothing of the others' files.
        if (_failure is null or { State: LimiterState.Denied or LimiterState.Gone })
            _failure = _policies[0].Ceiling.Probe() is var refused and not (0 or Errno.NoEntry) ? ControlFailure.Of(_policies[0].Ceiling.Path, refused, onWrite: true) : null;
        return Look();
    }

    private LimitReading Look()
    {
        long? effective = null;
        long least = 0, most = 0;
        ControlFailure? failure = null;
        foreach (var policy in _policies)
        {
            (least, most) = (Math.Max(least, policy.Least), Math.Max(most, policy.Top));
            if (policy.Ceiling.ReadNumber(out var code) is { } held)
                effective = Math.Max(effective ?? 0, held);
            else
                failure ??= ControlFailure.Of(policy.Ceiling.Path, code, onWrite: false);
        }
        // Cores that are offline have no ceiling, and draw nothing.
        failure = effective is null ? failure : null;
        var state = failure ?? _failure;
        return new LimitReading(
            effective is { } now ? Limit.Of(new Frequency(now)) : default,
            Limit.Of(new Frequency(least)),
            Limit.Of(new Frequency(most)),
            state?.State ?? LimiterState.Ready,
            state?.Detail ?? "");
    }

    public LimitOutcome Apply(Limit limit)
    {
        if (limit.Power is not null)
            throw new ArgumentException("a clock ceiling takes no watts", nameof(limit));
        var put = limit.Frequency is { } frequency ? Hold(frequency.Kilohertz) : Release();
        return new LimitOutcome(Look(), put.WasWritten);
    }

    public IReadOnlyList<OriginalValue> Originals()
    {
        // The switch first: the driver resets ceilings when it moves.
        var values = ControlTree.Originals(_turbo.ConvertAll(static turbo => turbo.File));
        var isCooling = ThermalHold.IsActive(_tree);
        foreach (var policy in _policies)
            values.AddRange(policy.Originals(isCooling));
        return values;
    }

    private PutResult Hold(long kilohertz)
    {
        var sum = default(PutResult);
        var least = 0L;
        var isNew = kilohertz != _asked;
        _asked = kilohertz;
        foreach (var policy in _policies)
        {
            if (isNew)
                policy.Refresh();
            least = Math.Max(least, policy.Least);
        }
        kilohertz = Math.Max(kilohertz, least);
        var off = WantsTurboOff(kilohertz);
        foreach (var turbo in _turbo)
            sum = sum.And(turbo.Want(this, off) with { Code = 0 });
        ControlFailure? failure = null;
        var isHeld = false;
        foreach (var policy in _policies)
        {
            var result = policy.Hold(kilohertz);
            // A core went offline: the rest is the cluster.
            if (result is { Code: Errno.NoEntry or Errno.NoDevice or Errno.Busy, OnWrite: false })
                continue;
            isHeld |= result.Code == 0;
            failure ??= ControlFailure.Of(result);
            sum = sum.And(result);
        }
        _failure = failure ?? (isHeld ? null : ControlFailure.Of(_policies[0].Ceiling.Path, Errno.NoEntry, onWrite: false));
        return sum;
    }

    private PutResult Release()
    {
        (_overshoots, _asked) = (0, 0);
        var sum = default(PutResult);
        foreach (var turbo in _turbo)
            sum = sum.And(turbo.Want(this, isOff: false));
        foreach (var policy in _policies)
        {
            var result = policy.Release();
            sum = sum.And(result is { Code: Errno.NoEntry, OnWrite: false } ? default : result);
        }
        _failure = ControlFailure.Of(sum);
        return sum;
    }

    // One policy a look; the one that is too fast is looked at again.
    private void WatchTurbo()
    {
        if (_asked == 0 || _overshoots >= OvershootsBeforeTurboGoes || _turbo.Count == 0 || _asked >= _policies[0].Most)
            return;
        var isTooFast = _policies[_next].RunsAbove(_asked);
        _overshoots = isTooFast ? _overshoots + 1 : 0;
        if (!isTooFast)
            _next = (_next + 1) % _policies.Count;
        if (_overshoots < OvershootsBeforeTurboGoes)
            return;
        foreach (var turbo in _turbo)
            turbo.Want(this, isOff: true);
    }

    // acpi-cpufreq: turbo is one operating point above all ceilings. intel_pstate keeps its ceilings; below the base clock turbo has nothing to give,
    // and goes. Others keep them, too, unless they are seen not to.
    private bool WantsTurboOff(long kilohertz)
    {
        var first = _policies[0];
        if (_turbo.Count == 0 || kilohertz >= first.Most)
        {
            _overshoots = 0;
            return false;
        }
        return _overshoots >= OvershootsBeforeTurboGoes
            || first.Driver == "acpi-cpufreq"
            || (first.Driver is "intel_pstate" or "intel_cpufreq" && first.BaseFrequency is { } @base && kilohertz <= @base);
    }

    private static bool Fits(CpufreqPolicy cluster, CpufreqPolicy policy)
    {
        if (cluster.Driver != policy.Driver || cluster.Table.Count != policy.Table.Count)
            return false;
        for (var i = 0; i < policy.Table.Count; i++)
        {
            if (cluster.Table[i] != policy.Table[i])
                return false;
        }
        return Math.Min(cluster.Most, policy.Most) >= SameCluster * Math.Max(cluster.Most, policy.Most);
    }

    private static List<TurboSwitch> Switches(ControlTree tree)
    {
        if (tree.Find(ClassPath, "boost") is { } boost)
            return [new TurboSwitch(boost, "0")];
        var intel = tree.File(IntelSwitch);
        return intel.ReadNumber(out _) is null ? [] : [new TurboSwitch(intel, "1")];
    }
}
