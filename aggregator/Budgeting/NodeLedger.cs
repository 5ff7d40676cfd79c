using System.Collections.Immutable;
using Homelab.Units;

namespace Homelab.Aggregator.Budgeting;

/// <summary>What one node can be at, by all that is known: the accounts that the proof rests on.</summary>
/// <remarks>
/// A grant that was sent may have arrived, so the highest on its way counts until the node says what it took. A node that falls silent may be a
/// frozen agent (its hardware stays at the last cap until something restarts it), an agent whose lease runs out (it falls, and later moves to its
/// safe share) or a reboot (it starts at its safe share): the highest of these counts.
/// </remarks>
internal sealed class NodeLedger(NodeName name)
{
    /// <summary>Without a word for so long a node is silent.</summary>
    public static readonly TimeSpan SilentAfter = TimeSpan.FromSeconds(2);

    /// <summary>So long before a node may move to its safe share by itself, the watts are set aside: others have to be cut first.</summary>
    private static readonly TimeSpan SafeShareLead = TimeSpan.FromSeconds(5);

    /// <summary>An agent that reports has held its hardware to what its lease says for no longer than this before.</summary>
    private static readonly TimeSpan TakesEffectWithin = TimeSpan.FromSeconds(1);

    /// <summary>Allowance for two clocks that run apart.</summary>
    private const double ClockDrift = 0.0002;

    /// <summary>Long before any start; differences to it do not overflow.</summary>
    private static readonly TimeSpan Never = TimeSpan.FromDays(-36_500);

    private readonly SentGrants _sent = new();
    private readonly CutSettling _settling = new();
    private Power? _effective;
    private Power _takenCap;
    private Power? _safeShare;
    private bool _isUncapped;
    private LeaseStanding _standing = LeaseStanding.Unknown;
    private ulong _takenSequence;
    private bool _isFirstAnswerDue;
    private TimeSpan _leaseEnds = TimeSpan.MaxValue;
    private TimeSpan _clockOffset;
    private bool _isFirstReportDue;
    private TimeSpan _reportedAt = Never;
    private TimeSpan _heardAt = Never;

    public NodeName Name => name;

    /// <summary>Who counts for the machine that this node is on; null when it counts itself.</summary>
    public NodeName? CountedBy { get; private set; }

    /// <summary>Nodes of its machine that it counts for besides itself.</summary>
    public ImmutableArray<NodeLedger> Others { get; private set; } = [];

    public NodeTraits Traits { get; private set; } = new() { Name = name };

    /// <summary>The most it draws uncapped: as stated, else as remembered or learned.</summary>
    public Power Ceiling { get; private set; }

    public Power Floor => Power.Min(Power.Max(Traits.Floor, Power.Zero), Ceiling);

    /// <summary>It has held a grant of ours, in this life or a former one, and nobody said that it is gone.</summary>
    public bool IsRemembered { get; private set; }

    /// <summary>Its stream is open.</summary>
    public bool IsOpen { get; private set; }

    /// <summary>It joined since this aggregator started.</summary>
    public bool HasJoined { get; private set; }

    /// <summary>It has said on its stream what it is held to.</summary>
    public bool HasAnswered { get; private set; }

    public TimeSpan JoinedAt { get; private set; }

    public ulong TakenEpoch { get; private set; }

    /// <summary>Newest reading; null when the last report had none.</summary>
    public Power? Measured { get; private set; }

    /// <summary>Of the newest reading.</summary>
    public Provenance Provenance { get; private set; }

    /// <summary>The agent's clock in its newest report.</summary>
    public TimeSpan Basis { get; private set; }

    public LeaseStanding Standing => _standing;

    public Power? Effective => _effective;

    /// <summary>The cap of the newest grant sent; null after a release, and before the first.</summary>
    public Power? Cap { get; private set; }

    public Power SentSafeShare { get; private set; }

    public TimeSpan SentAt { get; private set; } = Never;

    public TimeSpan SentBasis { get; private set; }

    public bool HasUnanswered => _sent.Count > 0;

    /// <summary>When the last cut or raise it answered took hold, settling included.</summary>
    public TimeSpan SettlesAt => _settling.SettlesAt;

    /// <summary>What it held when it came under our epoch: what others had reserved for it.</summary>
    public Power Baseline { get; set; }

    /// <summary>It draws more than its hardware claims to allow, or claims more than it was granted.</summary>
    public bool IsUncontrolled { get; set; }

    /// <summary>The highest safe share that may be on its disk; zero when it has none.</summary>
    public Power SafeShare => Power.Max(_safeShare ?? Power.Zero, _sent.HighestSafeShare);

    /// <summary>The highest safe share that another node of its machine may have on its disk; zero when there is none.</summary>
    public Power OthersShare => Others.IsEmpty ? Power.Zero : Others.Select(static other => other.SafeShare).Aggregate(Power.Zero, Power.Max);

