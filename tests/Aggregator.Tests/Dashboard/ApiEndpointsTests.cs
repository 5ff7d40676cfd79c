using System.Net;
using System.Text.Json;
using Homelab.Aggregator.Tests.Fakes;

namespace Homelab.Aggregator.Tests.Dashboard;

public sealed class ApiEndpointsTests
{
    [Fact]
    public async Task Fleet_NoNodes_HasNullsRatherThanZeros()
    {
        await using var aggregator = await RunningAggregator.StartAsync();

        var fleet = await GetAsync(aggregator, "/api/v1/fleet");

        Assert.Equal("homelab.fleet/v1", fleet.GetProperty("schema").GetString());
        Assert.Equal(100, fleet.GetProperty("budget").GetProperty("watts").GetDouble());
        Assert.Equal("observe", fleet.GetProperty("budget").GetProperty("mode").GetString());
        Assert.All(["watts", "uncertaintyRatio", "headroomWatts"], name => Assert.Equal(JsonValueKind.Null, fleet.GetProperty("power").GetProperty(name).ValueKind));
        Assert.Equal("unknown", fleet.GetProperty("power").GetProperty("state").GetString());
    }

    [Fact]
    public async Task Node_KnownNode_HasMachineReadingsAndSources()
    {
        await using var aggregator = await RunningAggregator.StartAsync();
        using var channel = aggregator.Dial();
        await using var agent = await channel.JoinAsync();
        var report = Wire.Report(1, 41.2, 5);
        report.Sources.Add(new NodeAgent.V1.SourceState { Source = "hwmon", Success = true, DurationUs = 1500 });
        await agent.ReportAsync(report);
        await aggregator.UntilAsync(fleet => fleet.Balance.Power is not null, ticks: true);

        var detail = await GetAsync(aggregator, "/api/v1/nodes/um890");
        var nodes = await GetAsync(aggregator, "/api/v1/nodes");

        Assert.Equal("homelab.node/v1", detail.GetProperty("schema").GetString());
        Assert.Equal(41.2, detail.GetProperty("node").GetProperty("power").GetProperty("watts").GetDouble());
        Assert.Equal(16, detail.GetProperty("machine").GetProperty("logicalCpus").GetInt32());
        var reading = detail.GetProperty("readings")[0];
        Assert.Equal(("celsius", 71.0, "ok"), (reading.GetProperty("unit").GetString(), reading.GetProperty("value").GetDouble(), reading.GetProperty("quality").GetString()));
        Assert.Equal(0.0015, detail.GetProperty("sources")[0].GetProperty("durationSeconds").GetDouble());
        Assert.Equal(1, nodes.GetProperty("nodes").GetArrayLength());
    }

    [Fact]
    public async Task Fleet_AgentsOfOneMachine_AreCountedOnceAndSaySo()
    {
        await using var aggregator = await RunningAggregator.StartAsync();
        using var channel = aggregator.Dial();
        await using var first = await channel.JoinAsync("kind-a", 1, "b00t");
        await using var other = await channel.JoinAsync("kind-b", 2, "b00t");
        // A node that does not report while the clock ticks is soon down, and stays so.
        await aggregator.UntilAsync(fleet => fleet.Balance.Reporting == 2 && fleet.Control?.State.Nodes.Length == 2, async second =>
        {
            await first.ReportAsync(second, 40, 5);
            await other.ReportAsync(second, 39, 5);
        });

        var fleet = await GetAsync(aggregator, "/api/v1/fleet");

        Assert.Equal(40, fleet.GetProperty("power").GetProperty("watts").GetDouble());
        Assert.All(fleet.GetProperty("nodes").EnumerateArray(), node => Assert.Equal("kind-a", node.GetProperty("sharedHost").GetProperty("countedBy").GetString()));
        Assert.Equal(40, fleet.GetProperty("control").GetProperty("groups")[0].GetProperty("measuredWatts").GetDouble());
    }

    [Theory]
    [InlineData("/api/v1/nodes/nobody")]
    [InlineData("/api/v1/nodes/NOT%20A%20NAME")]
    public async Task Node_UnknownName_IsAProblemDocument(string path)
    {
        await using var aggregator = await RunningAggregator.StartAsync();

        using var response = await aggregator.Client.GetAsync(new Uri(path, UriKind.Relative)).InTime();

        Assert.Equal(HttpStatusCode.NotFound, response.StatusCode);
        Assert.Equal("application/problem+json", response.Content.Headers.ContentType?.MediaType);
        Assert.Equal(404, JsonDocument.Parse(await response.Content.ReadAsStringAsync()).RootElement.GetProperty("status").GetInt32());
    }

    private static async Task<JsonElement> GetAsync(RunningAggregator aggregator, string path) =>
        JsonDocument.Parse(await aggregator.Client.GetStringAsync(new Uri(path, UriKind.Relative)).InTime()).RootElement;
}
