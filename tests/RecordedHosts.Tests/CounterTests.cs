using FsCheck;
using FsCheck.Fluent;
using Homelab.Units;

namespace Homelab.RecordedHosts.Tests;

public sealed class CounterTests
{
    private static readonly Energy AmdRange = new(65532610987);

    [Fact]
    public void After_BeforeTheRange_Adds() =>
        Assert.Equal(new Energy(150), new Counter(new Energy(100), AmdRange).After(new Energy(50)));

    [Fact]
    public void After_PastTheRange_WrapsToZero()
    {
        var counter = new Counter(AmdRange, AmdRange);
        Assert.Equal(AmdRange, counter.After(Energy.Zero));
        Assert.Equal(Energy.Zero, counter.After(new Energy(1)));
        Assert.Equal(new Energy(41), counter.After(new Energy(42)));
    }

    [Fact]
    public void After_AnyUse_WrapSubtractionGivesItBack() => Check.QuickThrowOnFailure(Prop.ForAll(
        Gen.Choose(0, int.MaxValue).ToArbitrary(), Gen.Choose(0, int.MaxValue).ToArbitrary(), (start, used) =>
        {
            var range = new Energy(1_000_000_007);
            var counter = new Counter(new Energy(start % range.Microjoules), range);
            long from = counter.After(Energy.Zero).Microjoules, to = counter.After(new Energy(used)).Microjoules;
            var modulus = range.Microjoules + 1;
            return to >= 0 && to <= range.Microjoules && ((to - from) % modulus + modulus) % modulus == used % modulus;
        }));
}
