using FsCheck;
using FsCheck.Fluent;
using Homelab.NodeAgent.Sampling;

namespace Homelab.NodeAgent.Tests.Sampling;

public class EnergyIntegratorTests
{
    private static readonly TimeSpan Second = TimeSpan.FromSeconds(1);

    [Theory]
    [InlineData(262_143_328_850)] // Intel, 61.035 µJ
    [InlineData(65_532_610_987)] // AMD, 15.258 µJ
    [InlineData(65_712_999_613)] // server DRAM, 15.3 µJ
    [InlineData(262_143_999_938)] // old Haswell kernels
    public void Step_OverTheWrapOfEachKnownRange_CountsOnlyTheGain(long range)
    {
        var delta = EnergyIntegrator.Step(range - 40_000_000, 25_000_000, range, Second, EnergyIntegrator.PlausibleMicrowatts);

        Assert.Equal(new CounterDelta(65_000_000, CounterEvent.Wrapped), delta);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1234)]
    [InlineData(262_143_328_850)]
    public void Step_EqualReadings_IsNoWrap(long value)
    {
        var delta = EnergyIntegrator.Step(value, value, 262_143_328_850, Second, EnergyIntegrator.PlausibleMicrowatts);

        Assert.Equal(new CounterDelta(0, CounterEvent.Still), delta);
    }

    [Fact]
    public void Step_CounterResetToZero_IsNotCountedAsWrap()
    {
        // Driver reload: 100 kJ, then 5 J. Taken for a wrap it would be 162 kJ in a second.
        var delta = EnergyIntegrator.Step(100_000_000_000, 5_000_000, 262_143_328_850, Second, EnergyIntegrator.PlausibleMicrowatts);

        Assert.Equal(new CounterDelta(0, CounterEvent.Reset), delta);
    }

    [Fact]
    public void Step_JumpForwardBeyondAnyProcessor_IsReset()
    {
        var delta = EnergyIntegrator.Step(0, 50_000_000_000, 262_143_328_850, Second, EnergyIntegrator.PlausibleMicrowatts);

        Assert.Equal(CounterEvent.Reset, delta.Event);
    }

    [Fact]
    public void Step_FallOfACounterThatNeverWraps_IsReset()
    {
        var delta = EnergyIntegrator.Step(500, 499, 0, Second, long.MaxValue);

        Assert.Equal(new CounterDelta(0, CounterEvent.Reset), delta);
    }

    [Fact]
    public void Step_EarlierReadingAboveTheRange_IsReset()
    {
        var delta = EnergyIntegrator.Step(1_000, 10, 500, Second, long.MaxValue);

        Assert.Equal(CounterEvent.Reset, delta.Event);
    }

    [Fact]
    public void Step_LongGapAtOrdinaryPower_IsCountedWhole()
    {
        // 54 W for ten minutes over an AMD range of 20 minutes, with a wrap in between.
        const long range = 65_532_610_987;
        var delta = EnergyIntegrator.Step(range - 1_000_000, 32_400_000_000 - 1_000_000, range, TimeSpan.FromMinutes(10), EnergyIntegrator.PlausibleMicrowatts);

        Assert.Equal(new CounterDelta(32_400_000_000, CounterEvent.Wrapped), delta);
    }

    [Fact]
    public void Step_NoTimePassed_IsReset()
    {
        Assert.Equal(CounterEvent.Reset, EnergyIntegrator.Step(1, 2, 0, TimeSpan.Zero, long.MaxValue).Event);
    }

    [Fact]
    public void Step_AnyReadings_NeverGainsLessThanZeroNorMoreThanPlausible()
    {
        var values = ArbMap.Default.ArbFor<(long Previous, long Now, long Wrap, ushort Milliseconds)>();
        Check.QuickThrowOnFailure(Prop.ForAll(values, v =>
        {
            var elapsed = TimeSpan.FromMilliseconds(v.Milliseconds);
            var delta = EnergyIntegrator.Step(Math.Abs(v.Previous % long.MaxValue), v.Now, v.Wrap, elapsed, EnergyIntegrator.PlausibleMicrowatts);
            return delta.Micros >= 0 && delta.Micros <= (elapsed.TotalSeconds * EnergyIntegrator.PlausibleMicrowatts) + 1;
        }));
    }

    [Fact]
    public void Step_AnyTrueGrowthBelowTheRange_IsCountedExactly()
    {
        const long range = 262_143_328_850;
        var growth = Gen.Choose(0, 1_999_999_999).SelectMany(gain => Gen.Choose(0, int.MaxValue).Select(start => (Start: start * 122L % range, Gain: (long)gain)));
        Check.QuickThrowOnFailure(Prop.ForAll(Arb.From(growth), g =>
        {
            var now = g.Start + g.Gain <= range ? g.Start + g.Gain : g.Start + g.Gain - range;
            return EnergyIntegrator.Step(g.Start, now, range, Second, EnergyIntegrator.PlausibleMicrowatts).Micros == g.Gain;
        }));
    }
}
