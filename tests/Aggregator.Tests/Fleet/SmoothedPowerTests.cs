using FsCheck;
using FsCheck.Fluent;
using Homelab.Aggregator.Fleet;
using Homelab.Units;

namespace Homelab.Aggregator.Tests.Fleet;

public sealed class SmoothedPowerTests
{
    private static readonly Power Low = Power.FromWatts(10);
    private static readonly Power High = Power.FromWatts(20);

    [Fact]
    public void Next_NoMeanYet_IsTheCurrentFigure() => Assert.Equal(High, SmoothedPower.Next(null, High, TimeSpan.FromSeconds(1)));

    [Fact]
    public void Next_NoCurrentFigure_IsAbsent() => Assert.Null(SmoothedPower.Next(High, null, TimeSpan.FromSeconds(1)));

    [Fact]
    public void Next_AfterOneTimeConstant_HasMovedSixtyThreePercent() =>
        Assert.Equal(16.32, SmoothedPower.Next(Low, High, TimeSpan.FromSeconds(5))!.Value.Watts, 2);

    [Fact]
    public void Next_AnySequence_StaysBetweenMeanAndCurrent() =>
        Check.QuickThrowOnFailure(Prop.ForAll(ArbMap.Default.ArbFor<(ushort Mean, ushort Current, short Milliseconds)>(), step =>
        {
            var (mean, current) = (Power.FromMilliwatts(step.Mean), Power.FromMilliwatts(step.Current));
            var next = SmoothedPower.Next(mean, current, TimeSpan.FromMilliseconds(step.Milliseconds))!.Value;
            return next >= Power.Min(mean, current) && next <= Power.Max(mean, current);
        }));
}
