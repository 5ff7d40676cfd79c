using Homelab.NodeAgent.Sensors.PowerSupply;
using Homelab.TestKit;
using Homelab.Units;

namespace Homelab.NodeAgent.Sensors.Tests.PowerSupply;

public sealed class PowerSupplySourceTests
{
    private const string Class = "/sys/class/power_supply/";

    [Fact]
    public void Discover_LaptopOnBattery_SumsWhatDischarges()
    {
        using var host = FixtureHost.Recorded("laptop-battery");
        var discovery = new PowerSupplySource().Discover(host.Root);

        Assert.Equal(1, discovery.Sensor("node", "on_battery").Read().Value());
        Assert.Equal(11.4 * 0.812, discovery.Sensor("node", "discharge").Read().Value()!.Value, 6);
        Assert.Equal(9.2568, discovery.Sensor("BAT1", "power").Read().Value());
        Assert.Equal(0.812, discovery.Sensor("BAT1", "current").Read().Value());
        Assert.Equal(0, discovery.Sensor("BAT0", "power").Read().Value());
    }

    [Fact]
    public void Discover_TenthsAndPercents_AreScaledToUnits()
    {
        using var host = FixtureHost.Recorded("laptop-battery");
        var discovery = new PowerSupplySource().Discover(host.Root);

        Assert.Equal(31.2, discovery.Sensor("BAT1", "temp").Read().Value());
        Assert.Equal(0.8, discovery.Sensor("BAT0", "capacity").Read().Value());
        Assert.Equal(0.743405, discovery.Sensor("BAT1", "capacity").Read().Value());
        Assert.Equal(0.893769, discovery.Sensor("BAT0", "full_of_design").Read().Value());
        Assert.Equal(16.27, discovery.Sensor("BAT0", "voltage").Read().Value());
    }

    [Theory]
    [InlineData("time_to_empty_now", "5400", 5400.0)]
    [InlineData("time_to_empty_avg", "60", 60.0)]
    [InlineData("time_to_empty_now", "0", null)]
    [InlineData("time_to_empty_now", "3932100", null)] // 65535 minutes, of a fuel gauge that is not being emptied.
    public void Read_TimeToEmpty_IsSecondsOrNoFigure(string file, string text, double? seconds)
    {
        using var host = FixtureHost.Of((Class + "BAT1/type", "Battery\n"), (Class + "BAT1/status", "Discharging\n"), (Class + "BAT1/" + file, text + "\n"));

        var reading = new PowerSupplySource().Discover(host.Root).Sensor("BAT1", "time_to_empty").Read();

        Assert.Equal(seconds, reading.Quality == Quality.Ok ? reading.Value() : null);
    }

    [Fact]
    public void Discover_UcsiContract_IsALimitAndNeverWatts()
    {
        using var host = FixtureHost.Recorded("laptop-battery");
        var port = new PowerSupplySource().Discover(host.Root).Sensors.Where(static sensor => sensor.Info.Device.StartsWith("ucsi", StringComparison.Ordinal)).ToList();

        Assert.Equal(["online", "voltage", "current"], port.Select(static sensor => sensor.Info.Name));
        Assert.All(port.Skip(1), static sensor => Assert.Equal(SensorShape.Limit, sensor.Info.Shape));
        Assert.DoesNotContain(port, static sensor => sensor.Info.Quantity == Quantity.Power);
    }

    [Fact]
    public void Discover_PeripheralsAndEmptyBays_AreLeftAlone()
    {
        using var host = FixtureHost.Recorded("laptop-battery");
        using var bay = FixtureHost.Of((Class + "BAT1/type", "Battery\n"), (Class + "BAT1/present", "0\n"), (Class + "BAT1/status", "Unknown\n"));

        Assert.DoesNotContain(new PowerSupplySource().Discover(host.Root).Sensors, static sensor => sensor.Info.Device == "hidpp_battery_0");
        Assert.Equal(FindingKind.Foreign, Assert.Single(new PowerSupplySource().Discover(bay.Root).Findings).Kind);
    }

    [Fact]
    public void Read_AdapterPluggedIn_DischargeHasNoValue()
    {
        using var host = Laptop("Discharging", "1", "12500000");
        var discovery = new PowerSupplySource().Discover(host.Root);

        Assert.Equal(0, discovery.Sensor("node", "on_battery").Read().Value());
        Assert.Equal((Quality.Unsupported, null), (discovery.Sensor("node", "discharge").Read().Quality, discovery.Sensor("node", "discharge").Read().Micros));
        Assert.Equal(12.5, discovery.Sensor("BAT0", "power").Read().Value());
    }

