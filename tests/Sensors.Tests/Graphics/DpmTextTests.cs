using System.Text;
using Homelab.NodeAgent.Sensors.Graphics;

namespace Homelab.NodeAgent.Sensors.Tests.Graphics;

public sealed class DpmTextTests
{
    [Theory]
    [InlineData("0: 852Mhz *\n1: 991Mhz \n2: 1630Mhz \n", 852, 1630)]
    [InlineData("0: 500Mhz \n1: 2996Mhz *\n2: 2780Mhz \n", 2996, 2996)]
    [InlineData("S: 19Mhz *\n0: 615Mhz \n1: 800Mhz \n", 19, 800)]
    [InlineData("0: 400Mhz \n1: 1100Mhz \n", null, 1100)]
    [InlineData("0: Mhz *\n", null, null)]
    [InlineData("0: -5Mhz *\n", null, null)]
    [InlineData("0: 99999999999Mhz *\n", null, null)]
    [InlineData("0: 8.0GT/s, x16 *\n", null, null)]
    [InlineData("*", null, null)]
    public void Current_OfATableOfClocks_IsTheMarkedOne(string text, int? current, int? highest)
    {
        var bytes = Encoding.ASCII.GetBytes(text);

        Assert.Equal((current * 1_000_000_000_000L, highest * 1_000_000_000_000L), (DpmText.Current(bytes), DpmText.Highest(bytes)));
    }
}
