using FsCheck;
using FsCheck.Fluent;
using Homelab.Units;

namespace Homelab.NodeAgent.Capping;

public sealed class CapLeaseTests
{
    private static readonly TimeSpan Ttl = TimeSpan.FromSeconds(5);

    [Fact]
    public void At_NeverGranted_HoldsNothing()
    {
        var target = new CapLease(LeaseMemory.Empty).At(S(100));
        Assert.Equal(new LeaseTarget(null, LeaseStanding.None, null), target);
    }

    [Fact]
    public void At_BootWithMemory_IsTheSafeShareAtOnce()
    {
        var target = new CapLease(new LeaseMemory(7, 3, W(12))).At(TimeSpan.Zero);
        Assert.Equal(new LeaseTarget(W(12), LeaseStanding.Safe, null), target);
    }

    [Fact]
    public void Offer_OfAnOlderEpoch_IsRefused()
    {
        var lease = new CapLease(new LeaseMemory(7, 3, W(10)));
        Assert.Equal(OfferAnswer.OldEpoch, lease.Offer(Cap(6, 9, 20, S(0)), S(1)));
        Assert.Equal(LeaseStanding.Safe, lease.At(S(1)).Standing);
    }

    [Fact]
    public void Offer_OfTheSameSequence_IsRefused()
    {
        var lease = new CapLease(LeaseMemory.Empty);
        Assert.Equal(OfferAnswer.Taken, lease.Offer(Cap(7, 3, 20, S(0)), S(1)));
        Assert.Equal(OfferAnswer.OldSequence, lease.Offer(Cap(7, 3, 40, S(1)), S(1)));
        Assert.Equal(W(20), lease.At(S(1)).Cap);
    }

    [Fact]
    public void Offer_OfANewEpochWithALowSequence_IsTaken()
    {
        var lease = new CapLease(new LeaseMemory(7, 300, W(10)));
        Assert.Equal(OfferAnswer.Taken, lease.Offer(Cap(8, 1, 20, S(0)), S(1)));
        Assert.Equal((8UL, 1UL), (lease.Memory.Epoch, lease.Sequence));
    }

    [Fact]
    public void At_WhileLive_IsTheCapUntilTtlAfterTheBasis()
    {
        var lease = Granted(cap: 20, safe: 12, basis: S(10));
        Assert.Equal(new LeaseTarget(W(20), LeaseStanding.Live, S(15)), lease.At(S(11)));
        Assert.Equal(LeaseStanding.Expired, lease.At(S(15)).Standing);
    }

    [Theory]
    [InlineData(20, 12, 12)]
    [InlineData(9, 12, 9)]
    public void At_Expiry_IsTheLowerOfCapAndSafeShare(double cap, double safe, double expected)
    {
        var target = Granted(cap, safe, basis: S(10)).At(S(15));
        Assert.Equal(new LeaseTarget(W(expected), LeaseStanding.Expired, S(90)), target);
    }

    [Fact]
    public void At_SafeShareAfterExpiry_IsTheSafeShareEvenWhereHigher()
    {
        var lease = Granted(cap: 9, safe: 12, basis: S(10));
        Assert.Equal(W(9), lease.At(S(90) - TimeSpan.FromTicks(1)).Cap);
        Assert.Equal(new LeaseTarget(W(12), LeaseStanding.Safe, null), lease.At(S(90)));
    }

    [Theory]
    [InlineData(8, 12, 8)]
    [InlineData(20, 12, 12)]
    public void At_StartOnAMachineThatIsHeld_KeepsTheLowerOfBothAndMovesLater(double held, double safe, double expected)
    {
        var lease = new CapLease(new LeaseMemory(7, 3, W(safe)), W(held), S(100));
        Assert.Equal(new LeaseTarget(W(expected), LeaseStanding.Expired, S(175)), lease.At(S(100)));
        Assert.Equal(new LeaseTarget(W(safe), LeaseStanding.Safe, null), lease.At(S(175)));
    }

