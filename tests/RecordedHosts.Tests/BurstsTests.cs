namespace Homelab.RecordedHosts.Tests;

public sealed class BurstsTests
{
    private static readonly TimeSpan[] Times = [.. Enumerable.Range(0, 24_000).Select(i => TimeSpan.FromMilliseconds(100 * i))];

    private static double[] Story(int seed, string name) => [.. Times.Select(new Bursts(seed, name).At)];

    [Fact]
    public void At_SameSeedAndName_SameStory() => Assert.Equal(Story(7, "um890"), Story(7, "um890"));

    [Fact]
    public void At_OtherSeed_OtherStory() => Assert.NotEqual(Story(7, "um890"), Story(8, "um890"));

    [Fact]
    public void At_AskedTwice_SameAnswer()
    {
        var bursts = new Bursts(3, "rk1");
        var first = bursts.At(TimeSpan.FromSeconds(20));
        _ = bursts.At(TimeSpan.FromSeconds(900));
        Assert.Equal(first, bursts.At(TimeSpan.FromSeconds(20)));
    }

    [Fact]
    public void At_FortyMinutes_IsIdleOrBusyAndNothingBetween()
    {
        var story = Story(1, "um890");
        Assert.All(story, level => Assert.InRange(level, 0, 1));
        Assert.InRange(story.Count(level => level > 0.45) / (double)story.Length, 0.3, 0.8);
        Assert.InRange(story.Count(level => level < 0.13) / (double)story.Length, 0.2, 0.7);
        Assert.Equal(story.Length, story.Count(level => level is > 0.45 or < 0.13));
    }

    [Fact]
    public void At_TwoMachines_OftenRiseAtTheSameMoment()
    {
        var together = Enumerable.Range(0, 20).Sum(seed => Rises(Story(seed, "rk1-1")).Intersect(Rises(Story(seed, "rk1-2"))).Count());
        // Twenty stories of forty minutes: some sixteen calls each, answered by both where both were idle.
        Assert.InRange(together, 20, 200);
    }

    private static IEnumerable<int> Rises(double[] story) => Enumerable.Range(1, story.Length - 1).Where(i => story[i] > 0.45 && story[i - 1] < 0.13);
}
