namespace Homelab.Aggregator.Labels.Tests;

public sealed class LabelPrefixTests
{
    [Theory]
    [InlineData("power.homelab")]
    [InlineData("power.homelab/")]
    [InlineData("x")]
    [InlineData("notkubernetes.io")]
    [InlineData("power.example-lab.org")]
    public void TryParse_Domain_IsTaken(string text)
    {
        Assert.True(LabelPrefix.TryParse(text, out var prefix, out var error), error);
        Assert.Equal(text.TrimEnd('/') + "/state", prefix.Key("state"));
    }

    [Theory]
    [InlineData("kubernetes.io", "reserved")]
    [InlineData("node.kubernetes.io", "reserved")]
    [InlineData("power.k8s.io/", "reserved")]
    [InlineData("Power.homelab", "no label prefix")]
    [InlineData("a..b", "no label prefix")]
    [InlineData("-a", "no label prefix")]
    [InlineData("a/b", "no label prefix")]
    [InlineData("", "no label prefix")]
    [InlineData(null, "no label prefix")]
    public void TryParse_BadOrReserved_SaysWhy(string? text, string why)
    {
        Assert.False(LabelPrefix.TryParse(text, out _, out var error));
        Assert.Contains(why, error, StringComparison.Ordinal);
        Assert.Contains("power.homelab", error, StringComparison.Ordinal);
    }

    [Fact]
    public void Covers_NeighbourDomain_IsNotOurs()
    {
        Assert.True(LabelPrefix.Default.Covers("power.homelab/state"));
        Assert.False(LabelPrefix.Default.Covers("power.homelab2/state"));
        Assert.False(LabelPrefix.Default.Covers("power.homelab"));
        Assert.Equal("power.homelab/anything", LabelPrefix.Default.Key("anything"));
    }
}