    [Fact]
    public void At_ExpiryWithoutASafeShare_StaysAtTheCap()
    {
        var lease = new CapLease(LeaseMemory.Empty);
        lease.Offer(new LeaseOffer(1, 1, W(20), null, S(0), Ttl, false, ""), S(1));
        Assert.Equal(new LeaseTarget(W(20), LeaseStanding.Expired, null), lease.At(S(100_000)));
    }

    [Fact]
    public void Offer_HeldUpBeyondItsLife_LowersButNeverRaises()
    {
        var lease = Granted(cap: 20, safe: 12, basis: S(10));
        Assert.Equal(OfferAnswer.OnlyLowered, lease.Offer(Cap(1, 2, 40, S(2)), S(12)));
        Assert.Equal(W(20), lease.At(S(12)).Cap);
        Assert.Equal(OfferAnswer.OnlyLowered, lease.Offer(Cap(1, 3, 8, S(2)), S(12)));
        Assert.Equal(new LeaseTarget(W(8), LeaseStanding.Live, S(15)), lease.At(S(12)));
    }

    [Fact]
    public void Offer_HeldUpAtAnUncappedNode_CapsIt()
    {
        var lease = new CapLease(LeaseMemory.Empty);
        Assert.Equal(OfferAnswer.OnlyLowered, lease.Offer(Cap(1, 1, 8, S(2)), S(12)));
        Assert.Equal((W(8), LeaseStanding.Expired), (lease.At(S(12)).Cap, lease.At(S(12)).Standing));
    }

    [Fact]
    public void Offer_HeldUpWithAHigherSafeShare_KeepsTheLowerOne()
    {
        var lease = Granted(cap: 20, safe: 12, basis: S(10));
        lease.Offer(new LeaseOffer(1, 2, W(20), W(30), S(2), Ttl, false, ""), S(12));
        Assert.Equal(W(12), lease.Memory.SafeShare);
    }

    [Fact]
    public void Offer_HeldUpWithTheFirstSafeShare_KeepsTheCapWhereThatIsLower()
    {
        var lease = new CapLease(LeaseMemory.Empty);
        lease.Offer(new LeaseOffer(1, 1, W(6), null, S(0), Ttl, false, ""), S(1));
        lease.Offer(new LeaseOffer(1, 2, W(20), W(16), S(3), Ttl, false, ""), S(24));
        Assert.Equal(W(6), lease.At(S(1000)).Cap);
    }

    [Fact]
    public void Offer_Release_RestoresAndForgetsTheSafeShare()
    {
        var lease = Granted(cap: 20, safe: 12, basis: S(10));
        Assert.Equal(OfferAnswer.Taken, lease.Offer(Release(1, 2, S(10)), S(11)));
        Assert.Equal(new LeaseTarget(null, LeaseStanding.None, null), lease.At(S(11)));
        Assert.Null(lease.Memory.SafeShare);
        Assert.Equal(LeaseStanding.None, new CapLease(lease.Memory).At(TimeSpan.Zero).Standing);
    }

    [Fact]
    public void Offer_ReleaseHeldUpBeyondItsLife_ReleasesNothing()
    {
        var lease = Granted(cap: 20, safe: 12, basis: S(10));
        Assert.Equal(OfferAnswer.OnlyLowered, lease.Offer(Release(1, 2, S(2)), S(11)));
        Assert.Equal(W(20), lease.At(S(11)).Cap);
    }

    [Fact]
    public void Offer_SafeShareAlone_LeavesTheLeaseAsItIs()
    {
        var lease = Granted(cap: 20, safe: 12, basis: S(10));
        Assert.Equal(OfferAnswer.Taken, lease.Offer(new LeaseOffer(1, 2, null, W(14), TimeSpan.Zero, TimeSpan.Zero, false, ""), S(11)));
        Assert.Equal(new LeaseTarget(W(20), LeaseStanding.Live, S(15)), lease.At(S(11)));
        Assert.Equal(W(14), lease.At(S(15)).Cap);
    }

