using Homelab.NodeAgent.Sensors.Machine;
using Homelab.TestKit;

namespace Homelab.NodeAgent.Sensors.Tests.Machine;

public sealed class MachineFactsTests
{
    [Theory]
    [InlineData("n100", "", "Intel N100", "6.8.0-45-generic", "Ubuntu 24.04.1 LTS", 4, 16154388)]
    [InlineData("n150", "GMKtec NucBoxG3 Plus", "Intel N150", "6.11.0-14-generic", "Ubuntu 24.10", 4, 15899392)]
    [InlineData("hp-t640", "HP t640 Thin Client", "AMD Ryzen Embedded R1505G with Radeon Vega Gfx", "6.1.0-13-amd64", "Debian GNU/Linux 12 (bookworm)", 4, 7012352)]
    [InlineData("pi5", "Raspberry Pi 5 Model B Rev 1.1", "4× Cortex-A76", "6.6.62+rpt-rpi-2712", "Debian GNU/Linux 12 (bookworm)", 4, 8257536)]
    public void Read_RecordedHost_KnowsTheMachine(string name, string board, string processor, string kernel, string system, int cpus, long kibibytes)
    {
        using var host = FixtureHost.Recorded(name);
        var facts = MachineFacts.Read(host.Root, "amd64");

        Assert.StartsWith("0f6d1c0e-", facts.BootId, StringComparison.Ordinal);
        Assert.Equal(("amd64", board, processor, kernel), (facts.Architecture, facts.Board, facts.Processor, facts.Kernel));
        Assert.Equal((system, cpus, kibibytes * 1024), (facts.OperatingSystem, facts.LogicalCpus, facts.MemoryBytes));
    }

    [Fact]
    public void Read_EmptyRoot_IsEmptyNotWrong()
    {
        using var host = FixtureHost.Of();

        Assert.Equal(new MachineFacts("", "arm64", "", "", "", "", 0, 0), MachineFacts.Read(host.Root, "arm64"));
    }

    [Theory]
    [InlineData("", "", "flags : fpu vme\n", "none")]
    [InlineData("QEMU", "Standard PC (Q35 + ICH9, 2009)", "flags : fpu hypervisor\n", "kvm")]
    [InlineData("Microsoft Corporation", "Virtual Machine", "flags : fpu hypervisor\n", "hyperv")]
    [InlineData("Microsoft Corporation", "Surface Pro", "flags : fpu\n", "none")]
    [InlineData("VMware, Inc.", "VMware7,1", "", "vmware")]
    [InlineData("Somebody", "Something", "vendor_id : GenuineIntel\nflags : fpu hypervisor\n", "vm")]
    public void Read_GuestsAndHardware_SayWhatTheyRunOn(string vendor, string product, string cpuInfo, string word)
    {
        using var host = FixtureHost.Of(("/sys/class/dmi/id/sys_vendor", vendor + "\n"), ("/sys/class/dmi/id/product_name", product + "\n"), ("/proc/cpuinfo", cpuInfo));

        Assert.Equal(word, MachineFacts.Read(host.Root, "amd64").Virtualization);
    }

    [Fact]
    public void Read_HostileFiles_AreCleanedOrLeftOut()
    {
        using var host = FixtureHost.Recorded("pathological");
        var facts = MachineFacts.Read(host.Root, "amd64");

        Assert.Equal("Evil]0;Board", facts.Board);
        Assert.Equal((0L, 0), (facts.MemoryBytes, facts.LogicalCpus));
    }
}
