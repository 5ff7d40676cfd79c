using Homelab.Aggregator.Budgeting;

namespace Homelab.Aggregator.Kubernetes.Tests;

public sealed class LabelLoopTests
{
    private static readonly TimeSpan Minute = TimeSpan.FromMinutes(1);

    [Fact]
    public async Task Turn_SteadyFleet_LabelsOnceAndThenWritesNothing()
    {
        await using var bench = await Bench.StartAsync();
        bench.Server.Nodes.Put("um890");
        bench.Fleet.Put("um890");
        await bench.PassAsync(Minute);

        var labels = bench.Server.Nodes.Labels("um890");
        Assert.Equal("ok", labels["power.homelab/state"]);
        Assert.Equal("nominal", labels["power.homelab/thermal"]);
        Assert.Equal("measured", labels["power.homelab/metering"]);
        Assert.Equal("um890-pro", labels["power.homelab/board"]);
        Assert.Equal("20.0", bench.Server.Nodes.Annotations("um890")["power.homelab/watts"]);
        Assert.Equal("linux", labels["kubernetes.io/os"]);

        bench.Server.Requests.Clear();
        await bench.PassAsync(20 * Minute);
        Assert.Empty(bench.Server.Requests.Writes);
    }

    [Fact]
    public async Task Turn_ModeObserve_WritesNothingAndSaysWhatItWould()
    {
        await using var bench = await Bench.StartAsync();
        bench.Server.Nodes.Put("um890");
        bench.Fleet.Put("um890").Mode = ControlMode.Observe;
        await bench.PassAsync(2 * Minute);

        Assert.Empty(bench.Server.Requests.Writes);
        Assert.Contains(bench.View.Lines, line => line is { Key: "power.homelab/state", To: "ok", HeldBack: "mode observe" });
    }
}