    /// <summary>The most that its machine draws by itself where nothing holds it: nodes of one machine know its meters, and so its ceiling, differently well.</summary>
    public Power Unheld => Others.IsEmpty ? Ceiling : Others.Select(static other => other.Ceiling).Aggregate(Ceiling, Power.Max);

    /// <summary>The cap in force or on its way, whichever is higher.</summary>
    public Power Held => Power.Max(_effective is { } effective ? Power.Max(effective, _takenCap) : Ceiling, _sent.HighestCap);

    /// <summary>It has reported on its stream.</summary>
    public bool HasReported => _reportedAt != Never;

    public bool IsReachable => Traits.IsEnforcing && IsOpen && HasAnswered && HasReported;

    /// <summary>Of the nodes of one machine one alone is granted caps: two that set the same limits would undo each other's.</summary>
    public bool IsGrantable => IsReachable && CountedBy is null;

    public bool IsAwaited => (IsRemembered || _isUncapped) && !HasJoined;

    /// <summary>Nothing holds it: so it said last, or it only observes, or its hardware does not obey.</summary>
    public bool IsUncapped => _isUncapped || IsUncontrolled || (HasJoined && !Traits.IsEnforcing);

    /// <summary>Where nothing holds its machine: the node whose ceiling is the machine's. Null where something holds it.</summary>
    public NodeLedger? Uncapped => IsUncapped ? Others.Where(static other => other.IsUncapped).Prepend(this).MaxBy(static node => node.Ceiling) : null;

    /// <summary>What it counts for until it is heard.</summary>
    public Power Awaited => _isUncapped ? Power.Max(SafeShare, Ceiling) : SafeShare;

    /// <summary>No report for so long, or no stream, that nothing may be concluded from what it said last.</summary>
    public bool IsSilent(TimeSpan now) => HasJoined && (!IsOpen || now - Later(_reportedAt, JoinedAt) > SilentAfter);

    /// <summary>Some word of it is fresh.</summary>
    public bool IsHeard(TimeSpan now) => IsOpen && HasAnswered && now - _heardAt <= SilentAfter;

    public void Remember(RememberedNode node)
    {
        (IsRemembered, _safeShare, Ceiling, _isUncapped) = (node.WasGranted, node.SafeShare, node.Ceiling, node.IsUncapped);
    }

    public void Join(NodeTraits traits, TimeSpan now)
    {
        Traits = traits;
        var known = Power.Max(traits.Floor, traits.Idle);
        Ceiling = traits.Ceiling > Power.Zero ? Power.Max(traits.Ceiling, known) : Power.Max(Ceiling, known);
        if (!IsOpen)
            (_reportedAt, JoinedAt, HasAnswered) = (Never, now, false);
        (IsOpen, HasJoined, _isFirstAnswerDue, _isFirstReportDue, _heardAt) = (true, true, true, true, now);
    }

    public void Share(NodeName? countedBy, ImmutableArray<NodeLedger> others) => (CountedBy, Others) = (countedBy, others);

    public void Leave() => (IsOpen, HasAnswered) = (false, false);

    public void Observe(NodeObservation seen, ControlPolicy policy, TimeSpan now)
    {
        if (!IsOpen || (seen.AgentMonotonic < Basis && !_isFirstReportDue))
            return;
        Return(policy, now);
        _sent.Outlive(seen.AgentMonotonic, Power.Max(SafeShare, Floor));
        // The quickest report shows how the clocks stand; one that took longer was made so much earlier.
        var offset = now - seen.AgentMonotonic;
        var expected = _clockOffset + (now - _reportedAt) * ClockDrift;
        _clockOffset = _isFirstReportDue || offset < expected ? offset : expected;
        (Basis, _heardAt, _isFirstReportDue) = (seen.AgentMonotonic, now, false);
        _reportedAt = _clockOffset + seen.AgentMonotonic;
        (Measured, Provenance) = (seen.Power, seen.Provenance);
        if (seen.Power is not { } power)
            return;
        if (Traits.Ceiling <= Power.Zero)
            Ceiling = Power.Max(Ceiling, power * 1.1);
        _settling.Observe(power, Held, now);
    }

    /// <summary>Back from a silence in which only its safe share was kept for it: no more is its own until it says what it is at.</summary>
    private void Return(ControlPolicy policy, TimeSpan now)
    {
        if (now - _heardAt <= policy.LastCapEnds || SafeShare <= Power.Zero)
            return;
        var share = Power.Max(SafeShare, Floor);
        (_effective, _takenCap) = (_effective is { } effective ? Power.Min(effective, share) : null, Power.Min(_takenCap, share));
    }

