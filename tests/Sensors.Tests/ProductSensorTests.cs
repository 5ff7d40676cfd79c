using Homelab.TestKit;
using Homelab.Units;

namespace Homelab.NodeAgent.Sensors.Tests;

public sealed class ProductSensorTests
{
    [Fact]
    public void Read_AfterItsChannels_UsesTheirReadings()
    {
        using var host = FixtureHost.Of(("/v", "5000"), ("/a", "200"));
        var files = new ScriptedFiles();
        var (volts, amperes, power) = Rail(host.Seen(files));

        volts.Read();
        amperes.Read();

        Assert.Equal(Reading.Ok(1_000_000), power.Read());
        Assert.Equal(2, files.Reads.Count);
    }

    [Fact]
    public async Task Read_AChannelHangs_HasNoValueInsteadOfTheOneBefore()
    {
        using var host = FixtureHost.Of(("/v", "5000"), ("/a", "200"));
        var files = new ScriptedFiles();
        var (volts, amperes, power) = Rail(host.Seen(files));
        Assert.Equal(Reading.Ok(1_000_000), power.Read());
        using var hang = files.Block("/a");
        var stuck = Task.Run(amperes.Read);
        await hang.Reached;
        volts.Read();

        // Twice: the first time the channel counts as read in this pass, the second time it would be asked again.
        Assert.Equal(Quality.Fault, power.Read().Quality);
        Assert.Equal(Quality.Fault, power.Read().Quality);

        hang.Release();
        Assert.Equal(Reading.Ok(200_000), await stuck);
    }

    [Fact]
    public void Read_ChannelsNotReadSince_LooksAnew()
    {
        using var host = FixtureHost.Of(("/v", "5000"), ("/a", "200"));
        var (_, _, power) = Rail(host.Root);
        Assert.Equal(Reading.Ok(1_000_000), power.Read());

        host.Put("/a", "400");

        Assert.Equal(Reading.Ok(2_000_000), power.Read());
    }

    [Theory]
    [InlineData("", "200", Quality.Unsupported)]
    [InlineData("5000", "x", Quality.Fault)]
    [InlineData("9999999999", "200", Quality.Implausible)]
    [InlineData("900000", "900000", Quality.Implausible)]
    public void Read_WithoutBoth_HasNoGoodValue(string volts, string amperes, Quality quality)
    {
        using var host = FixtureHost.Of(("/v", volts), ("/a", amperes));

        Assert.Equal(quality, Rail(host.Root).Power.Read().Quality);
    }

    private static (FileSensor Volts, FileSensor Amperes, ProductSensor Power) Rail(HostRoot root)
    {
        var volts = Channel("in1", Quantity.Voltage, "/v");
        var amperes = Channel("curr1", Quantity.Current, "/a");
        return (volts, amperes, new ProductSensor(new SensorInfo("hwmon", "x", "power1", "", Quantity.Power, SensorShape.Gauge, ""), volts, amperes));

        FileSensor Channel(string name, Quantity quantity, string path) => new(
            new SensorInfo("hwmon", "x", name, "", quantity, SensorShape.Gauge, path), root, Scale.Milli, Plausibility.For(quantity, SensorShape.Gauge));
    }
}
