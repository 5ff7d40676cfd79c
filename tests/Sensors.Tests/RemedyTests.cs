using Homelab.TestKit;

namespace Homelab.NodeAgent.Sensors.Tests;

public sealed class RemedyTests
{
    private const string Release = "/proc/sys/kernel/osrelease";
    private const string BootId = "/proc/sys/kernel/random/boot_id";

    [Theory]
    [InlineData("6.18.45-talos\n", "KernelModuleConfig with name: nct6775", "sudo")]
    [InlineData("6.12.48-arm64\n", "sudo modprobe nct6775 && echo nct6775 | sudo tee /etc/modules-load.d/nct6775.conf", "Talos")]
    public void Load_OneModule_IsWhatThisSystemTakes(string release, string fix, string never)
    {
        using var host = FixtureHost.Of((Release, release));

        Assert.Contains(fix, Remedy.Load(host.Root, "nct6775"), StringComparison.Ordinal);
        Assert.DoesNotContain(never, Remedy.Load(host.Root, "nct6775"), StringComparison.Ordinal);
    }

    [Fact]
    public void Load_SeveralModules_AreLoadedAndKept()
    {
        using var host = FixtureHost.Of((Release, "6.12\n"));

        Assert.Equal("sudo modprobe -a ipmi_si ipmi_devintf && printf '%s\\n' ipmi_si ipmi_devintf | sudo tee /etc/modules-load.d/ipmi_si.conf", Remedy.Load(host.Root, "ipmi_si", "ipmi_devintf"));
    }

    [Fact]
    public void Load_InAPod_SaysThatItIsForTheNode()
    {
        using var host = Running();

        Assert.StartsWith("on the node: sudo modprobe", Remedy.Load(Pod(host), "k10temp"), StringComparison.Ordinal);
        Assert.StartsWith("sudo modprobe", Remedy.Load(host.Seen(new ScriptedFiles().Answer("/etc/hosts", "127.0.0.1 localhost\n")), "k10temp"), StringComparison.Ordinal);
    }

    [Fact]
    public void ReadRootsFiles_InAPod_IsASecurityContext()
    {
        using var host = Running();

        Assert.Contains("runAsUser: 0", Remedy.ReadRootsFiles(Pod(host)), StringComparison.Ordinal);
        Assert.DoesNotContain("setcap", Remedy.ReadRootsFiles(Pod(host)), StringComparison.Ordinal);
        Assert.Contains("setcap cap_dac_read_search+ep", Remedy.ReadRootsFiles(host.Seen(new ScriptedFiles().Answer("/etc/hosts", "127.0.0.1\n"))), StringComparison.Ordinal);
    }

    [Fact]
    public void ShowMachine_InAPod_IsAHostPath()
    {
        using var host = Running();

        Assert.Contains("hostPath /sys at /host/sys", Remedy.ShowMachine(Pod(host)), StringComparison.Ordinal);
        Assert.Contains("docker run", Remedy.ShowMachine(host.Seen(new ScriptedFiles().Answer("/etc/hosts", "127.0.0.1\n"))), StringComparison.Ordinal);
    }

    [Fact]
    public void Give_InAPod_IsNoHostPath()
    {
        using var host = Running();

        Assert.Contains("privileged: true, or a device plugin for /dev/i2c-1", Remedy.Give(Pod(host), "/dev/i2c-1", "rw", "i2c"), StringComparison.Ordinal);
        Assert.Contains("DeviceAllow=/dev/i2c-1 rw", Remedy.Give(host.Seen(new ScriptedFiles().Answer("/etc/hosts", "127.0.0.1\n")), "/dev/i2c-1", "rw", "i2c"), StringComparison.Ordinal);
    }

    [Fact]
    public void IsPod_RecordedFiles_AreNone()
    {
        using var host = FixtureHost.Of((BootId, "of another machine\n"));

        Assert.False(Remedy.IsPod(Pod(host)));
    }

    /// <summary>The running machine's folders, as a container sees them elsewhere.</summary>
    private static FixtureHost Running() => FixtureHost.Of((BootId, File.ReadAllText(BootId)), (Release, "6.12\n"));

    private static HostRoot Pod(FixtureHost host) => host.Seen(new ScriptedFiles().Answer("/etc/hosts", "# Kubernetes-managed hosts file.\n127.0.0.1 localhost\n"));
}
