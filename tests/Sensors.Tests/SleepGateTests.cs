using Homelab.TestKit;

namespace Homelab.NodeAgent.Sensors.Tests;

public sealed class SleepGateTests
{
    [Theory]
    [InlineData("suspended\n", true)]
    [InlineData("active\n", false)]
    [InlineData("unsupported\n", false)]
    [InlineData("suspending\n", false)]
    [InlineData("", false)]
    public void IsAsleep_RuntimeStatus_OnlySuspendedCounts(string status, bool asleep)
    {
        using var host = FixtureHost.Of(("/dev/power/runtime_status", status));
        uint used = 0;

        Assert.Equal(asleep, new SleepGate(host.Root, "/dev").IsAsleep(ref used));
    }

    [Fact]
    public void IsAsleep_ManyChannels_AskOncePerPass()
    {
        using var host = FixtureHost.Of(("/dev/power/runtime_status", "active"));
        var files = new ScriptedFiles();
        var gate = new SleepGate(host.Seen(files), "/dev");
        uint first = 0, second = 0;

        gate.IsAsleep(ref first);
        gate.IsAsleep(ref second);
        Assert.Single(files.Reads);

        host.Put("/dev/power/runtime_status", "suspended");
        Assert.True(gate.IsAsleep(ref first));
        Assert.True(gate.IsAsleep(ref second));
        Assert.Equal(2, files.Reads.Count);
    }

    [Fact]
    public void IsAsleep_NoPowerManagement_IsAwake()
    {
        using var host = FixtureHost.Of();
        uint used = 0;

        Assert.False(new SleepGate(host.Root, "/dev").IsAsleep(ref used));
    }
}
