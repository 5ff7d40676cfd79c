using Homelab.NodeAgent.Sensors;
using Homelab.Units;

namespace Homelab.Fuzz;

/// <summary>The judge is judged: a fuzzer whose judge sees nothing finds nothing.</summary>
public sealed class FalseNumberTests
{
    private static readonly SensorInfo Temp = new("hwmon", "k10temp", "temp1", "Tctl", Quantity.Temperature, SensorShape.Gauge, "/sys/t");

    [Theory]
    [InlineData("45000\n", 45_000_000, true)]
    [InlineData("45000\n", 46_000_000, false)]
    [InlineData("N/A", 45_000_000, false)]
    [InlineData("4500000000", 4_500_000_000_000, false)]
    [InlineData("", 0, false)]
    public void In_FileSaysSo_OnlyThenIsTheNumberTrue(string text, long micros, bool isTrue) =>
        Assert.Equal(isTrue, FalseNumber.In(Temp, Reading.Ok(micros), [("/sys/t", 0, System.Text.Encoding.ASCII.GetBytes(text))]) is null);

    [Fact]
    public void In_FileAnswersAnError_NoNumberIsTrue() =>
        Assert.NotNull(FalseNumber.In(Temp, Reading.Ok(45_000_000), [("/sys/t", 5, [])]));

    [Fact]
    public void In_FaultWithAValue_IsFalse() =>
        Assert.NotNull(FalseNumber.In(Temp, new Reading(Quality.Fault, 0, "EIO"), []));
}