    /// <summary>The node's word on what it is held to.</summary>
    public void Acknowledge(NodeApplied applied, ulong epoch, TimeSpan now)
    {
        if (!IsOpen || !IsNews(applied, epoch))
            return;
        var before = Power.Max(Held, _settling.Reach(Held, Traits.Settle, now));
        var taken = applied.Epoch == epoch ? _sent.Settle(applied.Sequence) : null;
        var wasKnown = TakenEpoch != 0 || _sent.Count > 0 || taken is not null;
        var (wasOurs, wasOthers) = (TakenEpoch == epoch && HasAnswered, TakenEpoch != 0 && TakenEpoch != epoch);
        // What is not under a lease is not held, whatever its registers say at the moment.
        (_effective, _isUncapped) = applied.Standing == LeaseStanding.None ? (null, true) : (applied.Effective, false);
        (TakenEpoch, _takenSequence, _standing) = (applied.Epoch, applied.Sequence, applied.Standing);
        (HasAnswered, _isFirstAnswerDue, _heardAt) = (true, false, now);
        _safeShare = applied.SafeShare ?? (applied.Standing == LeaseStanding.None ? null : _safeShare);
        _takenCap = applied.Standing != LeaseStanding.Live ? Power.Zero : taken?.Cap ?? (wasOurs ? _takenCap : Power.Zero);
        if (taken is { } grant)
            _leaseEnds = grant.Ends;
        else if (!wasOurs)
            _leaseEnds = applied.Standing == LeaseStanding.Live ? now : Never;
        if (wasOthers && applied.Epoch == epoch)
            Baseline = Held;
        if (wasKnown)
            _settling.Cut(before, Held, Measured is { } power && now - _reportedAt <= SilentAfter ? power : null, Traits.Settle, now);
    }

    public void Sent(Grant grant, TimeSpan now)
    {
        var reach = grant.Cap ?? Power.Max(Ceiling, Held);
        _sent.Add(grant.Sequence, reach, grant.IsRelease ? Power.Zero : grant.SafeShare, _reportedAt + grant.TimeToLive, grant.Basis + grant.TimeToLive + TakesEffectWithin);
        (Cap, SentSafeShare, SentAt, SentBasis) = (grant.Cap, grant.SafeShare, now, grant.Basis);
        IsRemembered |= !grant.IsRelease;
    }

    /// <summary>The release is through: it is a node like any that never held a cap.</summary>
    public void ForgetShare() => (IsRemembered, _safeShare, Baseline, Cap) = (false, null, Power.Zero, null);

    /// <summary>The most that its machine can draw by all that is known: what any of its nodes may have set there. Zero where another node counts for the machine.</summary>
    public Power Committed(ControlPolicy policy, TimeSpan now)
    {
        if (CountedBy is not null)
            return Power.Zero;
        var committed = Own(policy, now);
        foreach (var other in Others)
            committed = IsAtLarge(other) ? Power.Max(committed, other.Own(policy, now)) : committed;
        return committed;
    }

    /// <summary>What the other says of the machine counts: nothing is held here, or what this node is held to may not be all that is set there. That a node
    /// which never was held, or was let go, has no cap says nothing about a machine that another holds.</summary>
    private bool IsAtLarge(NodeLedger other) =>
        !Traits.IsEnforcing || other.IsRemembered || other._effective is not null || (other.TakenEpoch != 0 && other._standing != LeaseStanding.None) || other.SafeShare > Power.Zero;

    private Power Own(ControlPolicy policy, TimeSpan now)
    {
        if (IsAwaited)
            return Awaited;
        var held = Power.Max(Held, _settling.Reach(Held, Traits.Settle, now));
        if (!Traits.IsEnforcing || IsUncontrolled)
            held = Power.Max(held, Ceiling);
        // Neither has a lease that brings it down, however long it is silent.
        if (_effective is null || IsUncontrolled)
            return held;
        var safeShare = Power.Max(SafeShare, Floor);
        if (!IsOpen || now - _heardAt > SilentAfter)
            return now - _heardAt > policy.LastCapEnds && SafeShare > Power.Zero ? safeShare : Power.Max(held, safeShare);
        if (_standing is LeaseStanding.Safe)
            return held;
        var mayMove = _leaseEnds == TimeSpan.MaxValue ? TimeSpan.MaxValue : _leaseEnds + policy.SafeShareAfter - SafeShareLead;
        return now >= mayMove || IsSilent(now) ? Power.Max(held, safeShare) : held;
    }

    /// <summary>False for an answer that a newer one has overtaken. A new stream's first answer, and an agent that started anew, know best.</summary>
    private bool IsNews(NodeApplied applied, ulong epoch)
    {
        if (_isFirstAnswerDue || !HasAnswered || applied.Epoch != epoch || TakenEpoch != epoch)
            return _isFirstAnswerDue || applied.Epoch >= TakenEpoch;
        if (applied.Sequence < _takenSequence)
            return applied.Standing is LeaseStanding.Safe or LeaseStanding.None;
        return applied.Sequence > _takenSequence || applied.Standing >= _standing || applied.Standing == LeaseStanding.None;
    }

    private static TimeSpan Later(TimeSpan left, TimeSpan right) => left > right ? left : right;
}
