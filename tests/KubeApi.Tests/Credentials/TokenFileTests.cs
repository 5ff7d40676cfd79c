using Homelab.TestKit;

namespace Homelab.Aggregator.KubeApi.Tests.Credentials;

public sealed class TokenFileTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();
    private readonly ManualClock _clock = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task Get_FileRenewed_IsSeenWithinAMinute()
    {
        var source = new TokenFile(_folder.Write("token", "one\n"), null, _clock);
        Assert.Equal("one", await TokenAsync(source));
        _folder.Write("token", "two\n");
        _clock.Advance(TokenFile.RereadAfter - TimeSpan.FromSeconds(1));
        Assert.Equal("one", await TokenAsync(source));
        _clock.Advance(TimeSpan.FromSeconds(1));
        Assert.Equal("two", await TokenAsync(source));
    }

    [Fact]
    public async Task Refused_FileRenewed_IsReadAtOnce()
    {
        var source = new TokenFile(_folder.Write("token", "one"), null, _clock);
        Assert.Equal("one", await TokenAsync(source));
        Assert.False(source.Refused());
        _folder.Write("token", "two");
        Assert.True(source.Refused());
        Assert.Equal("two", await TokenAsync(source));
    }

    [Fact]
    public async Task Get_FileGoneForAWhile_TheLastTokenServesOn()
    {
        var path = _folder.Write("token", "one");
        var source = new TokenFile(path, null, _clock);
        Assert.Equal("one", await TokenAsync(source));
        File.Delete(path);
        _clock.Advance(TimeSpan.FromMinutes(5));
        Assert.Equal("one", await TokenAsync(source));
        _folder.Write("token", "two");
        Assert.Equal("two", await TokenAsync(source));
    }

    [Theory]
    [InlineData("")]
    [InlineData("two\nlines")]
    [InlineData("ümlaut")]
    public async Task Get_FileWithoutToken_NamesTheFileAndNotItsText(string text)
    {
        var path = _folder.Write("token", text);
        var answer = await new TokenFile(path, null, _clock).GetAsync(Cluster.None);
        Assert.Equal(KubeOutcome.Unauthenticated, answer.Status.Outcome);
        Assert.Contains(path, answer.Status.Message);
        Assert.DoesNotContain("lines", answer.Status.Message);
    }

    [Fact]
    public async Task Send_TokenRotatedUnderTheClient_GoesOnWithoutAFailure()
    {
        await using var cluster = await Cluster.StartAsync();
        cluster.Server.Nodes.Put("a");
        cluster.Server.Access.Allow("one", "*", "*");
        var path = _folder.Write("token", "one");
        var client = cluster.Client(access: cluster.Access() with { Credentials = new TokenFile(path, null, cluster.Clock) });
        Assert.True((await client.GetAsync(KubePath.Node("a"), Cluster.None)).IsOk);
        cluster.Server.Access.Allow("two", "*", "*");
        cluster.Server.Access.Revoke("one");
        _folder.Write("token", "two");
        Assert.True((await client.GetAsync(KubePath.Node("a"), Cluster.None)).IsOk);
        Assert.Equal(["one", "one", "two"], cluster.Server.Requests.All.Select(request => request.Token));
    }

    private static async Task<string?> TokenAsync(TokenFile source) => (await source.GetAsync(Cluster.None)).Value?.Authorization?.Parameter;
}
