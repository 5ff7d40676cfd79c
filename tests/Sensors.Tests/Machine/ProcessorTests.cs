using Homelab.NodeAgent.Sensors.Machine;
using Homelab.TestKit;

namespace Homelab.NodeAgent.Sensors.Tests.Machine;

public sealed class ProcessorTests
{
    [Theory]
    [InlineData("processor\t: 0\nvendor_id\t: GenuineIntel\ncpu family\t: 6\n", "Intel", 6, true)]
    [InlineData("vendor_id\t: AuthenticAMD\ncpu family\t: 25\n", "Amd", 25, true)]
    [InlineData("vendor_id\t: AuthenticAMD\ncpu family\t: 23\n", "Amd", 23, true)]
    [InlineData("vendor_id\t: AuthenticAMD\ncpu family\t: 22\n", "Amd", 22, false)]
    [InlineData("vendor_id\t: AuthenticAMD\n", "Amd", 0, true)]
    [InlineData("processor\t: 0\nCPU implementer\t: 0x41\n", "Arm", 0, false)]
    [InlineData("vendor_id\t: CentaurHauls\ncpu family\t: 7\n", "Unknown", 7, false)]
    [InlineData("cpu family\t: none\n:\n\n", "Unknown", 0, false)]
    public void Read_CpuInfo_TellsMakerAndGeneration(string text, string maker, int family, bool counts)
    {
        using var host = FixtureHost.Of(("/proc/cpuinfo", text));

        var processor = Processor.Read(host.Root);

        Assert.Equal((maker, family, counts), (processor.Maker.ToString(), processor.Family, processor.CountsEnergy));
    }

    [Fact]
    public void Read_NoCpuInfo_IsUnknown()
    {
        using var host = FixtureHost.Of();

        Assert.Equal(default, Processor.Read(host.Root));
    }
}