    [Fact]
    public void Read_AdapterPulledOut_BecomesTheBoardsPowerInTheSamePass()
    {
        using var host = Laptop("Charging", "1", "20000000");
        var files = new ScriptedFiles();
        var discovery = new PowerSupplySource().Discover(host.Seen(files));
        var plugged = discovery.Sensors.ToDictionary(static sensor => (sensor.Info.Device, sensor.Info.Name), static sensor => sensor.Read());
        files.Answer("/online", "0\n").Answer("/status", "Discharging\n").Answer("/power_now", "13000000\n");
        var pulled = discovery.Sensors.ToDictionary(static sensor => (sensor.Info.Device, sensor.Info.Name), static sensor => sensor.Read());

        Assert.Equal((-20, 0, null), (plugged[("BAT0", "power")].Value(), plugged[("node", "on_battery")].Value(), plugged[("node", "discharge")].Value()));
        Assert.Equal((13, 1, 13), (pulled[("BAT0", "power")].Value(), pulled[("node", "on_battery")].Value(), pulled[("node", "discharge")].Value()));
        Assert.Equal((1, 0), (plugged[("AC", "online")].Value(), pulled[("AC", "online")].Value()));
    }

    [Theory]
    [InlineData("-13000000")]
    [InlineData("13000000")]
    public void Read_SignOfTheDriver_FollowsTheStatus(string power)
    {
        using var host = Laptop("Discharging", "0", power);

        Assert.Equal(13, new PowerSupplySource().Discover(host.Root).Sensor("node", "discharge").Read().Value());
    }

    [Theory]
    [InlineData("0")]
    [InlineData("")]
    [InlineData("rubbish")]
    [InlineData("4294967295000000")]
    public void Read_DischargingWithoutAFigure_IsNeverZeroWatts(string power)
    {
        using var host = Laptop("Discharging", "0", power);
        var discovery = new PowerSupplySource().Discover(host.Root);

        Assert.NotEqual(Quality.Ok, discovery.Sensor("node", "discharge").Read().Quality);
        Assert.NotEqual(Quality.Ok, discovery.Sensor("BAT0", "power").Read().Quality);
        Assert.Equal(1, discovery.Sensor("node", "on_battery").Read().Value());
    }

    [Fact]
    public void Read_AdapterThatFails_LeavesTheSumOutAndTheRestOnTime()
    {
        using var host = Laptop("Discharging", "0", "9000000");
        var discovery = new PowerSupplySource().Discover(host.Seen(new ScriptedFiles().Fail("AC/online", Errno.InputOutput)));

        Assert.Equal(Quality.Fault, discovery.Sensor("node", "discharge").Read().Quality);
        Assert.Equal(Quality.Fault, discovery.Sensor("AC", "online").Read().Quality);
        Assert.Equal(9, discovery.Sensor("BAT0", "power").Read().Value());
        Assert.Equal(1, discovery.Sensor("node", "on_battery").Read().Value());
    }

    [Fact]
    public void Read_BatteryPulledOut_IsGone()
    {
        using var host = Laptop("Discharging", "0", "9000000");
        var discovery = new PowerSupplySource().Discover(host.Seen(new ScriptedFiles().Fail("BAT0/voltage_now", Errno.NoDevice)));

        Assert.Contains(": gone", discovery.Sensor("BAT0", "voltage").Read().Detail, StringComparison.Ordinal);
    }

    [Fact]
    public void Read_UsbUps_TellsOnBatteryAndNotTheBoardsPower()
    {
        using var host = FixtureHost.Of(
            (Class + "ups0", "-> ../../devices/pci0/usb1/1-1/power_supply/ups0"),
            ("/sys/devices/pci0/usb1/1-1/power_supply/ups0/type", "UPS\n"),
            ("/sys/devices/pci0/usb1/1-1/power_supply/ups0/status", "Discharging\n"),
            ("/sys/devices/pci0/usb1/1-1/power_supply/ups0/power_now", "120000000\n"),
            (Class + "AC/type", "Mains\n"),
            (Class + "AC/online", "1\n"));
        var discovery = new PowerSupplySource().Discover(host.Root);

        Assert.Equal(1, discovery.Sensor("node", "on_battery").Read().Value());
        Assert.Equal(120, discovery.Sensor("ups0", "power").Read().Value());
        Assert.DoesNotContain(discovery.Sensors, static sensor => sensor.Info.Name == "discharge");
        Assert.Contains(discovery.Findings, static finding => finding.Kind == FindingKind.Note && finding.Meaning.Contains("USB", StringComparison.Ordinal));
    }

