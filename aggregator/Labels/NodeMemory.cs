using System.Globalization;
using Homelab.Units;

namespace Homelab.Aggregator.Labels;

/// <summary>What the book keeps of one Kubernetes node from round to round: each label's dwell, and when it may be written to again.</summary>
internal sealed class NodeMemory(LabelPolicy policy, TimeSpan firstSeen)
{
    private readonly Latch _elevated = new(policy.EnterAfter, policy.LeaveAfter);
    private readonly Latch _critical = new(policy.EnterAfter, policy.LeaveAfter);
    private readonly Latch _warm = new(policy.EnterAfter, policy.LeaveAfter);
    private readonly Latch _hot = new(policy.EnterAfter, policy.LeaveAfter);
    private readonly BurstCount _throttles = new(policy.BurstEvents, policy.BurstWindow);
    private readonly BurstCount _sags = new(policy.BurstEvents, policy.BurstWindow);
    private readonly HeadroomBuckets _headroom = new(policy.HeadroomAfter);
    private readonly SettledWord[] _words = [.. LabelNames.Labels.Select(name => new SettledWord(
        name is LabelNames.Class or LabelNames.Efficiency ? policy.LeaveAfter : policy.SettleAfter, policy.LeaveAfter))];

    private readonly SettledWord _capacity = new(policy.LeaveAfter, policy.LeaveAfter);
    private TimeSpan? _freshAt;
    private TimeSpan? _freshSince;
    private TimeSpan? _smoothedAt;
    private TimeSpan? _smoothedSince;
    private bool _isUnknown;
    private CapKind? _cap;
    private bool _isSagging;

    public Latch Throttling { get; } = new(policy.EnterAfter, policy.LeaveAfter);

    public Latch UnderVoltage { get; } = new(policy.EnterAfter, policy.LeaveAfter);

    public Latch OverBudget { get; } = new(policy.EnterAfter, policy.LeaveAfter);

    public Latch OnBattery { get; } = new(policy.EnterAfter, policy.LeaveAfter);

    public TimeSpan FirstSeen { get; } = firstSeen;

    public TimeSpan LastSeen { get; set; } = firstSeen;

    /// <summary>It carried a label of ours when it was first seen.</summary>
    public bool IsAdopted { get; private set; }

    public bool HasReported => _freshAt is not null;

    /// <summary>Reported long enough for its first labels to be right, or labelled before.</summary>
    public bool IsReady { get; private set; }

    public bool IsFresh { get; private set; }

    public bool IsUnknown => _isUnknown;

    /// <summary>Mean draw over a minute; null while there is no figure.</summary>
    public Power? Smoothed { get; private set; }

    /// <summary>The last score it was known to have.</summary>
    public double? Score { get; private set; }

    /// <summary>Until then it is not tainted again, because the guard took a taint off; null when it did not.</summary>
    public TimeSpan? GuardedUntil { get; set; }

    public PatchGate Gate { get; } = new(policy);

    /// <summary>The static share that its extended resource should say; null when unknown.</summary>
    public string? Capacity => _capacity.Value;

    /// <summary>How badly it wants to be tainted; 0 is not at all.</summary>
    public int Severity => IsThrottlingTaint ? 3 : OverBudget.IsOn ? 2 : OnBattery.IsOn ? 1 : 0;

    public bool IsThrottlingTaint => Throttling.IsOn || UnderVoltage.IsOn;

    /// <summary>Since when it wants the taint; null when it does not.</summary>
    public TimeSpan? WantsTaintSince(string taint) => taint switch
    {
        LabelNames.OverBudget => OverBudget.IsOn ? OverBudget.OnSince : null,
        LabelNames.OnBattery => OnBattery.IsOn ? OnBattery.OnSince : null,
        _ => Throttling.IsOn ? Throttling.OnSince : UnderVoltage.IsOn ? UnderVoltage.OnSince : null,
    };

    public Latch Holds(string condition) => condition switch
    {
        LabelNames.PowerBudgetExceeded => OverBudget,
        LabelNames.ThermalThrottling => Throttling,
        _ => UnderVoltage,
    };

    public string State => _isUnknown ? "unknown"
        : _critical.IsOn || UnderVoltage.IsOn ? "critical"
        : _elevated.IsOn || _hot.IsOn || Throttling.IsOn ? "elevated" : "ok";

    public string Thermal => Throttling.IsOn ? "throttling" : _hot.IsOn ? "hot" : _warm.IsOn ? "warm" : "nominal";

    /// <summary>The label's value; null where it is not to be there.</summary>
    public string? Word(string label) => label switch
    {
        LabelNames.State => State,
        LabelNames.Thermal => Thermal,
        LabelNames.Headroom => _headroom.Word,
        _ => Settled(label).Value,
    };

