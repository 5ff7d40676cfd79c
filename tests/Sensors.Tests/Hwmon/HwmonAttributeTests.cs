using FsCheck;
using FsCheck.Fluent;
using Homelab.NodeAgent.Sensors.Hwmon;
using Homelab.Units;

namespace Homelab.NodeAgent.Sensors.Tests.Hwmon;

public sealed class HwmonAttributeTests
{
    [Theory]
    [InlineData("temp3_crit_alarm", "temp", 3, "crit_alarm")]
    [InlineData("in0_input", "in", 0, "input")]
    [InlineData("intrusion0_alarm", "intrusion", 0, "alarm")]
    [InlineData("pwm1", "pwm", 1, "")]
    [InlineData("power12_cap_max", "power", 12, "cap_max")]
    public void TryParse_ChannelFile_TakesItApart(string file, string kind, int number, string suffix)
    {
        Assert.True(HwmonAttribute.TryParse(file, out var attribute));
        Assert.Equal(new HwmonAttribute(kind, number, suffix), attribute);
    }

    [Theory]
    [InlineData("name")]
    [InlineData("bogus1_input")]
    [InlineData("temp_input")]
    [InlineData("temp1_")]
    [InlineData("temp1input")]
    [InlineData("temp99999999999_input")]
    [InlineData("temp01_input")]
    [InlineData("in")]
    [InlineData("in_power0_input")]
    [InlineData("")]
    public void TryParse_AnythingElse_IsRefused(string file) => Assert.False(HwmonAttribute.TryParse(file, out _));

    [Fact]
    public void TryParse_AnyText_NeverThrowsAndRoundTrips() => Check.QuickThrowOnFailure(Prop.ForAll(
        Gen.Elements("temp", "in", "fan", "power", "x", "_", "0", "1", "12", "_input", "_crit", "\0", "é").ListOf().ToArbitrary(),
        parts =>
        {
            var file = string.Concat(parts);
            return !HwmonAttribute.TryParse(file, out var attribute)
                || file == attribute.Channel + (attribute.Suffix.Length > 0 ? "_" : "") + attribute.Suffix;
        }));

    [Theory]
    [InlineData("temp1_input", Quantity.Temperature, nameof(SensorShape.Gauge), 1_000)]
    [InlineData("in1_input", Quantity.Voltage, nameof(SensorShape.Gauge), 1_000)]
    [InlineData("curr1_max", Quantity.Current, nameof(SensorShape.Limit), 1_000)]
    [InlineData("power1_average", Quantity.Power, nameof(SensorShape.Gauge), 1)]
    [InlineData("power1_cap", Quantity.Power, nameof(SensorShape.Limit), 1)]
    [InlineData("energy1_input", Quantity.Energy, nameof(SensorShape.Counter), 1)]
    [InlineData("fan1_input", Quantity.RotationSpeed, nameof(SensorShape.Gauge), 1_000_000)]
    [InlineData("freq1_input", Quantity.Frequency, nameof(SensorShape.Gauge), 1_000_000)]
    [InlineData("humidity1_input", Quantity.Ratio, nameof(SensorShape.Gauge), 10)]
    [InlineData("temp1_fault", Quantity.State, nameof(SensorShape.Gauge), 1_000_000)]
    public void Meaning_ChannelFile_HasTheAbisUnit(string file, Quantity quantity, string shape, long multiply)
    {
        Assert.True(HwmonAttribute.TryParse(file, out var attribute));
        Assert.Equal((quantity, Enum.Parse<SensorShape>(shape), new Scale(multiply)), attribute.Meaning());
    }

    [Theory]
    [InlineData("temp1_crit_hyst")]
    [InlineData("power1_average_interval")]
    [InlineData("pwm1_enable")]
    [InlineData("fan1_target")]
    [InlineData("temp1_label")]
    [InlineData("temp1_highest")]
    public void Meaning_SettingOrHistory_IsNone(string file)
    {
        Assert.True(HwmonAttribute.TryParse(file, out var attribute));
        Assert.Null(attribute.Meaning());
    }
}
