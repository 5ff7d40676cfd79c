using Homelab.NodeAgent.Sensors.Cpu;
using Homelab.TestKit;

namespace Homelab.NodeAgent.Sensors.Tests.Cpu;

public sealed class ClusterUseSourceTests
{
    private const string Cpu = "/sys/devices/system/cpu";

    [Fact]
    public void Discover_BigAndLittle_WeighsThemByWhatTheyDraw()
    {
        using var host = Rk3588();

        var weights = new ClusterUseSource().Discover(host.Root).Sensors.Where(static s => s.Info.Name == "weight").ToDictionary(static s => s.Info.Device, static s => s.Read().Micros!.Value / 1e6);

        // 2 · 1 against 2 · (397/1024)^1.5: the big ones draw four fifths.
        Assert.Equal(0.806, weights["policy4"], 0.002);
        Assert.Equal(1, weights.Values.Sum(), 0.001);
    }

    [Fact]
    public void Read_OneClusterBusy_TellsThemApart()
    {
        using var host = Rk3588();
        var sensors = new ClusterUseSource().Discover(host.Root).Sensors.Where(static s => s.Info.Name == "utilization").ToArray();
        Assert.All(sensors, static sensor => Assert.Null(sensor.Read().Micros));

        host.Put("/proc/stat", "cpu  9 9 9 9 0 0 0 0 0 0\ncpu0 0 0 0 200 0 0 0 0 0 0\ncpu1 50 0 0 150 0 0 0 0 0 0\ncpu4 100 0 0 100 0 0 0 0 0 0\ncpu5 100 0 0 100 0 0 0 0 0 0\nintr 5\n");

        Assert.Equal([Reading.Ok(250_000), Reading.Ok(1_000_000)], sensors.Select(static sensor => sensor.Read()));
    }

    [Theory]
    [InlineData("0", "1")] // a policy for each CPU, as on x86
    [InlineData("0 1", null)] // one domain
    public void Discover_NoClusters_FindsNothing(string first, string? second)
    {
        using var host = FixtureHost.Of((Cpu + "/cpufreq/policy0/related_cpus", first + "\n"), ("/proc/stat", "cpu  1 1 1 1\n"));
        if (second is not null)
            host.Put(Cpu + "/cpufreq/policy1/related_cpus", second + "\n");

        var found = new ClusterUseSource().Discover(host.Root);

        Assert.Empty(found.Sensors);
        Assert.Equal(FindingKind.Foreign, Assert.Single(found.Findings).Kind);
    }

    [Theory]
    [InlineData("")]
    [InlineData("cpu  1 2 3 4\n")]
    [InlineData("cpu  1 2 3 4\ncpu0 x y\n")]
    [InlineData("cpu0 99999999999999999999 0 0 0\n")]
    public void TrySum_Garbage_IsRefused(string text) =>
        Assert.False(ClusterUseSensor.TrySum(System.Text.Encoding.ASCII.GetBytes(text), [true], out _));

    private static FixtureHost Rk3588() => FixtureHost.Of(
        (Cpu + "/cpufreq/policy0/related_cpus", "0 1\n"), (Cpu + "/cpufreq/policy4/related_cpus", "4 5\n"),
        (Cpu + "/cpu0/cpu_capacity", "397\n"), (Cpu + "/cpu1/cpu_capacity", "397\n"), (Cpu + "/cpu4/cpu_capacity", "1024\n"), (Cpu + "/cpu5/cpu_capacity", "1024\n"),
        ("/proc/stat", "cpu  0 0 0 0 0 0 0 0 0 0\ncpu0 0 0 0 100 0 0 0 0 0 0\ncpu1 0 0 0 100 0 0 0 0 0 0\ncpu4 0 0 0 100 0 0 0 0 0 0\ncpu5 0 0 0 100 0 0 0 0 0 0\nintr 5\n"));
}
