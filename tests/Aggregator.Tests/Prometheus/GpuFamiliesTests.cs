using System.Text.Json;
using Homelab.Aggregator.Fleet;
using Homelab.Aggregator.Prometheus;
using Homelab.Aggregator.Tests.Fakes;
using Homelab.Units;

namespace Homelab.Aggregator.Tests.Prometheus;

public sealed class GpuFamiliesTests
{
    [Theory]
    [InlineData("nvidia", "power", Quantity.Power, "Gauge", "homelab_gpu_power_watts g")]
    [InlineData("nvidia", "power_cap_set", Quantity.Power, "Limit", "homelab_gpu_power_limit_watts g,requested")]
    [InlineData("nvidia", "memory_temp", Quantity.Temperature, "Gauge", "homelab_gpu_temperature_celsius g,memory")]
    [InlineData("nvidia", "temp_throttle", Quantity.Temperature, "Limit", "homelab_gpu_temperature_limit_celsius g,core,throttle")]
    [InlineData("nvidia", "encoder_utilization", Quantity.Ratio, "Gauge", "homelab_gpu_utilization_ratio g,encoder")]
    [InlineData("nvidia", "throttled_power_seconds", Quantity.Duration, "Counter", "homelab_gpu_throttled_seconds_total g,power")]
    [InlineData("nvidia", "external_brake", Quantity.State, "Gauge", "homelab_gpu_throttled g,external_brake")]
    [InlineData("nvidia", "ecc_uncorrected", Quantity.Count, "Counter", "homelab_gpu_ecc_errors_total g,uncorrected")]
    [InlineData("amdgpu", "graphics_clock", Quantity.Frequency, "Gauge", "homelab_gpu_clock_hertz g,graphics")]
    [InlineData("amdgpu", "throttled_current", Quantity.State, "Gauge", "homelab_gpu_throttled g,current")]
    [InlineData("intel_gpu", "gt0_clock", Quantity.Frequency, "Gauge", "homelab_gpu_clock_hertz g,gt0")]
    [InlineData("intel_gpu", "gt0_idle_seconds", Quantity.Duration, "Counter", "homelab_gpu_idle_seconds_total g,gt0")]
    [InlineData("nvidia", "graphics_clock_max", Quantity.Frequency, "Limit", null)]
    [InlineData("nvidia", "fan", Quantity.Ratio, "Gauge", "homelab_gpu_fan_ratio g,0")]
    [InlineData("nvidia", "fan2", Quantity.Ratio, "Gauge", null)]
    [InlineData("amdgpu", "gtt_used", Quantity.Information, "Gauge", null)]
    public void Of_SensorOfAGpu_HasItsFamilyAndLabels(string source, string name, Quantity quantity, string shape, string? expected)
    {
        var place = SensorFamilies.Of(Sample.Sensor(source, "g", name, quantity, Enum.Parse<SensorShape>(shape)));

        Assert.Equal(expected, place is { } found ? $"{found.Family.Name} {string.Join(',', found.Labels)}" : null);
        Assert.True(place is null || place.Value.Labels.Length + 1 == place.Value.Family.Labels.Length);
    }

    [Theory]
    [InlineData("nvidia@0000:01:00.0", "0000:01:00.0")]
    [InlineData("amdgpu@pci0000:00/0000:00:08.1/0000:13:00.0", "0000:13:00.0")]
    [InlineData("amdgpu@virtual", "")]
    public void BusAddress_OfADevice_IsThePciAddressOrNothing(string device, string expected) =>
        Assert.Equal(expected, GpuFamilies.BusAddress(Sample.Sensor("amdgpu", device, "power", Quantity.Power, SensorShape.Gauge)));

    /// <summary>The agent's golden of recorded cards: all that NVIDIA's best cards say.</summary>
    [Fact]
    public void Of_EveryRecordedGpu_HasAtMost35SeriesAndNoneTwice()
    {
        var recorded = Gpus("nvml/expected.json").Concat(Gpus("hosts/radeon/expected.json")).Concat(Gpus("hosts/intel-gpu/expected.json")).ToList();

        Assert.Equal(9, recorded.Count);
        Assert.All(recorded, static gpu =>
        {
            var series = gpu.Select(SensorFamilies.Of).OfType<SensorPlace>().Select(static place => place.Family.Name + "{" + string.Join(',', place.Labels) + "}").ToList();
            Assert.InRange(series.Count, 5, 35);
            Assert.Equal(series.Count, series.Distinct().Count());
        });
    }

    private static List<List<FleetSensor>> Gpus(string golden)
    {
        using var document = JsonDocument.Parse(File.ReadAllText(Repository.PathOf("tests", "fixtures", golden)));
        return document.RootElement.GetProperty("readings").EnumerateArray()
            .Where(static reading => reading.GetProperty("source").GetString() is "nvidia" or "amdgpu" or "intel_gpu")
            .Select(static reading => Sample.Sensor(Text(reading, "source"), Text(reading, "device"), Text(reading, "name"), Kind(Text(reading, "quantity")), Shape(Text(reading, "name"), Text(reading, "quantity"))))
            .GroupBy(static sensor => sensor.Device).Select(static gpu => gpu.ToList()).ToList();
    }

    private static string Text(JsonElement reading, string key) => reading.GetProperty(key).GetString()!;

    private static Quantity Kind(string word) => Enum.GetValues<Quantity>().Single(quantity => quantity.Word() == word);

    // The golden leaves the shape out.
    private static SensorShape Shape(string name, string quantity) => name.EndsWith("_max", StringComparison.Ordinal) || name.EndsWith("_cap", StringComparison.Ordinal)
        ? SensorShape.Limit
        : quantity is "energy" or "duration" ? SensorShape.Counter : SensorShape.Gauge;
}
