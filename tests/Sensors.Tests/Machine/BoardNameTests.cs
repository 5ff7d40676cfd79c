using Homelab.NodeAgent.Sensors.Machine;
using Homelab.TestKit;

namespace Homelab.NodeAgent.Sensors.Tests.Machine;

public sealed class BoardNameTests
{
    private const string Dmi = "/sys/class/dmi/id/";

    [Theory]
    [InlineData("Dell Inc.", "PowerEdge R6515", "", "", "Dell Inc. PowerEdge R6515")]
    [InlineData("HP", "HP t640 Thin Client", "", "", "HP t640 Thin Client")]
    [InlineData("To Be Filled By O.E.M.", "To Be Filled By O.E.M.", "ASRock", "N100DC-ITX", "ASRock N100DC-ITX")]
    [InlineData("Default string", "Default string", "Default string", "Default string", "")]
    public void Read_Dmi_SkipsPlaceholders(string vendor, string product, string boardVendor, string board, string expected)
    {
        using var host = FixtureHost.Of((Dmi + "sys_vendor", vendor), (Dmi + "product_name", product), (Dmi + "board_vendor", boardVendor), (Dmi + "board_name", board));

        Assert.Equal(expected, BoardName.Read(host.Root));
    }

    [Fact]
    public void Read_DeviceTree_WinsOverDmi()
    {
        using var host = FixtureHost.Of(("/sys/firmware/devicetree/base/model", "Turing Machines RK1\0"), (Dmi + "product_name", "x"));

        Assert.Equal("Turing Machines RK1", BoardName.Read(host.Root));
    }
}
