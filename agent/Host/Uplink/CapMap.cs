using Homelab.NodeAgent.Capping;
using Homelab.NodeAgent.Enforcement;
using Homelab.Units;

namespace Homelab.NodeAgent.Uplink;

/// <summary>Grants, ranges and answers between the domain and the wire: the part of <see cref="WireMap"/> that is about caps.</summary>
internal static class CapMap
{
    /// <summary>Values that do not fit become ones that the lease refuses as unsound.</summary>
    public static LeaseOffer FromGrant(V1.Grant grant) => new(
        grant.Epoch,
        grant.Sequence,
        grant.HasCapMicrowatts ? FromMicrowatts(grant.CapMicrowatts) : null,
        grant.HasSafeShareMicrowatts ? FromMicrowatts(grant.SafeShareMicrowatts) : null,
        FromMicroseconds(grant.BasisMonotonicUs),
        TimeSpan.FromMilliseconds(grant.TimeToLiveMs),
        grant.Release,
        WireMap.OneLine(grant.Reason));

    public static V1.CapRange ToRange(CapSpan span)
    {
        var wire = new V1.CapRange
        {
            Enforcing = span.IsEnforcing,
            FloorMicrowatts = Microwatts(span.Floor),
            CeilingMicrowatts = Microwatts(span.Ceiling),
            IdleMicrowatts = Microwatts(span.Idle),
            SettleMs = (uint)Math.Clamp(Math.Ceiling(span.Settle.TotalMilliseconds), 0, uint.MaxValue),
            UncertaintyMicros = (uint)Math.Round(Math.Clamp(span.Uncertainty, 0, 1) * 1e6),
            Detail = span.Detail,
        };
        foreach (var step in span.Steps)
            wire.StepMicrowatts.Add(Microwatts(step));
        return wire;
    }

    public static V1.Applied ToApplied(CapStatus status)
    {
        var wire = new V1.Applied
        {
            Epoch = status.Epoch,
            Sequence = status.Sequence,
            // The numbers of these enums are the wire values.
            Result = (V1.ApplyResult)status.Result,
            Lease = (V1.LeaseState)status.Standing,
            Detail = status.Detail,
        };
        if (status.Effective is { } effective)
            wire.EffectiveCapMicrowatts = Microwatts(effective);
        if (status.Limiter is { } limiter)
            wire.Limiter = (uint)limiter;
        if (status.SafeShare is { } share)
            wire.SafeShareMicrowatts = Microwatts(share);
        return wire;
    }

    public static V1.LimiterDescription ToLimiter(LimiterWord limiter) => new()
    {
        Name = limiter.Name,
        Kind = limiter.TakesWatts ? "watts" : "frequency",
        MinMicrowatts = Microwatts(limiter.Least),
        MaxMicrowatts = Microwatts(limiter.Most),
        Allowed = limiter.IsAllowed,
    };

    private static ulong Microwatts(Power power) => (ulong)Math.Max(0, power.Microwatts);

    private static Power FromMicrowatts(ulong microwatts) => new((long)Math.Min(microwatts, long.MaxValue));

    /// <summary>A moment beyond all clocks stays one: it lies in the future, and the lease refuses it.</summary>
    private static TimeSpan FromMicroseconds(ulong microseconds) =>
        microseconds > (ulong)(TimeSpan.MaxValue.Ticks / TimeSpan.TicksPerMicrosecond / 2)
            ? TimeSpan.MaxValue / 2
            : TimeSpan.FromTicks((long)microseconds * TimeSpan.TicksPerMicrosecond);
}
