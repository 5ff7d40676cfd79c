using Homelab.NodeAgent.Sensors.RaspberryPi;

namespace Homelab.NodeAgent.Sensors.Tests.RaspberryPi;

public sealed class ThrottleFlagTests
{
    [Theory]
    [InlineData(0x0u, "")]
    [InlineData(0x1u, "under_voltage")]
    [InlineData(0x50005u, "under_voltage firmware_capped under_voltage_since_boot firmware_capped_since_boot")]
    [InlineData(0x50000u, "under_voltage_since_boot firmware_capped_since_boot")]
    [InlineData(0x2u, "frequency_capped throttled_thermal")]
    [InlineData(0x6u, "frequency_capped firmware_capped throttled_thermal")]
    [InlineData(0x3u, "under_voltage frequency_capped")]
    [InlineData(0x8u, "throttled_thermal")]
    [InlineData(0x9u, "under_voltage throttled_thermal")]
    [InlineData(0x60000u, "frequency_capped_since_boot firmware_capped_since_boot throttled_thermal_since_boot")]
    [InlineData(0xFFF0_FFF0u, "")]
    public void IsSet_Word_GivesItsCauses(uint word, string expected)
    {
        var set = new List<string>();
        foreach (var isSinceBoot in new[] { false, true })
        {
            for (var flag = 0; flag < ThrottleFlag.Names.Count; flag++)
            {
                if (ThrottleFlag.IsSet(word, flag, isSinceBoot))
                    set.Add(ThrottleFlag.Names[flag] + (isSinceBoot ? "_since_boot" : ""));
            }
        }

        Assert.Equal(expected, string.Join(' ', set));
    }
}
