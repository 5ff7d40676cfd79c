using FsCheck;
using FsCheck.Fluent;
using Homelab.Units;

namespace Homelab.NodeAgent.Tests.Fusion;

public class LineFitTests
{
    private static readonly TimeSpan Second = TimeSpan.FromSeconds(1);
    private static readonly LinePrior Prior = new(5, 0, 50, 10, 0, 40, 1);

    [Fact]
    public void Observe_ALineOverItsWholeRange_IsLearned()
    {
        var fit = new LineFit(Prior);
        for (var i = 0; i < 1200; i++)
            fit.Observe(i % 11 / 10.0, 3 + (14 * (i % 11 / 10.0)), Second);

        var line = fit.Line(PowerScope.Wall);

        Assert.Equal(3, line.Base, 0.3);
        Assert.Equal(14, line.Slope, 0.8);
        Assert.InRange(line.Uncertainty(0.5, 0.5), WholeLine.LeastUncertainty, 0.06);
    }

    [Fact]
    public void Observe_OnlyIdle_LearnsTheBaseAndKeepsTheSlope()
    {
        var fit = new LineFit(Prior);
        for (var i = 0; i < 3600; i++)
            fit.Observe(0.02, 7, Second);

        var line = fit.Line(PowerScope.Wall);

        Assert.Equal(7, line.At(0.02).Watts, 0.05);
        Assert.Equal(10, line.Slope, 0.5);
        // Full load was never seen: the figure there is no better than the table's.
        Assert.True(line.Uncertainty(1, 0.5) > 0.5);
    }

    [Fact]
    public void IsLearned_FirstMinute_IsNotEnough()
    {
        var fit = new LineFit(Prior);
        for (var i = 0; i < 59; i++)
            fit.Observe(0.5, 10, Second);
        Assert.False(fit.IsLearned);

        fit.Observe(0.5, 10, Second);
        fit.Observe(0.5, 10, Second);

        Assert.True(fit.IsLearned);
    }

    [Theory]
    [InlineData(double.NaN, 5)]
    [InlineData(0.5, double.PositiveInfinity)]
    [InlineData(-1, 5)]
    [InlineData(0.5, 0)]
    [InlineData(0.5, -3)]
    public void Observe_WhatIsNoMeasurement_ChangesNothing(double x, double watts)
    {
        var fit = new LineFit(Prior);

        fit.Observe(x, watts, Second);

        Assert.Equal(default, fit.Sums);
    }

    [Fact]
    public void Line_AfterAnyMeasurements_StaysInItsBounds()
    {
        Check.QuickThrowOnFailure(Prop.ForAll<(byte X, ushort Y)[]>(seen =>
        {
            var fit = new LineFit(Prior);
            foreach (var (x, y) in seen)
                fit.Observe(x / 255.0, y, Second);
            var line = fit.Line(PowerScope.Wall);
            var uncertainty = line.Uncertainty(0.5, 0.5);
            return line.Base is >= 0 and <= 50 && line.Slope is >= 0 and <= 40 && line.Deviation >= 0 && uncertainty is >= WholeLine.LeastUncertainty and <= 1;
        }));
    }

    [Fact]
    public void LineFit_SumsThatNoMeasurementLeft_AreNotTakenOver()
    {
        var fit = new LineFit(Prior, new LineSums(100, 1e6, 5, 1, 1, 1));

        Assert.Equal(default, fit.Sums);
    }
}
