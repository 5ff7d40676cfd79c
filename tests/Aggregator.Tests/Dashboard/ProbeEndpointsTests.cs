using System.Net;
using Homelab.Aggregator.Tests.Fakes;

namespace Homelab.Aggregator.Tests.Dashboard;

public sealed class ProbeEndpointsTests
{
    [Theory]
    [InlineData("/livez", "ok")]
    [InlineData("/readyz", "ok")]
    [InlineData("/healthz", "ok")]
    [InlineData("/readyz?verbose", "[+]fleet ok\n[+]control ok\n[+]storage ok\n[+]control-storage ok\n[+]shutdown ok\nreadyz check passed\n")]
    public async Task Probe_HealthyServer_Passes(string path, string text)
    {
        await using var aggregator = await RunningAggregator.StartAsync();

        Assert.Equal(text, await aggregator.Client.GetStringAsync(new Uri(path, UriKind.Relative)).InTime());
    }

    [Fact]
    public async Task Probe_DiskFull_IsReadyAndSaysSo()
    {
        await using var aggregator = await RunningAggregator.StartAsync(slots: new MemorySlots { Failure = "No space left on device" });
        await aggregator.UntilAsync(fleet => fleet.StorageFailure.Length > 0, ticks: true);

        using var response = await aggregator.Client.GetAsync(new Uri("/readyz?verbose", UriKind.Relative)).InTime();

        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        Assert.Contains("[!]storage failed: No space left on device\n", await response.Content.ReadAsStringAsync(), StringComparison.Ordinal);
    }
}
