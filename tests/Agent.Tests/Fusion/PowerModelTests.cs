using FsCheck;
using FsCheck.Fluent;
using Homelab.Units;

namespace Homelab.NodeAgent.Tests.Fusion;

public class PowerModelTests
{
    [Theory]
    [InlineData(0, null, 2)]
    [InlineData(1, null, 10)]
    [InlineData(0.5, 1.0, 6)]
    [InlineData(1, 0.5, 4)]
    [InlineData(7, 3.0, 10)]
    [InlineData(double.NaN, null, 2)]
    public void Estimate_UtilizationAndClock_LieOnTheCurve(double utilization, double? clock, double watts)
    {
        Assert.Equal(Power.FromWatts(watts), Some.Model.Estimate(utilization, clock));
    }

    [Fact]
    public void Estimate_AnyInput_StaysBetweenIdleAndMax()
    {
        Check.QuickThrowOnFailure(Prop.ForAll<double, double>((utilization, clock) =>
        {
            var power = Some.Model.Estimate(utilization, double.IsNaN(clock) ? null : clock);
            return power >= Some.Model.Idle && power <= Some.Model.Max;
        }));
    }
}
