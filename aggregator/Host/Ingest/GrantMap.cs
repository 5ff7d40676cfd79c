using System.Collections.Immutable;
using Homelab.Aggregator.Budgeting;
using Homelab.Aggregator.Control;
using Homelab.Aggregator.Fleet;
using Homelab.NodeAgent.V1;
using Homelab.Units;

namespace Homelab.Aggregator.Ingest;

/// <summary>Translates what the control loop and agents say to each other, and checks it as <see cref="WireMap"/> does the rest.</summary>
internal static class GrantMap
{
    /// <summary>Operating points of a node; the most that any driver lists is some dozens.</summary>
    public const int MostSteps = 256;

    /// <summary>No machine that this is made for draws more: a megawatt.</summary>
    private const ulong MostMicrowatts = 1_000_000_000_000;
    private const uint MostSettleMs = 60_000;
    private const int MostReason = 256;

    public static CapAbility Ability(CapRange range)
    {
        var (floor, ceiling) = (Watts(range.FloorMicrowatts, "cap_range.floor_microwatts"), Watts(range.CeilingMicrowatts, "cap_range.ceiling_microwatts"));
        if (ceiling > Power.Zero && floor > ceiling)
            throw WireMap.Refused("cap_range.floor_microwatts is above cap_range.ceiling_microwatts");
        if (range.UncertaintyMicros > 1_000_000)
            throw WireMap.Refused("cap_range.uncertainty_micros must be 0 to 1000000");
        return new CapAbility(
            range.Enforcing, floor, ceiling, Watts(range.IdleMicrowatts, "cap_range.idle_microwatts"), Steps(range),
            TimeSpan.FromMilliseconds(Math.Min(range.SettleMs, MostSettleMs)), range.UncertaintyMicros / 1e6);
    }

    public static NodeAnswered Answered(Applied applied, NodeIdentity identity, StreamNumber stream, Moment at)
    {
        var outcome = WireMap.Known((ApplyOutcome)applied.Result);
        // One that is neither epoch nor sequence of a grant answers none.
        if (applied.Epoch == 0 && applied.Sequence > 0)
            throw WireMap.Refused("applied.sequence without applied.epoch");
        var domain = new NodeApplied(
            identity.Name, applied.Epoch, applied.Sequence,
            applied.HasEffectiveCapMicrowatts ? Watts(applied.EffectiveCapMicrowatts, "applied.effective_cap_microwatts") : null,
            outcome == ApplyOutcome.Rejected, WireMap.Known((LeaseStanding)applied.Lease),
            applied.HasSafeShareMicrowatts ? Watts(applied.SafeShareMicrowatts, "applied.safe_share_microwatts") : null,
            WireMap.Short(applied.Detail));
        var actuator = applied.HasLimiter && applied.Limiter < identity.Limiters.Length ? identity.Limiters[(int)applied.Limiter] : "";
        return new NodeAnswered(stream, domain, outcome, actuator, at);
    }

    public static AggregatorMessage Message(Budgeting.Grant grant)
    {
        var wire = new NodeAgent.V1.Grant
        {
            Epoch = grant.Epoch,
            Sequence = grant.Sequence,
            SafeShareMicrowatts = (ulong)Math.Max(0, grant.SafeShare.Microwatts),
            TimeToLiveMs = (uint)Math.Clamp(grant.TimeToLive.TotalMilliseconds, 1, uint.MaxValue),
            Reason = grant.Reason.Length <= MostReason ? grant.Reason : grant.Reason[..MostReason],
            BasisMonotonicUs = (ulong)Math.Max(0, grant.Basis.Ticks / TimeSpan.TicksPerMicrosecond),
            Release = grant.IsRelease,
        };
        if (!grant.IsRelease && grant.Cap is { } cap)
            wire.CapMicrowatts = (ulong)Math.Max(0, cap.Microwatts);
        return new AggregatorMessage { Grant = wire };
    }

    private static ImmutableArray<Power> Steps(CapRange range)
    {
        if (range.StepMicrowatts.Count > MostSteps)
            throw WireMap.Refused($"cap_range.step_microwatts holds {range.StepMicrowatts.Count} steps; at most {MostSteps} are taken");
        var steps = ImmutableArray.CreateBuilder<Power>(range.StepMicrowatts.Count);
        foreach (var step in range.StepMicrowatts)
        {
            var watts = Watts(step, "cap_range.step_microwatts");
            if (steps.Count > 0 && watts <= steps[^1])
                throw WireMap.Refused("cap_range.step_microwatts must ascend");
            steps.Add(watts);
        }
        return steps.ToImmutable();
    }

    private static Power Watts(ulong microwatts, string field) =>
        microwatts <= MostMicrowatts ? new Power((long)microwatts) : throw WireMap.Refused($"{field} must be at most {MostMicrowatts}");
}
