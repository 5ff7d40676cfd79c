using System.Globalization;
using Homelab.NodeAgent.Actuators;
using Homelab.NodeAgent.Capping;
using Homelab.NodeAgent.Diagnostics;
using Homelab.Units;
using Microsoft.Extensions.Logging;

namespace Homelab.NodeAgent.Enforcement;

/// <summary>What the operator allows of caps.</summary>
/// <param name="Floor">The node is never held below it.</param>
/// <param name="Ceiling">No cap is higher.</param>
internal sealed record CapBounds(Power? Floor, Power? Ceiling);

/// <summary>Holds the node to its lease: decides on orders for the limiters, watches what becomes of them, and says what really holds. Knows no time of its own.</summary>
/// <param name="slots">Every limiter of the machine, allowed or not.</param>
/// <param name="others">Names of programs on this machine that write limits, too; asked when a fight is to be named.</param>
internal sealed class CapKeeper(
    CapBounds bounds, IReadOnlyList<LimiterSlot> slots, PowerModel model, CapLease lease, Func<string> others, ILogger log)
{
    /// <summary>Within it the cap is what was asked.</summary>
    private const double Near = 0.02;

    private readonly LimiterSlot[] _slots = [.. slots];
    private readonly CapPlan _plan = new(slots, model);
    private LeaseStanding _told = LeaseStanding.None;
    private string _trouble = "";
    private CapStatus? _status;
    private readonly List<string> _used = [];
    private string _usedWords = "";

    public IReadOnlyList<LimiterSlot> Slots => _slots;

    public CapLease Lease { get; set; } = lease;

    /// <summary>What is left free for the draw that no limiter holds; null while it is not learned.</summary>
    public Power? LearnedBase => _plan.LearnedBase;

    /// <summary>Starts from what an earlier run learned.</summary>
    public void Recall(Power learnedBase) => _plan.Recall(learnedBase);

    /// <summary>Whether any limit of ours is in force, or may be.</summary>
    public bool HoldsAny
    {
        get
        {
            foreach (var slot in _slots)
            {
                if (slot.MayHold || slot.Order is not null)
                    return true;
            }
            return false;
        }
    }

    /// <summary>What an earlier run left in force, as far as this one can tell in watts: others may count on it, so it is not exceeded at once.</summary>
    public void TakeOver(TimeSpan now)
    {
        _plan.Compose(now);
        if (Lease.Memory.SafeShare is not null && _plan.Effective() is { } held)
            Lease = new CapLease(Lease.Memory, held, now);
    }

    /// <summary>Takes a sample in; each slot's draw is set already.</summary>
    public void See(NodeDraw draw, TimeSpan now)
    {
        _plan.Learn(draw, now);
        foreach (var slot in _slots)
        {
            if (!slot.TakesWatts || !slot.IsAllowed)
                continue;
            var before = slot.Effect.Verdict;
            var verdict = slot.Effect.Look(slot.Asked is null ? null : slot.EffectivePower(), slot.Draw, now);
            if (verdict == EffectVerdict.Ineffective && before != verdict)
                Log.LimiterIneffective(log, slot.Info.Name, Text(slot.EffectivePower()), Text(slot.Draw));
        }
    }

    /// <summary>Sets orders for what the lease says now. True when the node is not to be held and something still is: originals are to be restored.</summary>
    public bool Decide(TimeSpan now)
    {
        _plan.Compose(now);
        var target = Lease.At(now);
        if (target.Standing != _told)
        {
            Log.LeaseStanding(log, target.Standing.ToString().ToLowerInvariant(), Text(target.Cap));
            _told = target.Standing;
        }
        if (target.Cap is not { } cap)
            return HoldsAny;
        // Once its lease is over, others count on the safe share and no more.
        _plan.Order(Bounded(cap), now, isBounded: target.Standing != LeaseStanding.Live);
        return false;
    }

    /// <summary>Sets orders for a cap that the lease does not name: the last one before the agent ends.</summary>
    public void Hold(Power cap, TimeSpan now) => _plan.Order(Bounded(cap), now, isBounded: true);

    /// <summary>After a visit: whatever was rewritten by somebody else is ordered again, when it is time to. True when there are such orders.</summary>
    public bool Look(TimeSpan now)
    {
        var mustWrite = false;
        foreach (var slot in _slots)
        {
            if (slot.Asked is not { } asked || slot.IsLate)
                continue;
            var wasUncontrolled = slot.Drift.IsUncontrolled;
            var verdict = slot.Drift.Look(slot.Holds(), now);
            if (verdict == DriftVerdict.Reassert)
            {
                slot.Order ??= asked;
                mustWrite = true;
            }
            if (slot.Drift.IsUncontrolled && !wasUncontrolled)
                Log.LimiterFought(log, slot.Info.Name, slot.Drift.Losses, Writers());
            else if (wasUncontrolled && !slot.Drift.IsUncontrolled)
                Log.LimiterHeldAgain(log, slot.Info.Name);
        }
        return mustWrite;
    }

    /// <summary>What the node is held to now. The same object while it is the same: it is asked for ten times a second.</summary>
    public CapStatus Status(TimeSpan now)
    {
        var target = Lease.At(now);
        var effective = target.Cap is null ? null : _plan.Effective();
        var (result, detail) = target.Cap is { } cap ? Judge(Bounded(cap), effective) : (CapResult.Ok, "");
        if (detail != _trouble && result is CapResult.Ineffective or CapResult.Denied)
            Log.CapNotHeld(log, detail);
        _trouble = detail;
        var (limiter, memory) = (OnlyLimiter(), Lease.Memory);
        if (_status is { } last && last.Epoch == memory.Epoch && last.Sequence == Lease.Sequence && last.Effective == effective && last.Result == result
            && last.Detail == detail && last.Limiter == limiter && last.Standing == target.Standing && last.SafeShare == memory.SafeShare)
            return last;
        return _status = new CapStatus(memory.Epoch, Lease.Sequence, effective, result, detail, limiter, target.Standing, memory.SafeShare);
    }

    public CapSpan Span() => _plan.Span(bounds.Floor, bounds.Ceiling, _plan.CanHold ? Used() : Obstacles());

    private Power Bounded(Power cap)
    {
        var most = bounds.Ceiling is { } ceiling ? Power.Min(cap, ceiling) : cap;
        return bounds.Floor is { } floor ? Power.Max(most, floor) : most;
    }

    private (CapResult Result, string Detail) Judge(Power cap, Power? effective)
    {
        if (effective is not { } held)
            return (AnyDenied() ? CapResult.Denied : CapResult.Ineffective, Obstacles());
        var slack = Power.Max(cap * Near, Power.FromWatts(0.3));
        if (held > cap + slack)
            return (CapResult.Adjusted, $"held to {held}, not to {cap}: {(Obstacles() is { Length: > 0 } why ? why : "the limiters go no lower")}");
        return (held < cap - slack ? CapResult.Adjusted : CapResult.Ok, Obstacles());
    }

    private bool AnyDenied()
    {
        foreach (var slot in _slots)
        {
            if (slot is { IsAllowed: true, Reading.State: LimiterState.Denied })
                return true;
        }
        return false;
    }

    private int? OnlyLimiter()
    {
        int? only = null;
        for (var i = 0; i < _slots.Length; i++)
        {
            if (!_plan.IsEntrusted(_slots[i]))
                continue;
            if (only is not null)
                return null;
            only = i;
        }
        return only;
    }

    private string Used()
    {
        var (count, isSame) = (0, true);
        foreach (var slot in _slots)
        {
            if (!_plan.IsEntrusted(slot))
                continue;
            isSame &= count < _used.Count && _used[count] == slot.Info.Name;
            count++;
        }
        if (isSame && count == _used.Count)
            return _usedWords;
        _used.Clear();
        foreach (var slot in _slots)
        {
            if (_plan.IsEntrusted(slot))
                _used.Add(slot.Info.Name);
        }
        return _usedWords = string.Join(", ", _used);
    }

    /// <summary>Why allowed limiters are not in use, one clause each; empty when all are.</summary>
    private string Obstacles()
    {
        List<string>? causes = null;
        var allowed = 0;
        foreach (var slot in _slots)
        {
            allowed += slot.IsAllowed ? 1 : 0;
            if (slot.IsAllowed && Obstacle(slot) is { } cause)
                (causes ??= []).Add($"{slot.Info.Name}: {cause}");
        }
        if (_slots.Length == 0)
            return "this machine has no limiter";
        return allowed == 0 ? "no limiter of this machine is allowed by enforce.actuators" : causes is null ? "" : string.Join("; ", causes);
    }

    private string? Obstacle(LimiterSlot slot)
    {
        if (slot.IsLate)
            return "its driver does not answer";
        if (slot.Obstacle is { } obstacle)
            return obstacle;
        if (slot.Effect.Verdict == EffectVerdict.Ineffective)
            return $"without effect: {Text(slot.Draw)} drawn at a limit of {Text(slot.EffectivePower())}";
        if (slot.Drift.IsUncontrolled)
            return $"something else keeps rewriting it{Writers()}";
        if (slot.Reading is { } reading && reading.State != LimiterState.Ready)
            return reading.Detail;
        return slot.Holds() ? null : $"rewritten by something else{Writers()}";
    }

    private string Writers() => others() is { Length: > 0 } names ? $" ({names} run here)" : "";

    private static string Text(Power? power) =>
        power is { } watts ? string.Create(CultureInfo.InvariantCulture, $"{watts.Watts:0.0} W") : "nothing";
}
