namespace Homelab.RecordedHosts.Tests;

public sealed class ToldDemandTests : IDisposable
{
    private readonly string _file = Path.Combine(Path.GetTempPath(), Path.GetRandomFileName());

    public void Dispose() => File.Delete(_file);

    [Fact]
    public void At_FileThatChanges_FollowsIt()
    {
        var demand = new ToldDemand(_file);
        Assert.Equal(0.05, demand.At(TimeSpan.Zero));
        foreach (var (text, share) in (IEnumerable<(string, double)>)[("0.75\n", 0.75), ("", 0.75), ("much", 0.75), ("NaN", 0.75), ("7", 1), ("-1", 0)])
        {
            File.WriteAllText(_file, text);
            Assert.Equal(share, demand.At(TimeSpan.FromHours(1)));
        }
    }

    [Fact]
    public void Demand_StoryTold_ReadsBesideTheCopy()
    {
        var options = ReplayOptions.Parse(["--fixtures", "f", "--out", Path.GetTempPath(), "--hosts", "a", "--story", "told"], out _);
        Assert.IsType<ToldDemand>(options?.Demand("a"));
    }
}
