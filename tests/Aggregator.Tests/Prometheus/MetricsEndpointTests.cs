using System.IO.Compression;
using Homelab.Aggregator.Configuration;
using Homelab.Aggregator.Prometheus;
using Homelab.Aggregator.Tests.Fakes;

namespace Homelab.Aggregator.Tests.Prometheus;

public sealed class MetricsEndpointTests
{
    [Fact]
    public async Task Serve_Prometheus_GetsOpenMetrics()
    {
        await using var aggregator = await RunningAggregator.StartAsync();
        using var response = await GetAsync(aggregator, ("Accept", "application/openmetrics-text;version=1.0.0,text/plain;version=0.0.4;q=0.5"));

        Assert.Equal(ExpositionNegotiation.OpenMetricsType, response.Content.Headers.ContentType?.ToString());
        Assert.EndsWith("# EOF\n", await response.Content.ReadAsStringAsync(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Serve_Browser_GetsText()
    {
        await using var aggregator = await RunningAggregator.StartAsync();
        using var response = await GetAsync(aggregator);

        Assert.Equal(ExpositionNegotiation.TextType, response.Content.Headers.ContentType?.ToString());
        Assert.Contains("homelab_aggregator_streams 0\n", await response.Content.ReadAsStringAsync(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Serve_Compatibility_IsThereOnlyWhenAskedFor(bool isAsked)
    {
        await using var aggregator = await RunningAggregator.StartAsync(new AggregatorOptions { Compatibility = new CompatibilityOptions(NodeExporter: isAsked) });
        using var channel = aggregator.Dial();
        await using var agent = await channel.JoinAsync();
        await agent.ReportAsync(1, 40, 0);
        await aggregator.UntilAsync(fleet => fleet.Nodes is [{ LastSeen: not null }], ticks: true);
        using var response = await GetAsync(aggregator);

        Assert.Equal(isAsked, (await response.Content.ReadAsStringAsync()).Contains("node_hwmon_temp_celsius{chip=\"devices_pci0\",node=\"um890\",sensor=\"temp1\"} 71\n", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Serve_GzipAccepted_IsCompressed()
    {
        await using var aggregator = await RunningAggregator.StartAsync();
        using var response = await GetAsync(aggregator, ("Accept-Encoding", "deflate, gzip;q=0.5"));
        using var plain = new StreamReader(new GZipStream(await response.Content.ReadAsStreamAsync(), CompressionMode.Decompress));

        Assert.Equal(["gzip"], response.Content.Headers.ContentEncoding);
        Assert.Contains("homelab_fleet_power_budget_watts 100\n", await plain.ReadToEndAsync(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("gzip;q=0")]
    [InlineData("identity")]
    public async Task Serve_GzipRefused_IsPlain(string accepted)
    {
        await using var aggregator = await RunningAggregator.StartAsync();
        using var response = await GetAsync(aggregator, ("Accept-Encoding", accepted));

        Assert.Empty(response.Content.Headers.ContentEncoding);
    }

    [Fact]
    public async Task Serve_FilesOfTheAggregator_AreWeighed()
    {
        await using var aggregator = await RunningAggregator.StartAsync();
        await File.WriteAllBytesAsync(Path.Combine(aggregator.Folder, "big.ledger"), new byte[5_000_000]);
        using var response = await GetAsync(aggregator);

        var line = (await response.Content.ReadAsStringAsync()).Split('\n').Single(static line => line.StartsWith("homelab_aggregator_db_size_bytes ", StringComparison.Ordinal));
        Assert.InRange(double.Parse(line.Split(' ')[1], System.Globalization.CultureInfo.InvariantCulture), 5_000_000, 5_100_000);
    }

    private static async Task<HttpResponseMessage> GetAsync(RunningAggregator aggregator, params (string Name, string Value)[] headers)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, "/metrics");
        foreach (var (name, value) in headers)
            request.Headers.TryAddWithoutValidation(name, value);
        return await aggregator.Client.SendAsync(request).InTime();
    }
}
