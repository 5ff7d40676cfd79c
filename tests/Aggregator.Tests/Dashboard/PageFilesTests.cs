using System.Net;
using Homelab.Aggregator.Dashboard;
using Homelab.Aggregator.Tests.Fakes;

namespace Homelab.Aggregator.Tests.Dashboard;

public sealed class PageFilesTests
{
    [Fact]
    public void Paths_EmbeddedPage_HoldsTheIndex() => Assert.Contains("/index.html", new PageFiles(typeof(PageFiles).Assembly).Paths);

    [Fact]
    public async Task Serve_Root_IsTheIndexWithItsGuards()
    {
        await using var aggregator = await RunningAggregator.StartAsync();
        using var response = await aggregator.Client.GetAsync(new Uri("/", UriKind.Relative)).InTime();

        Assert.Equal("text/html; charset=utf-8", response.Content.Headers.ContentType?.ToString());
        var policy = response.Headers.GetValues("Content-Security-Policy").Single();
        Assert.Contains("default-src 'none'", policy, StringComparison.Ordinal);
        Assert.DoesNotContain("unsafe", policy, StringComparison.Ordinal);
        Assert.Equal("nosniff", response.Headers.GetValues("X-Content-Type-Options").Single());
        Assert.False(response.Headers.Contains("Access-Control-Allow-Origin"));
    }

    [Fact]
    public async Task Serve_KnownETag_IsNotModified()
    {
        await using var aggregator = await RunningAggregator.StartAsync();
        using var first = await aggregator.Client.GetAsync(new Uri("/index.html", UriKind.Relative)).InTime();
        using var request = new HttpRequestMessage(HttpMethod.Get, "/") { Headers = { { "If-None-Match", first.Headers.ETag!.ToString() } } };

        using var second = await aggregator.Client.SendAsync(request).InTime();

        Assert.Equal(HttpStatusCode.NotModified, second.StatusCode);
    }

    [Theory]
    [InlineData("/nothing/here.js")]
    [InlineData("/../Program.cs")]
    [InlineData("/%2e%2e/%2e%2e/etc/passwd")]
    [InlineData("/api/v1/unknown")]
    public async Task Serve_AnyOtherPath_IsAProblemDocument(string path)
    {
        await using var aggregator = await RunningAggregator.StartAsync();

        using var response = await aggregator.Client.GetAsync(new Uri(path, UriKind.Relative)).InTime();

        Assert.Equal(HttpStatusCode.NotFound, response.StatusCode);
        Assert.Equal("application/problem+json", response.Content.Headers.ContentType?.MediaType);
    }

    [Fact]
    public async Task Serve_ForeignHostName_IsMisdirected()
    {
        await using var aggregator = await RunningAggregator.StartAsync();
        using var request = new HttpRequestMessage(HttpMethod.Get, "/api/v1/fleet") { Headers = { Host = "rebound.evil.example" } };

        using var response = await aggregator.Client.SendAsync(request).InTime();

        Assert.Equal(HttpStatusCode.MisdirectedRequest, response.StatusCode);
    }

    [Fact]
    public async Task Serve_PageOnTheAgentsPort_IsNotThere()
    {
        await using var aggregator = await RunningAggregator.StartAsync();
        using var request = new HttpRequestMessage(HttpMethod.Get, new Uri(aggregator.Grpc, "/metrics")) { Version = HttpVersion.Version20, VersionPolicy = HttpVersionPolicy.RequestVersionExact };

        using var response = await aggregator.Client.SendAsync(request).InTime();

        Assert.Equal(HttpStatusCode.NotFound, response.StatusCode);
    }
}
