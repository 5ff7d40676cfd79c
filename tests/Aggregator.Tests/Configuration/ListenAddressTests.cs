using Homelab.Aggregator.Configuration;

namespace Homelab.Aggregator.Tests.Configuration;

public sealed class ListenAddressTests
{
    [Theory]
    [InlineData("127.0.0.1:8765", "127.0.0.1:8765", true)]
    [InlineData("localhost:1", "127.0.0.1:1", true)]
    [InlineData("[::1]:8765", "[::1]:8765", true)]
    [InlineData(":8765", "[::]:8765", false)]
    [InlineData("*:0", "[::]:0", false)]
    [InlineData("0.0.0.0:80", "0.0.0.0:80", false)]
    public void TryParse_Address_IsUnderstood(string text, string shown, bool isLoopback)
    {
        var address = ListenAddress.TryParse(text);

        Assert.Equal(shown, address!.ToString());
        Assert.Equal(isLoopback, address.IsLoopback);
    }

    [Theory]
    [InlineData("")]
    [InlineData("8765")]
    [InlineData("127.0.0.1")]
    [InlineData("127.0.0.1:")]
    [InlineData("127.0.0.1:65536")]
    [InlineData("127.0.0.1:-1")]
    [InlineData("::1:8765")]
    [InlineData("[127.0.0.1]:80")]
    [InlineData("hub.lan:8765")]
    [InlineData("http://127.0.0.1:8765")]
    public void TryParse_AnythingElse_IsNull(string text) => Assert.Null(ListenAddress.TryParse(text));
}
