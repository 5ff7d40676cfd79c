using Homelab.Units;

namespace Homelab.Aggregator.Labels.Tests;

public sealed class NodeNumbersTests
{
    [Theory]
    [InlineData("20.0", "20.0", false)]
    [InlineData("20.0", "20.9", false)]
    [InlineData("20.0", "21.0", true)]
    [InlineData("20.0", "18.9", true)]
    [InlineData(null, "20.0", true)]
    [InlineData("20.0", null, true)]
    [InlineData("rapl-psys", "rapl-package", true)]
    [InlineData("garbage", "20.0", true)]
    public void HasMoved_CarriedAgainstNew_ByTheShare(string? carried, string? value, bool hasMoved) =>
        Assert.Equal(hasMoved, NodeNumbers.HasMoved(carried, value, 0.05));

    [Theory]
    [InlineData("1e300")]
    [InlineData("NaN")]
    [InlineData("")]
    [InlineData(null)]
    public void Parse_NoFigure_IsNull(string? text) => Assert.Null(NodeNumbers.Parse(text));

    [Fact]
    public void Circumstances_Node_AreOneLine()
    {
        var facts = new NodeFacts
        {
            Agent = NodeName.Parse("n"),
            Power = new NodePower(Power.FromWatts(27.94), Provenance.Measured, "x", PowerScope.Unknown, 0),
            Allocation = Power.FromWatts(28),
            ThermalMargin = new Temperature(4_200),
            IsThrottled = true,
            IsUnderVoltage = true,
            IsShedder = true,
        };
        Assert.Equal("draws 27.9 W of 28.0 W, 4 °C below its limit, throttled by heat, under-voltage, chosen to shed", NodeNumbers.Circumstances(facts));
        Assert.Equal("no agent speaks for it", NodeNumbers.Circumstances(null));
    }
}
