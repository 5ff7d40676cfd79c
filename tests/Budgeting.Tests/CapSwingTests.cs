using static Homelab.Aggregator.Budgeting.Tests.LoopFleet;

namespace Homelab.Aggregator.Budgeting.Tests;

public sealed class CapSwingTests
{
    [Theory]
    [InlineData(2, true)]
    [InlineData(10, false)]
    public void Turn_UpAndDownAgainAndAgain_IsSwingingWhenItIsFast(double seconds, bool swings)
    {
        var swing = new CapSwing();
        var now = TimeSpan.Zero;
        for (var turn = 0; turn < 14; turn++)
        {
            now += TimeSpan.FromSeconds(seconds);
            swing.Turn(W(20 + turn % 2), W(21 - turn % 2), now);
        }
        Assert.Equal(swings, swing.IsSwinging(now));
        Assert.False(swing.IsSwinging(now + TimeSpan.FromMinutes(6)));
    }

    [Theory]
    [InlineData(29, false)]
    [InlineData(31, true)]
    public void Turn_UpAndDownForMinutes_IsLastingAfterHalfAnHour(double minutes, bool lasts)
    {
        var swing = new CapSwing();
        var now = TimeSpan.Zero;
        for (var turn = 0; now < TimeSpan.FromMinutes(minutes); turn++)
        {
            now += TimeSpan.FromSeconds(2);
            swing.Turn(W(20 + turn % 2), W(21 - turn % 2), now);
        }
        Assert.Equal(lasts, swing.IsLasting(now));
        Assert.False(swing.IsLasting(now + TimeSpan.FromMinutes(6)));
    }

    [Fact]
    public void Turn_OnlyUp_NeverSwings()
    {
        var swing = new CapSwing();
        for (var turn = 0; turn < 100; turn++)
            swing.Turn(W(turn), W(turn + 1), TimeSpan.FromSeconds(0.1 * turn));
        Assert.False(swing.IsSwinging(TimeSpan.FromSeconds(10)));
    }
}
