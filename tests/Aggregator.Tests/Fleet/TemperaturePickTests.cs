using Homelab.Aggregator.Fleet;
using Homelab.Aggregator.Tests.Fakes;
using Homelab.Units;

namespace Homelab.Aggregator.Tests.Fleet;

public sealed class TemperaturePickTests
{
    private static readonly (FleetSensor Sensor, string Display)[] Ranked =
    [
        (Zone("x86_pkg_temp"), "x86_pkg_temp"),
        (Chip("coretemp", "Package id 0"), "coretemp/Package id 0"),
        (Chip("k10temp", "Tdie"), "k10temp/Tdie"),
        (Chip("k10temp", "Tctl"), "k10temp/Tctl"),
        (Zone("package-thermal"), "package-thermal"),
        (Zone("bigcore0-thermal"), "bigcore0-thermal"),
        (Zone("cpu-thermal"), "cpu-thermal"),
        (Chip("amdgpu", "edge"), "amdgpu/edge"),
    ];

    [Fact]
    public void Of_AnyTwoOfTheList_TakesTheEarlierWhateverTheirOrderAndHeat()
    {
        for (var better = 0; better < Ranked.Length; better++)
        {
            for (var worse = better + 1; worse < Ranked.Length; worse++)
            {
                Assert.Equal(Ranked[better].Display, Pick((Ranked[better].Sensor, 40), (Ranked[worse].Sensor, 90)));
                Assert.Equal(Ranked[better].Display, Pick((Ranked[worse].Sensor, 90), (Ranked[better].Sensor, 40)));
            }
        }
    }

    [Fact]
    public void Of_OnlyAcpitzAndDisks_IsAbsent() =>
        Assert.Null(Pick((Zone("acpitz"), 27.8), (Chip("nvme", "Composite"), 40), (Chip("coretemp", "Core 0"), 50)));

    [Fact]
    public void Of_CoreClusters_TakesTheHottest() =>
        Assert.Equal("littlecore-thermal", Pick((Zone("bigcore0-thermal"), 60), (Zone("littlecore-thermal"), 64), (Zone("bigcore2-thermal"), 61)));

    [Fact]
    public void Of_BestSensorHasNoValue_TakesTheNext() =>
        Assert.Equal("cpu-thermal", Pick((Zone("package-thermal"), null), (Zone("cpu-thermal"), 50)));

    [Fact]
    public void Of_LimitsAndOtherQuantities_AreNotTemperatures() =>
        Assert.Null(Pick((Zone("cpu-thermal") with { Shape = SensorShape.Limit }, 50), (Zone("cpu-thermal") with { Quantity = Quantity.Ratio }, 50)));

    private static string? Pick(params (FleetSensor Sensor, double? Celsius)[] sensors) =>
        TemperaturePick.Of(
            [.. sensors.Select(each => each.Sensor)],
            sensors.Select(each => each.Celsius is { } value ? Sample.Ok(value) : SensorReading.None).ToArray())?.Sensor;

    private static FleetSensor Zone(string type) => Sample.Sensor("thermal", type, "temp", Quantity.Temperature, label: type);

    private static FleetSensor Chip(string chip, string label) => Sample.Sensor("hwmon", chip + "@pci0", "temp1", Quantity.Temperature, label: label);
}