    /// <summary>Takes over what the node carries: the labels' dwell goes on where another process left it.</summary>
    public void Adopt(NodeSight sight, LabelMoment moment)
    {
        var now = moment.Now;
        string? Carried(string name) => sight.Labels.GetValueOrDefault(policy.Prefix.Key(name));
        // A taint that is hard already has stood long enough to be.
        TimeSpan Since(string taint) => sight.Taints.Contains(new NodeTaint(policy.Prefix.Key(taint), "", TaintEffect.NoSchedule)) ? now - policy.HardAfter : now;
        IsAdopted = LabelNames.Labels.Any(name => Carried(name) is not null) || sight.Taints.Any(taint => Cleanup.IsOurs(taint, policy.Prefix));
        IsReady = IsAdopted;
        foreach (var name in LabelNames.Labels)
            Settled(name).Set(Carried(name));
        _headroom.Adopt(Carried(LabelNames.Headroom), now);
        _isUnknown = Carried(LabelNames.State) == "unknown";
        _elevated.Set(Carried(LabelNames.State) is "elevated" or "critical", now);
        _critical.Set(Carried(LabelNames.State) == "critical", now);
        _warm.Set(Carried(LabelNames.Thermal) is "warm" or "hot", now);
        _hot.Set(Carried(LabelNames.Thermal) == "hot", now);
        UnderVoltage.Set(IsTrue(sight, LabelNames.UnderVoltage), Since(LabelNames.Throttling));
        _isSagging = UnderVoltage.IsOn;
        OverBudget.Set(HasTaint(sight, LabelNames.OverBudget) || IsTrue(sight, LabelNames.PowerBudgetExceeded), Since(LabelNames.OverBudget));
        OnBattery.Set(HasTaint(sight, LabelNames.OnBattery), Since(LabelNames.OnBattery));
        Throttling.Set(Carried(LabelNames.Thermal) == "throttling" || IsTrue(sight, LabelNames.ThermalThrottling)
            || (HasTaint(sight, LabelNames.Throttling) && !UnderVoltage.IsOn), Since(LabelNames.Throttling));
        _capacity.Set(sight.WattsCapacity is > 0 and var watts ? watts.ToString(CultureInfo.InvariantCulture) : null);
        Gate.Adopt(sight.Annotations.GetValueOrDefault(policy.Prefix.Key(LabelNames.UpdatedAt)), moment);
    }

    /// <param name="sharedHost">Name of the machine when it has other nodes too.</param>
    public void Observe(NodeFacts? facts, FleetFacts fleet, string? sharedHost, int nodesOfHost, TimeSpan now)
    {
        IsFresh = facts?.Age is { } age && age <= policy.FreshFor;
        ObserveFleet(facts, fleet, now);
        if (!IsFresh)
        {
            Miss(now);
            return;
        }
        _freshSince ??= now;
        _freshAt = now - facts!.Age;
        if (now - _freshSince >= policy.EnterAfter)
            (IsReady, _isUnknown) = (true, false);
        Smooth(facts, now);
        ObserveHeat(facts, now);
        ObserveState(facts, now);
        ObserveWords(facts, sharedHost, nodesOfHost, now);
    }

    /// <summary>Notes what has just begun or ended, in telemetry that is fresh; the first of a process begins nothing.</summary>
    public void Tell(EventBook events, NodeKey key, NodeFacts facts, DateTimeOffset at)
    {
        var isSagging = facts.IsUnderVoltage == true;
        if (isSagging && !_isSagging)
            events.Note(key.Cluster, key, "UnderVoltageDetected", true, "its supply sags below what it needs", at);
        _isSagging = isSagging;
        if (_cap is { } before && before != facts.CapKind && (before == CapKind.None || facts.CapKind == CapKind.None))
        {
            var isReleased = facts.CapKind == CapKind.None;
            var held = $"held to {facts.Cap?.ToString() ?? "a cap"} ({facts.CapKind.Word()}){(facts.Reason.Length > 0 ? ": " + facts.Reason : "")}";
            events.Note(key.Cluster, key, isReleased ? "PowerCapReleased" : "PowerCapApplied", false, isReleased ? "no longer held to a cap" : held, at);
        }
        _cap = facts.CapKind;
    }

    public void ObserveGrade(string? grade, TimeSpan now) => Follow(Settled(LabelNames.Efficiency), grade, now);

    private void Miss(TimeSpan now)
    {
        _freshSince = null;
        _smoothedAt = null;
        foreach (var latch in (ReadOnlySpan<Latch>)[_elevated, _critical, _warm, _hot, Throttling, UnderVoltage])
            latch.Pause();
        _headroom.Pause();
        foreach (var word in _words)
            word.Pause();
        _capacity.Pause();
        if (now - (_freshAt ?? FirstSeen) >= policy.UnknownAfter && (HasReported || IsAdopted))
            (_isUnknown, IsReady) = (true, true);
    }

