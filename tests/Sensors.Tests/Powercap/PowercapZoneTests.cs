using FsCheck;
using FsCheck.Fluent;
using Homelab.NodeAgent.Sensors.Powercap;

namespace Homelab.NodeAgent.Sensors.Tests.Powercap;

public sealed class PowercapZoneTests
{
    [Theory]
    [InlineData("intel-rapl", false)]
    [InlineData("intel-rapl:", false)]
    [InlineData(":0", false)]
    [InlineData("", false)]
    [InlineData("intel-rapl:a", true)]
    [InlineData("intel-rapl:0:1", true)]
    public void TryParse_Entry_AcceptsZonesOnly(string entry, bool zone) => Assert.Equal(zone, PowercapZone.TryParse(entry, out _));

    [Fact]
    public void TryParse_AnyText_NeverThrowsAndPartsFit() => Check.QuickThrowOnFailure(Prop.ForAll<NonNull<string>>(text =>
        !PowercapZone.TryParse(text.Get, out var zone)
        || (text.Get.StartsWith(zone.ControlType + ":", StringComparison.Ordinal) && zone.IsTopLevel == (zone.Parent is null))));
}
