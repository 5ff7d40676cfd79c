using System.Text.Json.Nodes;

namespace Homelab.EndToEnd.Tests;

/// <summary>A node's energy only grows, whatever is killed.</summary>
public sealed class EnergyTests
{
    [Fact]
    public async Task Energy_AggregatorKilledHard_GoesOnWhereItWas()
    {
        await using var fleet = new Fleet();
        var aggregator = fleet.StartAggregator();
        await fleet.StartHostsAsync("um890");
        fleet.StartAgent("um890");
        var highest = 0.0;
        for (var round = 0; round < 4; round++)
        {
            var seen = Joules(await fleet.NodeAsync("um890", node => Joules(node) > highest + 1));
            Assert.True(seen > highest, $"{seen} J after {highest} J");
            highest = seen;
            await aggregator.KillAsync();
            aggregator = fleet.StartAggregator();
            // From the first answer after the restart on, never below what was shown before.
            var first = await Eventually.GetAsync("restarted", () => fleet.JsonAsync("/api/v1/fleet"),
                answer => Fleet.Find(answer, "um890") is not null);
            Assert.True(Joules(Fleet.Find(first, "um890")!) >= highest, $"{first.ToJsonString()} after {highest} J");
        }
    }

    [Fact]
    public async Task Energy_AggregatorAway_CountsWhatTheAgentMeasuredMeanwhile()
    {
        await using var fleet = new Fleet();
        var aggregator = fleet.StartAggregator();
        await fleet.StartHostsAsync("um890");
        var agent = fleet.StartAgent("um890");
        var before = Joules(await fleet.NodeAsync("um890", node => Joules(node) > 1));
        await aggregator.KillAsync();
        // The tree's own counter says what flowed while nobody listened.
        var raplBefore = Rapl(fleet);
        await Eventually.GetAsync("energy flows", () => Task.FromResult(Rapl(fleet) - raplBefore), joules => joules > 60);
        fleet.StartAggregator();

        var after = await fleet.NodeAsync("um890", node => (bool)node["up"]! && Joules(node) >= before + 59, seconds: 60);

        Assert.False(agent.HasExited);
        Assert.True(Joules(after) - before >= 59);
    }

    [Fact]
    public async Task Energy_AgentKilledHard_NeverFalls()
    {
        await using var fleet = new Fleet();
        fleet.StartAggregator();
        await fleet.StartHostsAsync("um890");
        var highest = 0.0;
        for (var round = 0; round < 3; round++)
        {
            var agent = fleet.StartAgent("um890");
            var seen = Joules(await fleet.NodeAsync("um890", node => (bool)node["up"]! && Joules(node) > highest + 1, seconds: 60));
            Assert.True(seen > highest);
            highest = seen;
            await agent.KillAsync();
        }
    }

    private static double Joules(JsonNode node) => (double?)node["energyJoules"] ?? 0;

    private static double Rapl(Fleet fleet) => double.Parse(
        File.ReadAllText(Path.Combine(fleet.Trees, "um890/sys/class/powercap/intel-rapl:0/energy_uj")).Trim(), System.Globalization.CultureInfo.InvariantCulture) / 1e6;
}
