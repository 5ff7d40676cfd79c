using Homelab.Units;

namespace Homelab.NodeAgent.Tests.Fusion;

public class CalibrationTests
{
    private static readonly PowerModel Board = Some.Model with { Idle = Power.FromWatts(10), Max = Power.FromWatts(30) };
    private static readonly TimeSpan Second = TimeSpan.FromSeconds(1);

    [Fact]
    public void Observe_AMeterForAWhile_TeachesBothLines()
    {
        var calibration = Taught(600);

        Assert.Equal(8 + (1.1 * 12), calibration.Package!.Value.At(12).Watts, 1.0);
        Assert.Equal(20, calibration.Board!.Value.At(0.5).Watts, 1.5);
        Assert.Equal(PowerScope.Wall, calibration.Board.Value.Scope);
    }

    [Fact]
    public void Observe_AFewSeconds_TeachNothingYet()
    {
        var calibration = Taught(30);

        Assert.Null(calibration.Package);
        Assert.Null(calibration.Board);
    }

    [Fact]
    public void Observe_AMeterOfAnotherScope_StartsAfresh()
    {
        var calibration = Taught(600);

        calibration.Observe(Power.FromWatts(20), PowerScope.Board, Power.Zero, Power.FromWatts(10), 0.5, Second);

        Assert.Null(calibration.Package);
    }

    [Fact]
    public void Observe_CardsOfTheWhole_AreNotTheBoards()
    {
        var calibration = new Calibration(Some.Model);
        for (var i = 0; i < 300; i++)
            calibration.Observe(Power.FromWatts(206), PowerScope.Wall, Power.FromWatts(200), null, 0.5, Second);

        Assert.Equal(6, calibration.Board!.Value.At(0.5).Watts, 0.2);
    }

    [Fact]
    public void Recall_WhatWasStored_GivesTheSameLines()
    {
        var before = Taught(600);
        var after = new Calibration(Board);

        Assert.True(after.Recall(before.Store()));

        Assert.Equal((before.Package, before.Board), (after.Package, after.Board));
    }

    [Theory]
    [InlineData("")]
    [InlineData("scope 1|package 1 2 3 4 5|board 0 0 0 0 0 0")]
    [InlineData("scope 9|package 0 0 0 0 0 0|board 0 0 0 0 0 0")]
    [InlineData("scope 1|package NaN 0 0 0 0 0|board 0 0 0 0 0 0")]
    [InlineData("scope 1|package 100 1E6 5 1 1 1|board 0 0 0 0 0 0")]
    [InlineData("scope 1|board 0 0 0 0 0 0|package 0 0 0 0 0 0")]
    public void Recall_ForeignLines_ChangeNothing(string lines)
    {
        var calibration = Taught(600);
        var before = calibration.Package;

        Assert.False(calibration.Recall(lines.Split('|')));

        Assert.Equal(before, calibration.Package);
    }

    /// <summary>Holds each load for 10 s: the package draws 2 to 22 W, the plug 8 W and 1.1 times that.</summary>
    private static Calibration Taught(int seconds)
    {
        var calibration = new Calibration(Board);
        for (var i = 0; i < seconds; i++)
        {
            var busy = i / 10 % 11 / 10.0;
            var package = 2 + (20 * busy);
            calibration.Observe(Power.FromWatts(8 + (1.1 * package)), PowerScope.Wall, Power.Zero, Power.FromWatts(package), busy, Second);
        }
        return calibration;
    }
}
