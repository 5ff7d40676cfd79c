using Homelab.Units;

namespace Homelab.NodeAgent.Capping;

public sealed class FrequencyTrimTests
{
    private static readonly double[] Speeds = [0.2, 0.4, 0.6, 0.8, 1];
    private static readonly Power[] Uppers = [W(3), W(4), W(5), W(7), W(9)];

    [Fact]
    public void Next_WithoutAMeter_FollowsTheTable()
    {
        var trim = new FrequencyTrim();
        Assert.Equal(2, trim.Next(Table, W(6), null, S(0)));
        Assert.Equal(4, trim.Next(Table, W(50), null, S(0.1)));
        Assert.Equal(0, trim.Next(Table, W(1), null, S(0.2)));
    }

    [Fact]
    public void Next_DrawAboveTheCap_GoesDownWithinHalfASecond()
    {
        var trim = new FrequencyTrim();
        Assert.Equal(2, trim.Next(Table, W(5), null, S(0)));
        Assert.Equal(1, trim.Next(Table, W(5), Draw(5.5, 1, 0), S(0.5)));
    }

    [Fact]
    public void Next_DrawFarAboveTheCap_GoesDownAsFarAsItTakesAtOnce()
    {
        var trim = new FrequencyTrim();
        trim.Next(Table, W(9), null, S(0));
        Assert.Equal(1, trim.Next(Table, W(9), Draw(18, 1, 0), S(0.5)));
    }

    [Fact]
    public void Next_FullLoadWithRoom_GoesUpOneSettledPointAtATimeAndAtMostTwo()
    {
        var trim = new FrequencyTrim();
        Assert.Equal(1, trim.Next(Table, W(4.5), null, S(0)));
        Assert.Equal(1, trim.Next(Table, W(4.5), Draw(2, 1, 0), S(0.5)));
        Assert.Equal(2, trim.Next(Table, W(4.5), Draw(2, 1, 0.5), S(1)));
        Assert.Equal(2, trim.Next(Table, W(4.5), Draw(2.5, 1, 1), S(1.5)));
        Assert.Equal(3, trim.Next(Table, W(4.5), Draw(2.5, 1, 1.5), S(2)));
        Assert.Equal(3, trim.Next(Table, W(4.5), Draw(3, 1, 2.5), S(3)));
    }

    [Fact]
    public void Next_IdleNode_IsNotLetUpAboveTheTable()
    {
        var trim = new FrequencyTrim();
        Assert.Equal(1, trim.Next(Table, W(4.5), null, S(0)));
        Assert.Equal(1, trim.Next(Table, W(4.5), Draw(2, 0.3, 0), S(0.5)));
    }

    [Fact]
    public void Next_DrawOfBeforeTheMove_SaysNothing()
    {
        var trim = new FrequencyTrim();
        trim.Next(Table, W(9), null, S(0));
        Assert.Equal(2, trim.Next(Table, W(5), Draw(9, 1, 9.5), S(10)));
        Assert.Equal(2, trim.Next(Table, W(5), Draw(8, 1, 9.6), S(10.6)));
        Assert.Equal(1, trim.Next(Table, W(5), Draw(5.3, 1, 10), S(10.6)));
    }

    [Fact]
    public void Next_LowerCap_LosesWhatWasTrimmedUp()
    {
        var trim = new FrequencyTrim();
        trim.Next(Table, W(4.5), null, S(0));
        Assert.Equal(2, trim.Next(Table, W(4.5), Draw(2, 1, 0.5), S(1)));
        Assert.Equal(1, trim.Next(Table, W(4.4), Draw(2, 1, 0.5), S(1.1)));
    }

    [Fact]
    public void Next_CapCutWhileTheNodeIdles_IsObeyedAtOnce()
    {
        // What an idle node draws fits under any cap: it says nothing for staying at the old point.
        var trim = new FrequencyTrim();
        Assert.Equal(4, trim.Next(Table, W(9), null, S(0)));
        Assert.Equal(1, trim.Next(Table, W(4.5), Draw(2.5, 0.1, 0.5), S(1)));
        Assert.Equal(1, trim.Next(Table, W(4.5), Draw(2.5, 0.1, 1), S(1.5)));
    }

    [Fact]
    public void Next_HalfLoadThatWouldNotFitAtFullLoad_StaysDown()
    {
        // The machine draws a third more than its table says: down to point 2 at full load; at half load it looks as if point 3 fitted.
        var trim = new FrequencyTrim();
        Assert.Equal(3, trim.Next(Table, W(7), null, S(0)));
        Assert.Equal(2, trim.Next(Table, W(7), Draw(9.1, 1, 0), S(0.5)));
        Assert.Equal(2, trim.Next(Table, W(7), Draw(4.4, 0.5, 1), S(1.5)));
        Assert.Equal(3, trim.Next(Table, W(7), Draw(3.4, 0.5, 2), S(2.5)));
    }

    [Fact]
    public void Next_TableTooLow_SettlesAtTheHighestPointThatFits()
    {
        // The machine draws 1.3 times what its table says; a cap of 7 W fits point 2 (6.5 W), not point 3 (9.1 W).
        var trim = new FrequencyTrim();
        var point = trim.Next(Table, W(7), null, S(0));
        Assert.Equal(3, point);
        for (var i = 1; i <= 20; i++)
            point = trim.Next(Table, W(7), Draw(Uppers[point].Watts * 1.3, 1, (i - 1) * 0.5), S(i * 0.5));
        Assert.Equal(2, point);
    }

    [Fact]
    public void Next_CutFarBelowATrimmedPoint_IsTheLowest()
    {
        // Trimmed to the lowest point, two below the table's choice; then the choice itself comes down by two.
        var trim = new FrequencyTrim();
        trim.Next(Table, W(5), null, S(0));
        Assert.Equal(0, trim.Next(Table, W(5), Draw(12, 1, 0), S(0.5)));
        Assert.Equal(0, trim.Next(Table, W(3), Draw(2.5, 1, 1), S(1.5)));
    }

    [Fact]
    public void Next_AnyCapsAndDraws_StaysInTheTableAndAboveItsChoiceByTwoAtMost()
    {
        for (var seed = 1; seed <= 300; seed++)
        {
            var chance = new Random(seed);
            var (trim, table, now) = (new FrequencyTrim(), Table, 0.0);
            for (var i = 0; i < 200; i++)
            {
                var cap = W(chance.Next(4) == 0 ? chance.NextDouble() * 14 : 5);
                now += chance.NextDouble();
                var point = trim.Next(table, cap, chance.Next(5) == 0 ? null : Draw(chance.NextDouble() * 15, chance.NextDouble(), now - chance.NextDouble()), S(now));
                Assert.True(point >= 0 && point < table.Count && point <= table.Largest(cap) + 2, $"seed {seed}, step {i}: point {point} at {cap}");
            }
        }
    }

    private static FrequencyTable Table => new(Speeds, W(2), Uppers);

    private static MeasuredDraw Draw(double watts, double use, double from) => new(W(watts), use, S(from));

    private static Power W(double watts) => Power.FromWatts(watts);

    private static TimeSpan S(double seconds) => TimeSpan.FromSeconds(seconds);
}
