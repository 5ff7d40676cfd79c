using System.Globalization;
using System.Runtime.InteropServices;
using System.Text.Json.Nodes;

namespace Homelab.EndToEnd.Tests;

/// <summary>The published native agent and the published aggregator, watched by the peers that people use.</summary>
public sealed class FirstLightTests
{
    [Fact]
    public async Task Prometheus_ScrapingTheAggregator_AnswersWithTheNodesWatts()
    {
        await using var fleet = new Fleet();
        fleet.StartAggregator();
        await fleet.StartHostsAsync("um890");
        fleet.StartAgent("um890");
        await fleet.NodeAsync("um890", node => node["power"]!["watts"] is not null);

        var port = Published.FreePort();
        var config = Path.Combine(fleet.Folder, "prometheus.yml");
        await File.WriteAllTextAsync(config, $$"""
            global: { scrape_interval: 1s, scrape_timeout: 1s }
            scrape_configs:
              - job_name: homelab
                honor_labels: true
                static_configs: [ { targets: ["127.0.0.1:{{fleet.HttpPort}}"] } ]
            """);
        fleet.Track(RunningProgram.Start(Published.Prometheus,
        [
            $"--config.file={config}", $"--storage.tsdb.path={Path.Combine(fleet.Folder, "tsdb")}",
            $"--web.listen-address=127.0.0.1:{port}", "--log.level=warn",
        ]));

        using var http = new HttpClient();
        async Task<JsonArray> QueryAsync(string query) => JsonNode.Parse(await http.GetStringAsync(
            $"http://127.0.0.1:{port}/api/v1/query?query={Uri.EscapeDataString(query)}"))!["data"]!["result"]!.AsArray();

        var watts = await Eventually.GetAsync("PromQL", () => QueryAsync("homelab_node_power_watts{node=\"um890\"}"), result => result.Count == 1);
        Assert.InRange(Number(watts), 1, 120);
        // The counter and the gauge tell the same story: power is the rate of energy.
        var rate = await Eventually.GetAsync("rate", () => QueryAsync("rate(homelab_node_energy_joules_total{node=\"um890\"}[10s])"),
            result => result.Count == 1 && Number(result) > 1);
        Assert.InRange(Number(rate), 1, 120);
        var up = await QueryAsync("up{job=\"homelab\"}");
        Assert.Equal(1, Number(up));
    }

