using Homelab.NodeAgent.Enforcement;
using Homelab.TestKit;

namespace Homelab.NodeAgent.Tests.Enforcement;

public sealed class OtherWritersTests
{
    [Fact]
    public void Running_KnownProgramsAmongOthers_AreNamedOnce()
    {
        using var host = FixtureHost.Of(
            ("/proc/1/comm", "systemd\n"), ("/proc/400/comm", "thermald\n"), ("/proc/401/comm", "thermald\n"),
            ("/proc/500/comm", "power-profiles-\n"), ("/proc/self/comm", "tlp\n"), ("/proc/600/status", "no name\n"));
        Assert.Equal("thermald, power-profiles-daemon", OtherWriters.Running(host.Root));
    }
}
