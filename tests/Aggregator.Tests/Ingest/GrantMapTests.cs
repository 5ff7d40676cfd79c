using Homelab.Aggregator.Fleet;
using Homelab.Aggregator.Ingest;
using Homelab.Aggregator.Tests.Fakes;
using Homelab.NodeAgent.V1;
using Homelab.Rpc;
using Homelab.Units;
using Domain = Homelab.Aggregator.Budgeting;

namespace Homelab.Aggregator.Tests.Ingest;

public sealed class GrantMapTests
{
    [Fact]
    public void Ability_GoodRange_IsUnderstood()
    {
        var range = CappedAgent.Range();
        range.StepMicrowatts.AddRange([14_000_000ul, 30_000_000, 65_000_000]);

        var ability = GrantMap.Ability(range);

        Assert.Equal((true, 14, 65, 8, 1, 0.01), (ability.IsEnforcing, ability.Floor.Watts, ability.Ceiling.Watts, ability.Idle.Watts, ability.Settle.TotalSeconds, ability.Uncertainty));
        Assert.Equal([14.0, 30, 65], ability.Steps.Select(step => step.Watts));
        Assert.True(ability.IsSameAs(GrantMap.Ability(range)));
        range.StepMicrowatts[1]++;
        Assert.False(ability.IsSameAs(GrantMap.Ability(range)));
    }

    [Fact]
    public void Ability_HostileRange_NamesTheField()
    {
        Refuses("floor_microwatts", range => range.FloorMicrowatts = ulong.MaxValue);
        Refuses("ceiling_microwatts", range => range.CeilingMicrowatts = 1_000_000_000_001);
        Refuses("idle_microwatts", range => range.IdleMicrowatts = ulong.MaxValue);
        Refuses("above cap_range.ceiling", range => range.FloorMicrowatts = 66_000_000);
        Refuses("uncertainty_micros", range => range.UncertaintyMicros = 1_000_001);
        Refuses("must ascend", range => range.StepMicrowatts.AddRange([20_000_000ul, 10_000_000]));
        Refuses("must ascend", range => range.StepMicrowatts.AddRange([20_000_000ul, 20_000_000]));
        Refuses("at most 256", range => range.StepMicrowatts.AddRange(Enumerable.Range(1, 1_000_000).Select(step => (ulong)step)));
    }

    [Fact]
    public void Ability_EndlessSettleTime_IsCutToAMinute()
    {
        var range = CappedAgent.Range();
        range.SettleMs = uint.MaxValue;

        Assert.Equal(TimeSpan.FromMinutes(1), GrantMap.Ability(range).Settle);
    }

    [Fact]
    public void Answered_Everything_IsUnderstood()
    {
        var applied = new Applied
        {
            Epoch = 5,
            Sequence = 7,
            EffectiveCapMicrowatts = 20_125_000,
            SafeShareMicrowatts = 10_000_000,
            Result = ApplyResult.Rejected,
            Lease = LeaseState.Expired,
            Detail = "old\u001b epoch",
            Limiter = 1,
        };

        var answered = GrantMap.Answered(applied, Identity(), new StreamNumber(3), default);

        Assert.Equal(
            new Domain.NodeApplied(Sample.Node(), 5, 7, Power.FromWatts(20.125), true, Domain.LeaseStanding.Expired, Power.FromWatts(10), "old? epoch"), answered.Applied);
        Assert.Equal(("rapl:package-0", ApplyOutcome.Rejected, 3), (answered.Actuator, answered.Outcome, answered.Stream.Value));
    }

    [Fact]
    public void Answered_NothingSet_IsUncappedAndUnknown()
    {
        var answered = GrantMap.Answered(new Applied(), Identity(), default, default);

        Assert.Null(answered.Applied.Effective);
        Assert.Null(answered.Applied.SafeShare);
        Assert.Equal((ApplyOutcome.Unknown, ""), (answered.Outcome, answered.Actuator));
    }

    [Fact]
    public void Answered_HostileValues_AreRefusedOrUnknown()
    {
        RefusesAnswer("effective_cap_microwatts", new Applied { EffectiveCapMicrowatts = ulong.MaxValue });
        RefusesAnswer("safe_share_microwatts", new Applied { SafeShareMicrowatts = ulong.MaxValue });
        RefusesAnswer("applied.epoch", new Applied { Sequence = 1 });
        var odd = GrantMap.Answered(new Applied { Result = (ApplyResult)99, Lease = (LeaseState)99, Limiter = uint.MaxValue, Detail = new string('x', 10_000) }, Identity(), default, default);
        Assert.Equal((ApplyOutcome.Unknown, Domain.LeaseStanding.Unknown, "", 256), (odd.Outcome, odd.Applied.Standing, odd.Actuator, odd.Applied.Detail.Length));
    }

    [Fact]
    public void Message_Cap_CarriesItsLease()
    {
        var grant = GrantMap.Message(Granted(Power.FromWatts(20.5), isRelease: false)).Grant;

        Assert.Equal((9ul, 4ul, 20_500_000ul, 10_000_000ul, 5000u, 1_500_000ul, false, "why"),
            (grant.Epoch, grant.Sequence, grant.CapMicrowatts, grant.SafeShareMicrowatts, grant.TimeToLiveMs, grant.BasisMonotonicUs, grant.Release, grant.Reason));
    }

    [Fact]
    public void Message_Release_CarriesNoCap()
    {
        var grant = GrantMap.Message(Granted(null, isRelease: true)).Grant;

        Assert.True(grant.Release);
        Assert.False(grant.HasCapMicrowatts);
    }

    private static Domain.Grant Granted(Power? cap, bool isRelease) =>
        new(Sample.Node(), 9, 4, cap, Power.FromWatts(10), TimeSpan.FromSeconds(1.5), TimeSpan.FromSeconds(5), "why", isRelease);

    private static NodeIdentity Identity() => Sample.Identity() with { Limiters = ["cpufreq", "rapl:package-0"] };

    private static void Refuses(string complaint, Action<CapRange> spoil)
    {
        var range = CappedAgent.Range();
        spoil(range);
        Check(complaint, Assert.Throws<RpcException>(() => GrantMap.Ability(range)));
    }

    private static void RefusesAnswer(string complaint, Applied applied) =>
        Check(complaint, Assert.Throws<RpcException>(() => GrantMap.Answered(applied, Identity(), default, default)));

    private static void Check(string complaint, RpcException refusal)
    {
        Assert.Equal(RpcCode.InvalidArgument, refusal.Status.Code);
        Assert.Contains(complaint, refusal.Status.Message, StringComparison.Ordinal);
    }
}