    [Theory]
    [InlineData("text/plain;version=0.0.4", "text/plain")]
    [InlineData("application/openmetrics-text;version=1.0.0", "application/openmetrics-text")]
    public async Task Metrics_InEachFormat_CarryTheNode(string accept, string contentType)
    {
        await using var fleet = new Fleet();
        fleet.StartAggregator();
        await fleet.StartHostsAsync("um890");
        fleet.StartAgent("um890");
        await fleet.NodeAsync("um890", node => node["power"]!["watts"] is not null);
        using var http = new HttpClient();
        using var request = new HttpRequestMessage(HttpMethod.Get, fleet.Url + "/metrics");
        request.Headers.TryAddWithoutValidation("Accept", accept);
        using var response = await http.SendAsync(request);
        var text = await response.Content.ReadAsStringAsync();

        Assert.Equal(contentType, response.Content.Headers.ContentType!.MediaType);
        Assert.Contains("homelab_node_power_watts{node=\"um890\"", text);
        Assert.Equal(contentType.Contains("openmetrics"), text.EndsWith("# EOF\n", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Promtool_OnTheLiveScrape_HasNoComplaint()
    {
        await using var fleet = new Fleet();
        fleet.StartAggregator();
        await fleet.StartHostsAsync("um890,rk1=rk1,pi4b");
        foreach (var node in new[] { "um890", "rk1", "pi4b" })
        {
            fleet.StartAgent(node);
            await fleet.NodeAsync(node, found => found["power"]!["watts"] is not null);
        }
        var scrape = Path.Combine(fleet.Folder, "metrics.txt");
        await File.WriteAllTextAsync(scrape, await fleet.TextAsync("/metrics"));

        var (exitCode, _, said) = await RunningProgram.RunAsync("/bin/sh", ["-c", $"{Published.Promtool} check metrics < {scrape}"]);

        Assert.True(exitCode == 0 && said.Trim().Length == 0, said);
    }

    [Fact]
    public async Task Page_InARealBrowser_ShowsTheLiveFigures()
    {
        await using var fleet = new Fleet();
        fleet.StartAggregator();
        await fleet.StartHostsAsync("um890,rk1-1=rk1,rk1-2=rk1,rk1-3=rk1,pi4b");
        string[] nodes = ["um890", "rk1-1", "rk1-2", "rk1-3", "pi4b"];
        foreach (var node in nodes)
            fleet.StartAgent(node);
        foreach (var node in nodes)
            await fleet.NodeAsync(node, found => found["power"]!["watts"] is not null);

        var (exitCode, output, said) = await RunningProgram.RunAsync("/usr/bin/env",
        [
            "node", "tests/EndToEnd.Tests/page/check-page.mjs", fleet.Url, "--nodes", string.Join(',', nodes),
            "--screenshot", Path.Combine(Published.Results, "page.png"),
        ]);

        Assert.True(exitCode == 0, said + "\n" + fleet.Everything);
        var seen = JsonNode.Parse(output)!;
        var api = await fleet.JsonAsync("/api/v1/fleet");
        Assert.InRange(Leading(seen["fleet"]!["watts"]), 5, 250);
        Assert.Equal(100, Leading(seen["fleet"]!["budget"]));
        foreach (var node in nodes)
        {
            Assert.InRange(Leading(seen["nodes"]![node]!["watts"]), 0.5, 120);
            Assert.Contains((string)Fleet.Find(api, node)!["power"]!["provenance"]!, (string)seen["nodes"]![node]!["quality"]!, StringComparison.OrdinalIgnoreCase);
        }
        Assert.True((bool)seen["changed"]!, "the page did not change while it was watched");
    }

    // The DOM says "41.2 W"; the figure is what leads.
    private static double Leading(JsonNode? text) => double.Parse(
        System.Text.RegularExpressions.Regex.Match((string)text!, @"[\d.]+").Value, CultureInfo.InvariantCulture);

    [Fact]
    public async Task StatusCommand_OnALiveFleet_PrintsWattsAgainstBudget()
    {
        await using var fleet = new Fleet();
        fleet.StartAggregator();
        await fleet.StartHostsAsync("um890");
        fleet.StartAgent("um890");
        await fleet.NodeAsync("um890", node => node["power"]!["watts"] is not null);

        var status = await RunningProgram.RunAsync(Published.Aggregator, ["status", "--aggregator", fleet.Url]);
        var json = await RunningProgram.RunAsync(Published.Aggregator, ["nodes", "--aggregator", fleet.Url, "--output", "json"]);
        var missing = await RunningProgram.RunAsync(Published.Aggregator, ["node", "nobody", "--aggregator", fleet.Url]);
        var away = await RunningProgram.RunAsync(Published.Aggregator, ["status", "--aggregator", $"http://127.0.0.1:{Published.FreePort()}"]);

        Assert.Equal(0, status.ExitCode);
        Assert.Matches(@"[\d.]+ W of 100 W", status.StandardOutput);
        Assert.Contains("um890", status.StandardOutput);
        Assert.Equal(0, json.ExitCode);
        Assert.Contains("um890", JsonNode.Parse(json.StandardOutput)!.ToJsonString());
        Assert.Equal(5, missing.ExitCode);
        Assert.Equal(3, away.ExitCode);
    }

    [Fact]
    public async Task Stop_BySigterm_IsCleanOnBothSides()
    {
        await using var fleet = new Fleet();
        var aggregator = fleet.StartAggregator();
        await fleet.StartHostsAsync("pi4b");
        var agent = fleet.StartAgent("pi4b");
        await fleet.NodeAsync("pi4b", node => (bool)node["up"]!);

        aggregator.Signal(PosixSignal.SIGTERM);
        Assert.Equal(0, await aggregator.ExitCodeAsync());
        Assert.False(agent.HasExited, agent.Output);
        agent.Signal(PosixSignal.SIGTERM);
        Assert.Equal(0, await agent.ExitCodeAsync());
    }

    private static double Number(JsonArray result) =>
        double.Parse((string)result[0]!["value"]![1]!, CultureInfo.InvariantCulture);
}
