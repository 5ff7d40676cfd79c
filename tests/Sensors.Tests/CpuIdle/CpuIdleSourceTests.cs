using Homelab.NodeAgent.Sensors.CpuIdle;
using Homelab.TestKit;
using Homelab.Units;

namespace Homelab.NodeAgent.Sensors.Tests.CpuIdle;

public sealed class CpuIdleSourceTests
{
    private const string Folder = "/sys/devices/system/cpu/";

    [Fact]
    public void Discover_Haswell_SumsEachStateOverItsCpus()
    {
        using var host = FixtureHost.Recorded("haswell");
        var sensors = new CpuIdleSource().Discover(host.Root).Sensors;

        Assert.Equal(["state0 POLL", "state1 C1", "state2 C1E", "state3 C3", "state4 C6", "state5 C7s"], sensors.Select(static sensor => sensor.Info.Name + " " + sensor.Info.Label));
        Assert.All(sensors, static sensor => Assert.Equal((SensorShape.Counter, Quantity.Duration), (sensor.Info.Shape, sensor.Info.Quantity)));
        // Eight CPUs, the first 1520331 µs and each next 12345 µs more.
        Assert.Equal(Reading.Ok((8 * 1_520_331) + (28 * 12_345)), sensors[0].Read());
    }

    [Fact]
    public void Discover_CoresOfTwoKinds_KeepsTheirStatesApart()
    {
        using var host = FixtureHost.Of(State(0, 0, "WFI", 5), State(1, 0, "WFI", 6), State(4, 0, "C1", 7), Name(0, "WFI"), Name(1, "WFI"), Name(4, "C1"));

        Assert.Equal(
            [("state0", "C1", 7L), ("state0#2", "WFI", 11L)],
            new CpuIdleSource().Discover(host.Root).Sensors.Select(static sensor => (sensor.Info.Name, sensor.Info.Label, sensor.Read().Micros!.Value)));
    }

    [Fact]
    public void Read_CpuThatGoesAndComesBack_NeverStepsBack()
    {
        using var host = FixtureHost.Of(State(0, 0, "WFI", 1000), State(1, 0, "WFI", 5000), Name(0, "WFI"), Name(1, "WFI"));
        var sensor = Assert.Single(new CpuIdleSource().Discover(host.Root).Sensors);
        Assert.Equal(Reading.Ok(6000), sensor.Read());

        File.Delete(host.Locate(Folder + "cpu1/cpuidle/state0/time"));
        host.Put(Folder + "cpu0/cpuidle/state0/time", "1500\n");
        Assert.Equal(Reading.Ok(6500), sensor.Read());
        // It counts from 0 again.
        host.Put(Folder + "cpu1/cpuidle/state0/time", "20\n");
        Assert.Equal(Reading.Ok(6520), sensor.Read());
    }

    [Theory]
    [InlineData("garbage", Quality.Fault)]
    [InlineData("-1", Quality.Fault)]
    [InlineData("9999999999999999999999", Quality.Fault)]
    public void Read_NoTimeAnywhere_IsAFault(string text, Quality quality)
    {
        using var host = FixtureHost.Of(State(0, 0, "WFI", 1000), Name(0, "WFI"));
        var sensor = Assert.Single(new CpuIdleSource().Discover(host.Root).Sensors);
        host.Put(Folder + "cpu0/cpuidle/state0/time", text);

        Assert.Equal(quality, sensor.Read().Quality);
    }

    private static (string, string) State(int cpu, int state, string name, long time) => ($"{Folder}cpu{cpu}/cpuidle/state{state}/time", $"{time}\n");

    private static (string, string) Name(int cpu, string name) => ($"{Folder}cpu{cpu}/cpuidle/state0/name", name + "\n");
}
