namespace Homelab.NodeAgent.Sensors.Tests;

public sealed class NumberedEntriesTests
{
    [Fact]
    public void Of_KernelNames_AreSortedByNumber() => Assert.Equal(
        ["hwmon0", "hwmon2", "hwmon10"],
        NumberedEntries.Of(["hwmon10", "hwmon2", "hwmon0"], "hwmon").Select(static entry => entry.Name));

    [Fact]
    public void Of_StrayEntries_AreLeftOut() => Assert.Empty(
        NumberedEntries.Of(["hwmon", "hwmon-1", "hwmon1x", "hwmon+1", "hwmon 1", "hwmon99999999999", "other1", ""], "hwmon"));
}
