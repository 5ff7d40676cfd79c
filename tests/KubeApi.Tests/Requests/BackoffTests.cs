namespace Homelab.Aggregator.KubeApi.Tests.Requests;

public sealed class BackoffTests
{
    [Fact]
    public void Next_AgainAndAgain_DoublesUpToTheBound()
    {
        var backoff = new Backoff(TimeSpan.FromSeconds(1), TimeSpan.FromSeconds(5), static () => 1);
        Assert.Equal([1, 2, 4, 5, 5], Enumerable.Range(0, 5).Select(_ => backoff.Next().TotalSeconds));
        for (var i = 0; i < 10_000; i++)
            Assert.Equal(5, backoff.Next().TotalSeconds);
        backoff.Reset();
        Assert.Equal(1, backoff.Next().TotalSeconds);
    }

    [Fact]
    public void Next_LowestDraw_IsHalf() =>
        Assert.Equal(TimeSpan.FromSeconds(0.5), new Backoff(TimeSpan.FromSeconds(1), TimeSpan.FromSeconds(5), static () => 0).Next());
}