    [Fact]
    public void Read_UpsHatThatDischarges_IsTheBoardsPower()
    {
        using var host = FixtureHost.Recorded("pi5-ups-hat");
        var discovery = new PowerSupplySource().Discover(host.Seen(new ScriptedFiles().Answer("/status", "Discharging\n")));

        Assert.Equal(6.639031, discovery.Sensor("node", "discharge").Read().Value());
    }

    [Theory]
    [InlineData("Good", 0.0)]
    [InlineData("Dead", 1.0)]
    [InlineData("Overheat", 1.0)]
    [InlineData("Unknown", null)]
    [InlineData("", null)]
    [InlineData("Blown fuse", 1.0)]
    [InlineData("0", null)]
    [InlineData("N/A", null)]
    [InlineData("\u001b[31mDead", null)]
    public void Read_Health_IsAFlagOrNothing(string health, double? expected)
    {
        using var host = FixtureHost.Of((Class + "BAT0/type", "Battery\n"), (Class + "BAT0/health", health + "\n"));

        Assert.Equal(expected, new PowerSupplySource().Discover(host.Root).Sensor("health_alarm").Read().Value());
    }

    [Theory]
    [InlineData("3700000", Quality.Ok)]
    [InlineData("0", Quality.Implausible)]
    [InlineData("-1", Quality.Implausible)]
    public void Read_BatteryVoltage_IsAboveZeroOrNone(string microvolts, Quality quality)
    {
        using var host = FixtureHost.Of((Class + "BAT0/type", "Battery\n"), (Class + "BAT0/voltage_now", microvolts + "\n"));

        Assert.Equal(quality, new PowerSupplySource().Discover(host.Root).Sensor("voltage").Read().Quality);
    }

    [Fact]
    public void Read_OnlineWithAskedVoltage_IsOnline()
    {
        using var host = FixtureHost.Of((Class + "usb/type", "USB\n"), (Class + "usb/online", "2\n"));

        Assert.Equal(Reading.Ok(1_000_000), new PowerSupplySource().Discover(host.Root).Sensor("online").Read());
    }

    [Fact]
    public void Discover_BatteryWithoutRateAndClassThatIsShut_AreTold()
    {
        using var host = FixtureHost.Of((Class + "BAT0/type", "Battery\n"), (Class + "BAT0/capacity", "55\n"));

        Assert.Contains("neither power nor current", Assert.Single(new PowerSupplySource().Discover(host.Root).Findings).Meaning, StringComparison.Ordinal);
        var shut = Assert.Single(new PowerSupplySource().Discover(host.Seen(new ScriptedFiles().Fail("power_supply", Errno.Access))).Findings);
        Assert.Equal((FindingKind.Denied, "EACCES"), (shut.Kind, shut.Errno));
    }

    [Fact]
    public void Read_SteadyState_AllocatesNothing()
    {
        using var host = FixtureHost.Recorded("laptop-battery");
        var sensors = new PowerSupplySource().Discover(host.Root).Sensors.ToArray();
        Pass(sensors);
        Pass(sensors);
        var before = GC.GetAllocatedBytesForCurrentThread();
        Pass(sensors);

        Assert.Equal(0, GC.GetAllocatedBytesForCurrentThread() - before);
    }

    private static void Pass(ISensor[] sensors)
    {
        foreach (var sensor in sensors)
            _ = sensor.Read();
    }

    private static FixtureHost Laptop(string status, string online, string power) => FixtureHost.Of(
        (Class + "BAT0/type", "Battery\n"),
        (Class + "BAT0/status", status + "\n"),
        (Class + "BAT0/power_now", power + "\n"),
        (Class + "BAT0/voltage_now", "11800000\n"),
        (Class + "AC/type", "Mains\n"),
        (Class + "AC/online", online + "\n"));
}