    /// <summary>What is decided by the fleet as much as by the node itself, and so goes on without its telemetry.</summary>
    private void ObserveFleet(NodeFacts? facts, FleetFacts fleet, TimeSpan now)
    {
        if (facts is not null)
            OverBudget.Observe(facts.IsShedder, !facts.IsShedder, now);
        else
            OverBudget.Observe(false, fleet.OverBudgetSince is null, now);
        var supply = IsFresh ? facts!.Supply : SupplyKind.Unknown;
        var isOnBattery = fleet.IsOnBattery || supply == SupplyKind.Battery;
        OnBattery.Observe(isOnBattery, !isOnBattery && (IsFresh || facts is null), now);
    }

    private void ObserveHeat(NodeFacts facts, TimeSpan now)
    {
        Observe(_warm, facts.ThermalMargin, policy.WarmMargin, now);
        Observe(_hot, facts.ThermalMargin, policy.HotMargin, now);
        ObserveBursts(Throttling, _throttles, facts.IsThrottled == true, now);
        ObserveBursts(UnderVoltage, _sags, facts.IsUnderVoltage == true, now);
    }

    private void ObserveState(NodeFacts facts, TimeSpan now)
    {
        var use = facts is { Power.Watts: { } watts, Allocation: { Microwatts: > 0 } allocation } ? watts / allocation : (double?)null;
        // A level without a figure neither brings the state on nor holds it.
        var isTooHot = facts.CriticalMargin <= policy.CriticalMargin;
        var isCooled = !(facts.CriticalMargin < Beyond(policy.CriticalMargin));
        _critical.Observe(isTooHot || use >= policy.CriticalShare, isCooled && !(use >= policy.CriticalShare - policy.ShareHysteresis), now);
        _elevated.Observe(use >= policy.ElevatedShare, !(use >= policy.ElevatedShare - policy.ShareHysteresis), now);
    }

    private Temperature Beyond(Temperature margin) => new(margin.Millicelsius + policy.MarginHysteresis.Millicelsius);

    private void ObserveWords(NodeFacts facts, string? sharedHost, int nodesOfHost, TimeSpan now)
    {
        var spare = facts.Headroom ?? (facts is { Allocation: { } allocation, Power.Watts: { } watts } ? Power.Max(allocation - watts, Power.Zero) : null);
        if (spare is { } headroom)
            _headroom.Observe(headroom, facts.Ceiling, now);
        else
            _headroom.Pause();
        Follow(Settled(LabelNames.Class), NodeClass.Of(facts, Settled(LabelNames.Class).Value), now);
        Follow(Settled(LabelNames.Metering), facts.Power.Provenance.Word(), now);
        Follow(Settled(LabelNames.Actuator), facts.Actuator.Word(), now);
        Follow(Settled(LabelNames.Cap), facts.CapKind.Word(), now);
        Follow(Settled(LabelNames.Board), LabelValue.OfBoard(facts.Board), now);
        Follow(Settled(LabelNames.Supply), facts.Supply.Word(), now);
        Follow(Settled(LabelNames.SharedHost), sharedHost, now);
        if (facts.Efficiency is { } score && double.IsFinite(score))
            Score = score;
        if (facts.WattsShare is { } share)
            Follow(_capacity, Math.Floor(Math.Max(share.Watts, 0) / nodesOfHost).ToString("0", CultureInfo.InvariantCulture), now);
    }

    private void Smooth(NodeFacts facts, TimeSpan now)
    {
        // The plain mean at first: one sample alone is noise.
        _smoothedSince ??= now;
        var since = (now - _smoothedSince.Value).TotalSeconds;
        var step = _smoothedAt is { } at ? (now - at).TotalSeconds : 0;
        var weight = Math.Max(1 - Math.Exp(-step / policy.Smoothing.TotalSeconds), since > 0 ? Math.Min(step / (since + step), 1) : 0);
        _smoothedAt = now;
        Smoothed = facts.Power.Watts is { } watts ? Smoothed is { } mean ? mean + (watts - mean) * weight : watts : null;
        _smoothedSince = Smoothed is null ? null : _smoothedSince;
    }

    private void Observe(Latch latch, Temperature? margin, Temperature enter, TimeSpan now) =>
        latch.Observe(margin <= enter, !(margin < Beyond(enter)), now);

    private static void ObserveBursts(Latch latch, BurstCount bursts, bool isNow, TimeSpan now)
    {
        if (bursts.Observe(isNow, now) && !latch.IsOn)
            latch.Set(true, now);
        latch.Observe(isNow, !isNow, now);
    }

    /// <summary>Before the first labels nothing is written that could flap: what is known last is true, as the first reports of an agent know little.</summary>
    private void Follow(SettledWord settled, string? word, TimeSpan now)
    {
        if (IsReady || word is null)
            settled.Observe(word, now);
        else
            settled.Set(word);
    }

    private SettledWord Settled(string label) => _words[LabelNames.Labels.IndexOf(label)];

    private bool HasTaint(NodeSight sight, string name) => sight.Taints.Any(taint => taint.Key == policy.Prefix.Key(name));

    /// <summary>Or was, when last it could be told.</summary>
    private static bool IsTrue(NodeSight sight, string type) =>
        sight.Conditions.Any(condition => condition.Type == type && condition.Status != ConditionStatus.False);
}
