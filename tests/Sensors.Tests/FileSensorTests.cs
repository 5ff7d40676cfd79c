using Homelab.TestKit;
using Homelab.Units;

namespace Homelab.NodeAgent.Sensors.Tests;

public sealed class FileSensorTests
{
    private const string File = "/sys/class/hwmon/hwmon0/temp2_input";

    [Theory]
    [InlineData(Errno.TryAgain, Quality.Fault, "EAGAIN reading temp2_input")]
    [InlineData(Errno.NoData, Quality.Unsupported, "ENODATA reading temp2_input")]
    [InlineData(Errno.InputOutput, Quality.Fault, "EIO reading temp2_input")]
    [InlineData(Errno.Invalid, Quality.Unsupported, "EINVAL reading temp2_input")]
    [InlineData(Errno.NoDeviceOrAddress, Quality.Fault, "ENXIO reading temp2_input: gone")]
    [InlineData(Errno.TimedOut, Quality.Fault, "ETIMEDOUT reading temp2_input")]
    [InlineData(Errno.Busy, Quality.Fault, "EBUSY reading temp2_input")]
    [InlineData(Errno.NotSupported, Quality.Unsupported, "EOPNOTSUPP reading temp2_input")]
    [InlineData(Errno.Access, Quality.Denied, "EACCES reading temp2_input")]
    [InlineData(Errno.NoEntry, Quality.Fault, "ENOENT reading temp2_input: gone")]
    public void Read_Errno_IsAQualityWithTheReason(int errno, Quality quality, string detail)
    {
        using var host = FixtureHost.Of((File, "41000\n"));
        var files = new ScriptedFiles().Fail("temp2_input", errno);
        var sensor = Temperature(host.Seen(files));

        Assert.Equal(new Reading(quality, null, detail), sensor.Read());
        files.Fail("temp2_input", 0);
        Assert.Equal(Reading.Ok(41_000_000), sensor.Read());
    }

    [Theory]
    [InlineData("", Quality.Unsupported)]
    [InlineData("\n", Quality.Unsupported)]
    [InlineData("hot\n", Quality.Fault)]
    public void Read_NoNumber_IsNotZero(string text, Quality quality)
    {
        using var host = FixtureHost.Of((File, text));

        var reading = Temperature(host.Root).Read();

        Assert.Equal(quality, reading.Quality);
        Assert.Null(reading.Micros);
    }

    [Fact]
    public void Read_OutOfBounds_KeepsTheValueForPeople()
    {
        using var host = FixtureHost.Of((File, "65261850\n"));

        var reading = Temperature(host.Root).Read();

        Assert.Equal(Quality.Implausible, reading.Quality);
        Assert.Equal(65261.85, reading.Value());
        Assert.Contains("150 °C", reading.Detail, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("41000\n")]
    [InlineData("65261850\n")]
    [InlineData("hot\n")]
    [InlineData("-> /proc/self/mem")]
    public void Read_AgainAndAgain_AllocatesNothing(string text)
    {
        using var host = FixtureHost.Of((File, text));
        var sensor = Temperature(host.Root);
        sensor.Read();
        var before = GC.GetAllocatedBytesForCurrentThread();

        for (var i = 0; i < 100; i++)
            sensor.Read();

        Assert.Equal(before, GC.GetAllocatedBytesForCurrentThread());
    }

    [Fact]
    public void Read_CounterAtZero_HasNoFigureUntilItMoves()
    {
        using var host = FixtureHost.Of((File, "0\n"));
        var sensor = new FileSensor(
            new SensorInfo("powercap", "intel-rapl:0", "energy", "package-0", Quantity.Energy, SensorShape.Counter, File),
            host.Root,
            Scale.Micro,
            Plausibility.For(Quantity.Energy, SensorShape.Counter))
        {
            ZeroDetail = "dead",
        };

        Assert.Equal(Reading.None(Quality.Unsupported, "dead"), sensor.Read());
        host.Put(File, "5");
        Assert.Equal(Reading.Ok(5), sensor.Read());
        host.Put(File, "0");
        Assert.Equal(Reading.Ok(0), sensor.Read());
    }

    private static FileSensor Temperature(HostRoot root) => new(
        new SensorInfo("hwmon", "chip@virtual", "temp2", "", Quantity.Temperature, SensorShape.Gauge, File),
        root,
        Scale.Milli,
        Plausibility.For(Quantity.Temperature, SensorShape.Gauge));
}
