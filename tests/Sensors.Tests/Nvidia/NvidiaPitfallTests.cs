using Homelab.NodeAgent.Sensors.Nvidia;
using Homelab.TestKit;
using Homelab.Units;

namespace Homelab.NodeAgent.Sensors.Tests.Nvidia;

/// <summary>What other programs got wrong with NVIDIA GPUs, each by name.</summary>
public sealed class NvidiaPitfallTests : IDisposable
{
    private const string First = "0000:01:00.0";
    private const string Second = "0000:41:00.0";

    private readonly FixtureHost _host = FixtureHost.Of();
    private readonly NvidiaSource _source = new();

    public void Dispose() => _host.Dispose();

    [Fact]
    public void Read_NotAvailable_IsAbsentAndNotZero()
    {
        FakeNvml.In(_host, First).Say("0.err.util 3", "0.err.fan 3", "0.err.temp 3");

        Assert.DoesNotContain(_source.Discover(_host.Root).Sensors, static sensor => sensor.Info.Name is "utilization" or "memory_utilization" or "fan" or "temp");
    }

    /// <summary>intelligence-per-watt issue 40: a Jetson's library is there and refuses nearly all.</summary>
    [Fact]
    public void Read_NotSupportedOnJetson_LeavesWhatAnswers()
    {
        FakeNvml.In(_host, First).Say("0.err.power 3", "0.err.fields 3", "0.err.energy 3", "0.err.memory 3", "0.err.enforced 3", "0.err.limit 3", "0.err.default 3", "0.err.range 3", "0.util 40");

        var discovery = _source.Discover(_host.Root);

        Assert.DoesNotContain(discovery.Sensors, static sensor => sensor.Info.Quantity is Quantity.Power or Quantity.Energy or Quantity.Information);
        Assert.Equal(0.4, discovery.Sensor("utilization").Read().Value());
    }

