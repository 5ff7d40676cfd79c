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

    [Fact]
    public void With_OwnFigures_TakeThePlaceOfTheTables()
    {
        var model = Some.Model.With(Power.FromWatts(3), Power.FromWatts(20));

        Assert.Equal((Power.FromWatts(3), Power.FromWatts(20), 0.25), (model.Idle, model.Max, model.Uncertainty));
        Assert.Equal(Some.Model, Some.Model.With(null, null));
    }

    [Theory]
    [InlineData(15.0, null, 15, 15)] // idle above the table's peak
    [InlineData(null, 1.0, 1, 1)] // peak below the table's idle
    public void With_OneFigureBeyondTheOther_NeverPeaksBelowIdle(double? idle, double? peak, double least, double most)
    {
        var model = Some.Model.With(idle is { } low ? Power.FromWatts(low) : null, peak is { } high ? Power.FromWatts(high) : null);

        Assert.Equal((Power.FromWatts(least), Power.FromWatts(most)), (model.Idle, model.Max));
    }
}
