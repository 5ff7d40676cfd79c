using System.Globalization;

namespace Homelab.Aggregator.Labels.Tests;

public sealed class PatchGateTests
{
    private static readonly TimeSpan Second = TimeSpan.FromSeconds(1);
    private static readonly LabelMoment Moment = new(TimeSpan.FromHours(1), new DateTimeOffset(2026, 1, 1, 0, 0, 0, TimeSpan.Zero));

    [Fact]
    public void Send_ManyPatches_ClosesForAMinuteEach()
    {
        var gate = new PatchGate(LabelPolicy.Default);
        Assert.True(gate.IsOpen(TimeSpan.Zero));
        gate.Send("a", 3, TimeSpan.Zero);
        Assert.False(gate.IsOpen(179 * Second));
        Assert.True(gate.IsInFlight(179 * Second));
        Assert.True(gate.IsOpen(180 * Second));
    }

    [Fact]
    public void Send_SameAgainAndAgain_WaitsDoubleUntilItSettles()
    {
        var gate = new PatchGate(LabelPolicy.Default);
        var waits = new List<double>();
        for (var i = 0; i < 9; i++)
        {
            gate.Send("a", 1, TimeSpan.Zero);
            waits.Add(gate.OpensIn(TimeSpan.Zero).TotalMinutes);
        }
        Assert.Equal([1, 2, 4, 8, 16, 32, 60, 60, 60], waits);
        gate.Settle();
        gate.Send("a", 1, TimeSpan.Zero);
        Assert.Equal(1, gate.OpensIn(TimeSpan.Zero).TotalMinutes);
    }

    [Theory]
    [InlineData(-20, 40)]
    [InlineData(-600, 0)]
    [InlineData(+99999, 60)]
    public void Adopt_TimeOfTheLastWrite_HoldsForTheRestOfTheMinute(int ago, int left)
    {
        var gate = new PatchGate(LabelPolicy.Default);
        gate.Adopt((Moment.At + ago * Second).ToString("O", CultureInfo.InvariantCulture), Moment);
        Assert.True(gate.IsOpen(Moment.Now + left * Second));
        Assert.Equal(left == 0, gate.IsOpen(Moment.Now + Math.Max(left - 1, 0) * Second));
        Assert.False(gate.MayRefresh(Moment.Now + 299 * Second));
        Assert.True(gate.MayRefresh(Moment.Now + 300 * Second));
    }

    [Theory]
    [InlineData(null)]
    [InlineData("yesterday")]
    public void Adopt_NoTime_IsOpen(string? text)
    {
        var gate = new PatchGate(LabelPolicy.Default);
        gate.Adopt(text, Moment);
        Assert.True(gate.IsOpen(Moment.Now));
    }
}
