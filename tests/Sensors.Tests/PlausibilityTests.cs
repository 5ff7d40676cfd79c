using FsCheck;
using FsCheck.Fluent;
using Homelab.Units;

namespace Homelab.NodeAgent.Sensors.Tests;

public sealed class PlausibilityTests
{
    private const long Unit = 1_000_000;

    [Theory]
    [InlineData(Quantity.Temperature, 3_900_000 * Unit)]
    [InlineData(Quantity.Temperature, 65_261_850_000)]
    [InlineData(Quantity.Temperature, -273_150_000)]
    [InlineData(Quantity.Temperature, -274 * Unit)]
    [InlineData(Quantity.Temperature, -55 * Unit)]
    [InlineData(Quantity.Temperature, 127 * Unit)]
    [InlineData(Quantity.Temperature, 127_500_000)]
    [InlineData(Quantity.Power, 4_294_967_295_000)]
    [InlineData(Quantity.Power, 4_294_967_295)]
    [InlineData(Quantity.Power, 3_690_000_000_000 * Unit)]
    [InlineData(Quantity.Power, 25_000 * Unit)]
    [InlineData(Quantity.RotationSpeed, 3_000_000_000 * Unit)]
    [InlineData(Quantity.RotationSpeed, -1)]
    [InlineData(Quantity.Ratio, -1)]
    [InlineData(Quantity.Ratio, Unit + 1)]
    [InlineData(Quantity.State, 2 * Unit)]
    [InlineData(Quantity.Energy, -1)]
    [InlineData(Quantity.Energy, long.MaxValue)]
    [InlineData(Quantity.Information, long.MaxValue)]
    [InlineData(Quantity.Frequency, uint.MaxValue * Unit)]
    public void For_KnownSentinel_IsRejectedWithWords(Quantity quantity, long micros) =>
        Assert.NotEmpty(Plausibility.For(quantity, SensorShape.Gauge).Reject(micros)!);

    [Theory]
    [InlineData(Quantity.Temperature, -44 * Unit)]
    [InlineData(Quantity.Temperature, 27_800_000)]
    [InlineData(Quantity.Temperature, 118 * Unit)]
    [InlineData(Quantity.Temperature, 100_800_000)]
    [InlineData(Quantity.Current, -1_500_000)]
    [InlineData(Quantity.Power, -3_744_400)]
    [InlineData(Quantity.Power, 0)]
    [InlineData(Quantity.Voltage, -12_100_000)]
    [InlineData(Quantity.Voltage, 230 * Unit)]
    [InlineData(Quantity.RotationSpeed, 0)]
    [InlineData(Quantity.Energy, 60_293_987_000_000)]
    [InlineData(Quantity.Unknown, long.MinValue)]
    [InlineData(Quantity.Frequency, 4_294_967_000 * Unit)]
    public void For_RealExtreme_IsAccepted(Quantity quantity, long micros) =>
        Assert.Null(Plausibility.For(quantity, SensorShape.Gauge).Reject(micros));

    [Theory]
    [InlineData("amdgpu", "PPT", 0, false)]
    [InlineData("amdgpu", "slowPPT", 0, false)]
    [InlineData("amdgpu", "PPT", 10_000, true)]
    [InlineData("zenpower", "SVI2_P_SoC", 0, false)]
    [InlineData("zenpower", "SVI2_P_Core", 1_250_000, true)]
    [InlineData("ina226", "", 0, true)] // Nothing is plugged in behind the shunt.
    [InlineData("power_meter", "", 0, true)]
    [InlineData("corsairpsu", "power +3.3V", 0, true)]
    public void ForHwmon_ExactlyZeroWatts_IsALieOfTheDriversThatTellIt(string chip, string label, long micros, bool isPlausible) =>
        Assert.Equal(isPlausible, Plausibility.ForHwmon(Quantity.Power, SensorShape.Gauge, chip, label).Reject(micros) is null);

    [Theory]
    [InlineData(Quantity.Temperature, 200 * Unit, false)]
    [InlineData(Quantity.Temperature, 160 * Unit, true)]
    [InlineData(Quantity.Temperature, 65_261_850_000, false)]
    [InlineData(Quantity.Temperature, -273_150_000, false)]
    [InlineData(Quantity.Temperature, -40_150_000, true)]
    [InlineData(Quantity.Temperature, 127 * Unit, true)]
    [InlineData(Quantity.Power, 4_090 * Unit, false)]
    [InlineData(Quantity.Power, 3_408_250_000, false)]
    [InlineData(Quantity.Power, 272 * Unit, true)]
    public void For_Limit_TellsSetFromUnset(Quantity quantity, long micros, bool plausible) =>
        Assert.Equal(plausible, Plausibility.For(quantity, SensorShape.Limit).Reject(micros) is null);

    [Fact]
    public void ForClock_AnyLimits_AcceptsThoseLimitsWhenTheyAreSane() => Check.QuickThrowOnFailure(Prop.ForAll(
        Gen.Choose(40, 2_000).Zip(Gen.Choose(0, 3_000)).ToArbitrary(),
        range =>
        {
            var least = range.Item1 * Unit * Unit;
            var most = least + (range.Item2 * Unit * Unit);
            var bounds = Plausibility.ForClock(least, most);
            return bounds.Reject(least) is null && bounds.Reject(most) is null && bounds.Reject(most * 3) is not null && bounds.Reject(least / 5) is not null;
        }));

    [Theory]
    [InlineData(null, null)]
    [InlineData(0L, 0L)]
    [InlineData(long.MaxValue, long.MinValue)]
    [InlineData(5_000_000_000 * Unit, 100_000_000 * Unit)]
    public void ForClock_GarbageLimits_FallBackToAbsoluteOnes(long? least, long? most)
    {
        var bounds = Plausibility.ForClock(least, most);

        Assert.Null(bounds.Reject(1_800_000_000 * Unit));
        Assert.NotNull(bounds.Reject(8_000 * Unit));
        Assert.NotNull(bounds.Reject(90_000_000_000 * Unit));
    }

    [Theory]
    [InlineData(17, 200, false)]
    [InlineData(6, 25, true)]
    [InlineData(95, 4090, false)]
    [InlineData(null, 200, true)]
    [InlineData(0, 200, true)]
    public void ForZoneLimit_DesignPower_ShowsWhichLimitsAreNone(int? designWatts, int limitWatts, bool plausible) =>
        Assert.Equal(plausible, Plausibility.ForZoneLimit(designWatts * Unit).Reject(limitWatts * Unit) is null);
}
