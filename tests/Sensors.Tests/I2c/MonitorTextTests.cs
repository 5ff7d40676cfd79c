using FsCheck;
using FsCheck.Fluent;
using Homelab.NodeAgent.Gpio;
using Homelab.NodeAgent.Sensors.I2c;
using Homelab.Units;

namespace Homelab.NodeAgent.Sensors.Tests.I2c;

public sealed class MonitorTextTests
{
    [Fact]
    public void Parse_AllOfIt_IsUnderstood()
    {
        var specs = MonitorText.Parse(
            "ina226@1-0x40 shunt=2mOhm range=10A label=node1 alert=gpiochip0:17 limit=60W role=input,  ina3221@12-0x43 shunt=5mΩ shunt2=0.01ohm label=rail label3=fan sum=1+3", out var problem);

        Assert.Equal("", problem);
        Assert.Equal(2, specs!.Count);
        var (first, second) = (specs[0], specs[1]);
        Assert.Equal(("ina226@1-0x40", "/dev/i2c-1", true), (first.Device, first.Node, first.IsInput));
        Assert.Equal((new Resistance(2_000_000), new Current(10_000_000), Power.FromWatts(60)), (first.Shunts[0], first.Range!.Value, first.Limit!.Value));
        Assert.Equal(new GpioLineName("gpiochip0", 17), first.Alert);
        Assert.Equal("ina3221@12-0x43", second.Device);
        Assert.Equal([5_000_000, 10_000_000, 5_000_000], second.Shunts.Select(static shunt => shunt.Nanoohms));
        Assert.Equal(["rail", "rail", "fan"], second.Labels);
        Assert.Equal([0, 2], second.Sum);
    }

    [Theory]
    [InlineData("", "names no monitor")]
    [InlineData("ina226", "does not begin with chip@bus-0xaddress")]
    [InlineData("ina227@1-0x40", "'ina227' is none of")]
    [InlineData("ina226@one-0x40", "not the number of a bus")]
    [InlineData("ina226@1-0x50 shunt=2mOhm", "'0x50' is not an address of this chip, 0x40 to 0x4f")]
    [InlineData("ina3221@1-0x44 shunt=2mOhm", "0x40 to 0x43")]
    [InlineData("ina226@1-64 shunt=2mOhm", "'64' is not an address")]
    [InlineData("ina226@1-0x", "'0x' is not an address")]
    [InlineData("ina226@1-0x40", "says no shunt")]
    [InlineData("ina226@1-0x40 shunt=2", "shunt=2 is not a resistance")]
    [InlineData("ina226@1-0x40 shunt=2Ohmm", "is not a resistance")]
    [InlineData("ina226@1-0x40 shunt=0mOhm", "is not a resistance")]
    [InlineData("ina226@1-0x40 shunt=1000Ohm", "is not a resistance")]
    [InlineData("ina226@1-0x40 shunt2=2mOhm", "shunt2 is for the ina3221")]
    [InlineData("ina226@1-0x40 shunt=2mOhm shunt=3mOhm", "shunt is said twice")]
    [InlineData("ina226@1-0x40 shunt=2mOhm range=10", "range=10 is not a current")]
    [InlineData("ina226@1-0x40 shunt=100mOhm range=10A", "10 A over this shunt is 1000 mV, and the chip sees 81.92 mV")]
    [InlineData("ina226@1-0x40 shunt=2mOhm range=1mA", "leave no calibration")]
    [InlineData("ina226@1-0x40 shunt=2mOhm limit=9kW", "limit=9000W is not within")]
    [InlineData("ina226@1-0x40 shunt=2mOhm colour=red", "'colour' is none of")]
    [InlineData("ina226@1-0x40 shunt=2mOhm label", "'label' is not key=value")]
    [InlineData("ina226@1-0x40 shunt=2mOhm alert=17", "alert=17 is not a line like gpiochip0:17")]
    [InlineData("ina226@1-0x40 shunt=2mOhm alert=../x:1", "is not a line")]
    [InlineData("ina226@1-0x40 shunt=2mOhm role=output", "is not input")]
    [InlineData("ina226@1-0x40 shunt=2mOhm sum=1", "sum is for the ina3221")]
    [InlineData("ina260@1-0x40 shunt=2mOhm", "has its shunt inside")]
    [InlineData("ina219@1-0x40 shunt=2mOhm alert=gpiochip0:1", "has no ALERT pin")]
    [InlineData("ina3221@1-0x40 shunt=2mOhm role=input", "role=input needs sum=")]
    [InlineData("ina3221@1-0x40 shunt1=2mOhm sum=1+2", "has no shunt")]
    [InlineData("ina3221@1-0x40 shunt=2mOhm sum=1+1", "is not channels")]
    [InlineData("ina260@1-0x40, ina260@1-0x40", "same bus and address")]
    [InlineData("ina260@1-0x40 alert=g:1, ina260@1-0x41 alert=g:1", "another monitor's line")]
    [InlineData("ina260@1-0x40 role=input, ina260@1-0x41 role=input", "one rail feeds the machine")]
    public void Parse_Wrong_SaysWhatAndWhere(string text, string reason)
    {
        Assert.Null(MonitorText.Parse(text, out var problem));
        Assert.Contains(reason, problem, StringComparison.Ordinal);
    }

    [Fact]
    public void Print_Parsed_ReadsBackTheSame()
    {
        var specs = MonitorText.Parse("ina226@1-0x40   shunt=2mOhm  label=a,ina260@0-0x4f", out _)!;

        Assert.Equal("ina226@1-0x40 shunt=2mOhm label=a, ina260@0-0x4f", MonitorText.Print(specs));
        Assert.Equal(MonitorText.Print(specs), MonitorText.Print(MonitorText.Parse(MonitorText.Print(specs), out _)!));
    }

    [Fact]
    public void Parse_AnyText_IsSpecsOrAReason() => Check.QuickThrowOnFailure(Prop.ForAll(
        Gen.Elements("ina226@1-0x40", "ina3221@", "shunt=", "2mOhm", "=", "@", "-0x", ",", " ", "range=1A", "9", "label1=", "alert=:", "sum=1+", "\0", "é").ListOf().Select(static parts => string.Concat(parts)).ToArbitrary(),
        static text =>
        {
            var specs = MonitorText.Parse(text, out var problem);
            Assert.Equal(specs is null, problem.Length > 0);
        }));

    [Theory]
    [InlineData("2mOhm", 2_000_000L)]
    [InlineData("0.1Ω", 100_000_000L)]
    [InlineData("500uohm", 500_000L)]
    [InlineData("0.0005Ohm", 500_000L)]
    [InlineData("1nOhm", 1L)]
    [InlineData("0.1nOhm", null)]
    [InlineData("-2mOhm", null)]
    [InlineData("Ohm", null)]
    [InlineData("mOhm", null)]
    [InlineData("1.2.3Ohm", null)]
    [InlineData("1e3Ohm", null)]
    [InlineData("9999999999999999Ohm", null)]
    [InlineData("999999999999kOhm", null)]
    public void Nanoohms_Text_IsExactOrNone(string text, long? nanoohms) => Assert.Equal(nanoohms, MetricText.Nanoohms(text));
}
