using Homelab.Aggregator.Cli;

namespace Homelab.Aggregator.Tests.Cli;

public sealed class FigureTextTests
{
    [Fact]
    public void Figures_Absent_AreADash() => Assert.Equal(["–", "–", "–", "–"], new[] { FigureText.Watts(null), FigureText.Percent(null), FigureText.Celsius(null), FigureText.Energy(null) });

    [Theory]
    [InlineData(0, "0.0 W")]
    [InlineData(9.84, "9.8 W")]
    [InlineData(-3.24, "-3.2 W")]
    [InlineData(1500.4, "1500 W")]
    public void Watts_Figures_HaveOneDecimalBelowAKilowatt(double watts, string text) => Assert.Equal(text, FigureText.Watts(watts));

    [Theory]
    [InlineData(0, "0 J")]
    [InlineData(3599, "3599 J")]
    [InlineData(7200, "2.0 Wh")]
    [InlineData(5_832_000, "1.62 kWh")]
    public void Energy_Figures_GrowWithTheirUnit(double joules, string text) => Assert.Equal(text, FigureText.Energy(joules));

    [Theory]
    [InlineData(100, "100 W")]
    [InlineData(82.5, "82.5 W")]
    public void Setting_Watts_HasNoDecimalsNobodyWrote(double watts, string text) => Assert.Equal(text, FigureText.Setting(watts));
}
