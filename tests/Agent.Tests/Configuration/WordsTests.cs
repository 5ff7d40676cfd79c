using Homelab.NodeAgent.Configuration;
using Homelab.Units;

namespace Homelab.NodeAgent.Tests.Configuration;

public class WordsTests
{
    [Theory]
    [InlineData("500ms", 0.5)]
    [InlineData("1s", 1)]
    [InlineData("1.5s", 1.5)]
    [InlineData("1m", 60)]
    public void Duration_WithAUnit_IsRead(string text, double seconds)
    {
        Assert.Equal(TimeSpan.FromSeconds(seconds), Words.Duration(text, TimeSpan.Zero, TimeSpan.FromMinutes(1)));
    }

    [Theory]
    [InlineData("1")]
    [InlineData("s")]
    [InlineData("-1s")]
    [InlineData("1 year")]
    [InlineData("61s")]
    [InlineData("1e9s")]
    [InlineData("")]
    public void Duration_OutOfRangeOrUnitless_IsNone(string text)
    {
        Assert.Null(Words.Duration(text, TimeSpan.Zero, TimeSpan.FromMinutes(1)));
    }

    [Theory]
    [InlineData("6", 6)]
    [InlineData("6.5W", 6.5)]
    [InlineData("6.5 W", 6.5)]
    [InlineData("1.2kW", 1200)]
    public void Watts_WithOrWithoutUnit_AreRead(string text, double watts)
    {
        Assert.Equal(Power.FromWatts(watts), Words.Watts(text));
    }

    [Theory]
    [InlineData("0")]
    [InlineData("-1")]
    [InlineData("6k")]
    [InlineData("NaN")]
    [InlineData("W")]
    [InlineData("200kW")]
    public void Watts_NotAPower_AreNone(string text)
    {
        Assert.Null(Words.Watts(text));
    }

    [Theory]
    [InlineData("http://hub:8766", true)]
    [InlineData("https://[fe80::1]:8766", true)]
    [InlineData("hub:8766", false)]
    [InlineData("ftp://hub", false)]
    [InlineData("http://user:secret@hub", false)]
    [InlineData("http://hub/path", false)]
    [InlineData("http://hub?x=1", false)]
    public void Address_OnlyHostAndPort_IsTaken(string text, bool isTaken)
    {
        Assert.Equal(isTaken, Words.Address(text) is not null);
    }
}
