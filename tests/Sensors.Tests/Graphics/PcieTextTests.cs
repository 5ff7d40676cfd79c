using System.Text;
using Homelab.NodeAgent.Sensors.Graphics;

namespace Homelab.NodeAgent.Sensors.Tests.Graphics;

public sealed class PcieTextTests
{
    [Theory]
    [InlineData("2.5 GT/s PCIe\n", 1)]
    [InlineData("8.0 GT/s PCIe\n", 3)]
    [InlineData("16.0 GT/s\n", 4)]
    [InlineData("64.0 GT/s PCIe\n", 6)]
    [InlineData("Unknown\n", null)]
    [InlineData("8.0\n", null)]
    [InlineData("9.0 GT/s PCIe\n", null)]
    [InlineData("", null)]
    public void Generation_OfALinksSpeed_IsThatOfPcie(string text, int? generation) =>
        Assert.Equal(generation * 1_000_000L, PcieText.Generation(Encoding.ASCII.GetBytes(text)));
}
