namespace Homelab.RecordedHosts.Tests;

public sealed class ReplayOptionsTests
{
    [Fact]
    public void Parse_FullLine_ReadsEverything()
    {
        var options = ReplayOptions.Parse(["--fixtures", "f", "--out", "o", "--hosts", "um890,rk1-1=rk1", "--seconds", "2.5", "--seed", "-3", "--speed", "4",
            "--story", "bursts", "--truth", "t.csv", "--unmanaged", "8"], out var errors);
        Assert.Empty(errors);
        Assert.NotNull(options);
        Assert.Equal([new HostChoice("um890", "um890"), new HostChoice("rk1-1", "rk1")], options.Hosts);
        Assert.Equal((TimeSpan.FromSeconds(2.5), -3, 4.0), (options.Duration, options.Seed, options.Speed));
        Assert.Equal((Story.Bursts, "t.csv", 8.0), (options.Story, options.Truth, options.Unmanaged.Watts));
    }

    [Fact]
    public void Parse_ManyMistakes_NamesThemAll()
    {
        Assert.Null(ReplayOptions.Parse(["--hosts", "a,a,../b", "--seconds", "0", "--bogus", "1", "--story", "sad", "--speed"], out var errors));
        foreach (var word in (string[])["--bogus", "--speed needs", "'a' is there twice", "../b", "--seconds", "--story must be", "--fixtures is missing", "--out is missing"])
            Assert.Contains(errors, error => error.Contains(word, StringComparison.Ordinal));
    }
}