    [Fact]
    public void Memory_OnRenewal_IsTheSameInstance()
    {
        var lease = Granted(cap: 20, safe: 12, basis: S(10));
        var memory = lease.Memory;
        lease.Offer(new LeaseOffer(1, 2, W(22), W(12), S(11), Ttl, false, ""), S(11));
        Assert.Same(memory, lease.Memory);
        Assert.Equal(2UL, lease.Sequence);
    }

    public static TheoryData<string, double?, double?, double, double> Unsound => new()
    {
        { "a basis in the future", 20, 12, 12, 5 },
        { "a basis before time", 20, 12, -1, 5 },
        { "no life", 20, 12, 10, 0 },
        { "a life of an hour", 20, 12, 10, 3600 },
        { "a cap of zero", 0, 12, 10, 5 },
        { "a negative cap", -5, 12, 10, 5 },
        { "a cap beyond all machines", 1e6, 12, 10, 5 },
        { "a safe share of zero", 20, 0, 10, 5 },
        { "nothing in it", null, null, 10, 5 },
    };

    [Theory]
    [MemberData(nameof(Unsound))]
    public void Offer_Unsound_ChangesNothing(string what, double? cap, double? safe, double basis, double life)
    {
        var lease = Granted(cap: 20, safe: 12, basis: S(10));
        var before = lease.At(S(11));
        var offer = new LeaseOffer(2, 9, cap is { } c ? W(c) : null, safe is { } s ? W(s) : null, S(basis), S(life), false, what);
        Assert.Equal(OfferAnswer.Invalid, lease.Offer(offer, S(11)));
        Assert.Equal((before, 1UL, 1UL), (lease.At(S(11)), lease.Memory.Epoch, lease.Sequence));
    }

    [Fact]
    public void Copy_OfferedAGrant_LeavesItsTwinAlone()
    {
        var lease = Granted(cap: 20, safe: 12, basis: S(10));
        Assert.Equal(OfferAnswer.Taken, lease.Copy().Offer(Cap(1, 2, 5, S(10)), S(11)));
        Assert.Equal((W(20), 1UL), (lease.At(S(11)).Cap, lease.Sequence));
    }

    /// <summary>Whatever arrives, in whatever order: what was not taken never raises the node, at any time to come.</summary>
    [Fact]
    public void Offer_NotTaken_RaisesTheNodeAtNoTime() => Check.One(Config.QuickThrowOnFailure.WithMaxTest(1000), Prop.ForAll(Histories(), history =>
    {
        var lease = new CapLease(LeaseMemory.Empty);
        foreach (var (offer, now) in history)
        {
            var twin = lease.Copy();
            if (lease.Offer(offer, now) == OfferAnswer.Taken)
                continue;
            for (var ahead = 0; ahead < 60; ahead++)
                Assert.True(Watts(lease.At(now + S(ahead))) <= Watts(twin.At(now + S(ahead))), $"{offer} at {now}, {ahead} s later");
        }
    }));

    /// <summary>The node is never above the largest of: the caps whose lives last, and its safe share.</summary>
    [Fact]
    public void At_AnyHistory_IsNeverAboveWhatIsLentOrSafe() => Check.One(Config.QuickThrowOnFailure.WithMaxTest(1000), Prop.ForAll(Histories(), history =>
    {
        var lease = new CapLease(LeaseMemory.Empty);
        foreach (var (offer, now) in history)
        {
            lease.Offer(offer, now);
            var lent = history.Where(h => h.Now <= now && h.Offer.Cap is not null && h.Offer.Basis + h.Offer.TimeToLive > now)
                .Select(h => h.Offer.Cap!.Value).DefaultIfEmpty(Power.Zero).Max();
            var target = lease.At(now);
            if (target.Standing == LeaseStanding.Live)
                Assert.True(target.Cap <= lent, $"{target} of {lent}");
            else if (lease.Memory.SafeShare is { } safe)
                Assert.True(target.Cap <= safe);
        }
    }));

