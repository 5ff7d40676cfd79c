namespace Homelab.Units.Tests;

public sealed class NodeNameTests
{
    [Theory]
    [InlineData("um890")]
    [InlineData("rk1-1")]
    [InlineData("pi4.lan")]
    [InlineData("0")]
    public void TryParse_DnsSubdomain_IsTaken(string text)
    {
        Assert.True(NodeName.TryParse(text, out var name));
        Assert.Equal(text, name.Value);
    }

    [Theory]
    [InlineData(null)]
    [InlineData("")]
    [InlineData("-a")]
    [InlineData("a-")]
    [InlineData("UM890")]
    [InlineData("a b")]
    [InlineData("a/../b")]
    [InlineData("a\nb")]
    [InlineData("<script>")]
    [InlineData("nœud")]
    public void TryParse_AnythingElse_IsRefused(string? text) =>
        Assert.False(NodeName.TryParse(text, out _));

    [Fact]
    public void TryParse_LongerThan253_IsRefused()
    {
        Assert.True(NodeName.TryParse(new string('a', 253), out _));
        Assert.False(NodeName.TryParse(new string('a', 254), out _));
    }
}