    /// <summary>Cards before Volta count no joules, and GeForce cards of that time say no limits.</summary>
    [Fact]
    public void Read_NotSupportedOnAnOldCard_LeavesItsWatts()
    {
        FakeNvml.OldIn(_host, First).Say("0.err.energy 3", "0.err.range 3", "0.err.limit 3", "0.err.enforced 3", "0.err.default 3", "0.power 31000");

        var discovery = _source.Discover(_host.Root);

        Assert.Equal(31, discovery.Sensor("power").Read().Value());
        Assert.DoesNotContain(discovery.Sensors, static sensor => sensor.Info.Name == "energy" || sensor.Info.Name.StartsWith("power_cap", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("0.field186 0x7ffffff0", "power_instant")]
    [InlineData("0.field186 0x7ffffff2", "power_instant")]
    [InlineData("0.field186 0xFFFFFFFF", "power_instant")]
    [InlineData("0.field186 f64:140737488355328", "power_instant")]
    [InlineData("0.field186 f64:nan", "power_instant")]
    [InlineData("0.field74 u64:0x7ffffffffffffff0", "throttled_power_seconds")]
    [InlineData("0.field74 i64:0x7ffffffffffffff3", "throttled_power_seconds")]
    [InlineData("0.energy 0xFFFFFFFFFFFFFFFF", "energy")]
    [InlineData("0.temp 0x7ffffff0", "temp")]
    [InlineData("0.temp 0xFFFFFFFF", "temp")]
    [InlineData("0.util 0xFFFFFFFF", "utilization")]
    [InlineData("0.encoder 0xFFFFFFFF", "encoder_utilization")]
    [InlineData("0.memused 0xFFFFFFFFFFFFFFFF", "memory_used")]
    [InlineData("0.memtotal 0x7ffffffffffffff1", "memory_total")]
    [InlineData("0.clock0 0xFFFFFFFF", "graphics_clock")]
    [InlineData("0.fan 0xFFFFFFFF", "fan")]
    [InlineData("0.pciewidth 0xFFFFFFFF", "pcie_width")]
    [InlineData("0.replays 0x7ffffff1", "pcie_replays")]
    [InlineData("0.reasons 0xFFFFFFFFFFFFFFFF", "throttled_power")]
    [InlineData("0.reasons 0x7ffffffffffffff0", "external_brake")]
    public void Read_BlankSentinel_IsAbsentAndNoNumber(string line, string channel)
    {
        FakeNvml.In(_host, First).Say(line);

        var reading = _source.Discover(_host.Root).Sensor(channel).Read();

        Assert.Equal((Quality.Unsupported, null), (reading.Quality, reading.Micros));
    }

    [Theory]
    [InlineData("0.ecc00 0xFFFFFFFFFFFFFFFF", "ecc_corrected")]
    [InlineData("0.ecc11 0x7ffffffffffffff2", "ecc_uncorrected_lifetime")]
    public void Read_BlankSentinelOfErrors_IsAbsentAndNoNumber(string line, string channel)
    {
        FakeNvml.Recorded(_host, (First, "l40s")).Say(line);

        Assert.Null(_source.Discover(_host.Root).Sensor(channel).Read().Micros);
    }

    /// <summary>netdata issue 15755: names change with the driver.</summary>
    [Fact]
    public void Read_NamesOfAnotherDriver_AreTriedInTurn()
    {
        FakeNvml.OldIn(_host, First).Say("0.reasons 0x80");

        Assert.Equal(1, _source.Discover(_host.Root).Sensor("external_brake").Read().Value());
    }

    /// <summary>NVML 13 calls the old call deprecated; a Jetson Thor answers the new one alone.</summary>
    [Fact]
    public void Read_OldCallForTheTemperatureRefused_TheLaterIsAsked()
    {
        FakeNvml.In(_host, First).Say("0.err.temp 3", "0.tempv 61");

        Assert.Equal(61, _source.Discover(_host.Root).Sensor("temp").Read().Value());
    }

    /// <summary>kepler issue 1198: the watts of a card that is cut up are of the whole, once.</summary>
    [Fact]
    public void Read_MultiInstance_PowerIsOfTheWholeAndThereIsOneFigureOfIt()
    {
        FakeNvml.Recorded(_host, (First, "h100-mig"));

        var discovery = _source.Discover(_host.Root);

        Assert.Single(discovery.Sensors, static sensor => sensor.Info.Name == "power");
        Assert.Equal(4, discovery.Sensor("instances").Read().Value());
        Assert.Equal((Quality.Unsupported, null), (discovery.Sensor("utilization").Read().Quality, discovery.Sensor("utilization").Read().Micros));
        Assert.Contains("whole card", discovery.Sensor("utilization").Read().Detail, StringComparison.Ordinal);
    }

    /// <summary>kepler issue 2081, alumet issue 254.</summary>
    [Fact]
    public void Read_GpuFallsOffTheBus_IsAFaultOfItsOwnAndComesBack()
    {
        var fake = FakeNvml.In(_host, First, Second);
        var discovery = _source.Discover(_host.Root);
        ReadAll(discovery);
        fake.Say("0.err.all 15");
        ReadAll(discovery);

        Assert.Equal(Quality.Fault, discovery.Sensor("nvidia@" + First, "power").Read().Quality);
        Assert.Equal(25.92, discovery.Sensor("nvidia@" + Second, "power").Read().Value());
        fake.Say("0.err.all 0");
        Assert.Equal(25.92, _source.Discover(_host.Root).Sensor("nvidia@" + First, "power").Read().Value());
    }

    [Fact]
    public void Read_GpuAppearsLater_IsFoundByTheNextSearch()
    {
        FakeNvml.In(_host, First, Second);
        File.Delete(_host.Locate("/sys/bus/pci/drivers/nvidia/" + Second));
        Assert.DoesNotContain(_source.Discover(_host.Root).Sensors, static sensor => sensor.Info.Device == "nvidia@" + Second);

        _host.Put("/sys/bus/pci/drivers/nvidia/" + Second, "-> ../../devices/" + Second);

        Assert.Equal(25.92, _source.Discover(_host.Root).Sensor("nvidia@" + Second, "power").Read().Value());
    }

    [Fact]
    public void Read_GpuInD3Cold_IsNotWoken()
    {
        var fake = FakeNvml.In(_host, First);
        _host.Put($"/sys/bus/pci/devices/{First}/power/runtime_status", "suspended\n");
        _host.Put($"/sys/bus/pci/devices/{First}/power_state", "D3cold\n");

        var discovery = _source.Discover(_host.Root);
        ReadAll(discovery);
        ReadAll(discovery);

        Assert.Empty(fake.Calls);
        Assert.Equal(Quality.Asleep, discovery.Sensor("power").Read().Quality);
    }

    /// <summary>dcgm-exporter issue 599.</summary>
    [Fact]
    public void Read_CallThatIsNotSupported_IsNotRepeatedEachSecond()
    {
        var fake = FakeNvml.In(_host, First).Say("0.err.encoder 3", "0.err.decoder 13", "0.err.ecc 3", "0.err.rpm 25", "0.err.events 3");
        var discovery = _source.Discover(_host.Root);
        ReadAll(discovery);
        fake.ForgetCalls();

        for (var pass = 0; pass < 5; pass++)
            ReadAll(discovery);

        Assert.Equal(5, fake.Calls.Count(static call => call == "0.temp"));
        Assert.DoesNotContain(fake.Calls, static call => call is "0.encoder" or "0.decoder" or "0.ecc" or "0.rpm" or "0.events");
    }

    [Fact]
    public void Read_MeanPower_IsKeptApartFromTheInstant()
    {
        FakeNvml.Recorded(_host, (First, "l40s"));

        var discovery = _source.Discover(_host.Root);

        Assert.Equal((183.28, 119.88), (discovery.Sensor("power").Read().Value(), discovery.Sensor("power_instant").Read().Value()));
        Assert.Contains("mean over 1 s", Assert.Single(discovery.Findings).Meaning, StringComparison.Ordinal);
    }

    private static void ReadAll(Discovery discovery)
    {
        foreach (var sensor in discovery.Sensors)
            _ = sensor.Read();
    }
}
