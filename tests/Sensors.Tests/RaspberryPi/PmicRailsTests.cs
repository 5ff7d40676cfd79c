using FsCheck;
using FsCheck.Fluent;
using Homelab.NodeAgent.Sensors.RaspberryPi;
using Homelab.TestKit;

namespace Homelab.NodeAgent.Sensors.Tests.RaspberryPi;

public sealed class PmicRailsTests
{
    private readonly ManualClock _time = new();

    [Fact]
    public void Sum_RecordedTable_IsTheRailsWatts()
    {
        var rails = Find(FakeFirmware.Pi5())!;
        uint used = 0;

        Assert.Equal(0, rails.Refresh(ref used));
        Assert.Equal(14, rails.Count);
        Assert.Equal(5_921_618, rails.Sum());
        var core = Enumerable.Range(0, rails.Count).Single(rail => rails.Name(rail) == "VDD_CORE");
        Assert.Equal((893_699L, 5_036_520L, 4_501_133L), (rails.Voltage(core), rails.Current(core), rails.Power(core)));
    }

    [Fact]
    public void Sum_RailWithoutANumber_IsNoSum()
    {
        var firmware = new FakeFirmware().Say("pmic_read_adc", "  A_A current(0)=1.0A\n  A_V volt(1)=2.0V\n  B_A current(2)=1.0A\n  B_V volt(3)=2.0V\n EXT5V_V volt(24)=4.9V\n");
        var rails = Find(firmware)!;
        firmware.Say("pmic_read_adc", "  A_A current(0)=1.0A\n  A_V volt(1)=2.0V\n  B_A current(2)=nanA\n  B_V volt(3)=2.0V\n");
        _time.Advance(TimeSpan.FromSeconds(1));
        uint used = 1;

        Assert.Equal(0, rails.Refresh(ref used));
        Assert.Equal((2_000_000L, null, null), (rails.Power(0), rails.Power(1), rails.Sum()));
        // The input's voltage is missing from the answer, too; it is no factor of any sum.
        Assert.Null(rails.Voltage(2));
    }

    [Theory]
    [InlineData("error=1 error_msg=\"Command not registered\"")]
    [InlineData("")]
    [InlineData("VDD_CORE_X current(7)=5A\nVDD CORE_A current(7)=5A\n_A current(1)=1A\nVDD_CORE_A volt(7)=1\n\"<_A current(1)=1A\n")]
    public void Find_NoTable_IsNull(string text) => Assert.Null(Find(new FakeFirmware().Say("pmic_read_adc", text)));

    [Fact]
    public void Find_AnyText_NeverThrows() => Check.QuickThrowOnFailure(Prop.ForAll<NonNull<string>, NonNull<string>>((first, second) =>
    {
        var rails = Find(new FakeFirmware().Say("pmic_read_adc", $"{first.Get}_A current(1)={second.Get}A\n{second.Get}\nX_V volt(2)={first.Get}V"));
        uint used = 0;
        return rails is null || (rails.Refresh(ref used) == 0 && rails.Sum() is null or >= 0);
    }));

    private PmicRails? Find(FakeFirmware firmware) => PmicRails.Find(new FirmwareAnswer(firmware, "pmic_read_adc", 4096, _time, TimeSpan.FromMilliseconds(500)));
}