    /// <summary>Once capped, only a release that is in time brings originals back.</summary>
    [Fact]
    public void At_OnceCapped_IsUncappedOnlyByARelease() => Check.One(Config.QuickThrowOnFailure.WithMaxTest(1000), Prop.ForAll(Histories(), history =>
    {
        var lease = new CapLease(LeaseMemory.Empty);
        var wasCapped = false;
        foreach (var (offer, now) in history)
        {
            var isRelease = lease.Offer(offer, now) == OfferAnswer.Taken && offer.IsRelease;
            var isCapped = lease.At(now).Cap is not null;
            Assert.True(isCapped || isRelease || !wasCapped, $"uncapped by {offer}");
            wasCapped = isCapped;
        }
    }));

    /// <summary>Epoch and sequence only grow, in lexical order.</summary>
    [Fact]
    public void Offer_AnyHistory_TakesOnlyWhatIsNewer() => Check.One(Config.QuickThrowOnFailure.WithMaxTest(1000), Prop.ForAll(Histories(), history =>
    {
        var lease = new CapLease(LeaseMemory.Empty);
        foreach (var (offer, now) in history)
        {
            var before = (lease.Memory.Epoch, lease.Sequence);
            var answer = lease.Offer(offer, now);
            var after = (lease.Memory.Epoch, lease.Sequence);
            Assert.Equal(answer is OfferAnswer.Taken or OfferAnswer.OnlyLowered, after.CompareTo(before) > 0);
            if (after != before)
                Assert.Equal((offer.Epoch, offer.Sequence), after);
        }
    }));

    /// <summary>Grants made in order, arriving up to 40 s late and in any order, some by a rival of a higher epoch, some of them releases.</summary>
    private static Arbitrary<Arrival[]> Histories() => Arb.From(
        from count in Gen.Choose(1, 25)
        from arrivals in Gen.ArrayOf(Arrivals(), count)
        select arrivals.OrderBy(a => a.Now).ToArray());

    private static Gen<Arrival> Arrivals() =>
        from made in Gen.Choose(0, 120)
        from late in Gen.Frequency((3, Gen.Constant(0)), (1, Gen.Choose(0, 40)))
        from epoch in Gen.Choose(1, 2)
        from cap in Gen.Choose(3, 40)
        from safe in Gen.Choose(0, 20)
        from kind in Gen.Choose(0, 9)
        let offer = new LeaseOffer(
            (ulong)epoch, (ulong)made + 1, kind == 0 ? null : W(cap), safe == 0 || kind == 0 ? null : W(safe), S(made), Ttl, kind == 0, "")
        select new Arrival(offer, S(made + late));

    private sealed record Arrival(LeaseOffer Offer, TimeSpan Now)
    {
        public void Deconstruct(out LeaseOffer offer, out TimeSpan now) => (offer, now) = (Offer, Now);
    }

    private static CapLease Granted(double cap, double safe, TimeSpan basis)
    {
        var lease = new CapLease(LeaseMemory.Empty);
        Assert.Equal(OfferAnswer.Taken, lease.Offer(new LeaseOffer(1, 1, W(cap), W(safe), basis, Ttl, false, ""), basis));
        return lease;
    }

    private static LeaseOffer Cap(ulong epoch, ulong sequence, double watts, TimeSpan basis) => new(epoch, sequence, W(watts), null, basis, Ttl, false, "");

    private static LeaseOffer Release(ulong epoch, ulong sequence, TimeSpan basis) => new(epoch, sequence, null, null, basis, Ttl, true, "");

    private static double Watts(LeaseTarget target) => target.Cap?.Watts ?? double.PositiveInfinity;

    private static Power W(double watts) => Power.FromWatts(watts);

    private static TimeSpan S(double seconds) => TimeSpan.FromSeconds(seconds);
}
