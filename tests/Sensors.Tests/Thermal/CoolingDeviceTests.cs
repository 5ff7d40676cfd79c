using Homelab.NodeAgent.Sensors.Thermal;

namespace Homelab.NodeAgent.Sensors.Tests.Thermal;

public sealed class CoolingDeviceTests
{
    [Theory]
    [InlineData("Processor", "throttle")]
    [InlineData("cpufreq-cpu0", "throttle")]
    [InlineData("thermal-cpufreq-2", "throttle")]
    [InlineData("thermal-devfreq-0", "throttle")]
    [InlineData("intel_powerclamp", "throttle")]
    [InlineData("pwm-fan", "fan")]
    [InlineData("Fan", "fan")]
    [InlineData("TFN1", "fan")]
    [InlineData("LCD", "state")]
    [InlineData("", "state")]
    public void Channel_Type_SaysWhatRisingMeans(string type, string channel) => Assert.Equal(channel, CoolingDevice.Channel(type));
}
