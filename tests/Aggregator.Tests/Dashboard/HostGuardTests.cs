using Homelab.Aggregator.Dashboard;

namespace Homelab.Aggregator.Tests.Dashboard;

public sealed class HostGuardTests
{
    private readonly HostGuard _guard = new(["hub.example"], "Turing");

    [Theory]
    [InlineData("localhost")]
    [InlineData("fleet.localhost")]
    [InlineData("127.0.0.1")]
    [InlineData("192.168.1.10")]
    [InlineData("[::1]")]
    [InlineData("turing")]
    [InlineData("TURING.local")]
    [InlineData("hub.example")]
    [InlineData("hub.example.")]
    public void IsOurs_OwnNamesAndAddresses_Pass(string host) => Assert.True(_guard.IsOurs(host));

    [Theory]
    [InlineData("")]
    [InlineData("evil.example")]
    [InlineData("localhost.evil.example")]
    [InlineData("127.0.0.1.evil.example")]
    [InlineData("hub.example.evil.example")]
    public void IsOurs_ForeignNames_DoNot(string host) => Assert.False(_guard.IsOurs(host));
}
