using System.Globalization;
using Homelab.Units;

namespace Homelab.NodeAgent.Sensors.Thermal;

/// <summary>Temperatures of the kernel's thermal zones, and the trips at which it acts.</summary>
/// <remarks>Source: <c>/sys/class/thermal/thermal_zone*/{type,temp,trip_point_*}</c>, Documentation/ABI/testing/sysfs-class-thermal.
/// Device = the zone's type, with <c>#2</c> for a second zone of that type (by zone number); label = the type.</remarks>
internal sealed class ThermalZoneSource : ISensorSource
{
    private const string ClassPath = "/sys/class/thermal";

    public string Name => "thermal";

    public Discovery Discover(HostRoot root)
    {
        var zones = NumberedEntries.Of(root.List(ClassPath, out var errno), "thermal_zone");
        if (zones.Count == 0)
            return Discovery.Nothing(new Finding(FindingKind.Missing, ClassPath, errno == 0 ? "" : Errno.Name(errno), "The kernel has no thermal zones here.", ""));
        var sensors = new List<ISensor>();
        var devices = new DeviceNames();
        foreach (var (zone, _) in zones)
        {
            var path = ClassPath + "/" + zone;
            var type = root.ReadLine(path + "/type") is { Length: > 0 } known ? known : "unnamed";
            var device = devices.Claim(type);
            var folder = root.LocateDevice(path);
            sensors.Add(Sensor(root, folder, device, "temp", type, SensorShape.Gauge, path + "/temp"));
            AddTrips(root, path, folder, device, sensors);
        }
        return Discovery.Of(sensors);
    }

    // Active trips start fans; only those that slow or stop the processor matter here.
    private void AddTrips(HostRoot root, string path, string folder, string device, List<ISensor> sensors)
    {
        for (var trip = 0; trip < 32; trip++)
        {
            var name = "trip_point_" + trip.ToString(CultureInfo.InvariantCulture);
            if (root.ReadLine(path + "/" + name + "_type") is not { } type)
                return;
            if (type is "critical" or "hot" or "passive")
                sensors.Add(Sensor(root, folder, device, name, type, SensorShape.Limit, path + "/" + name + "_temp"));
        }
    }

    private FileSensor Sensor(HostRoot root, string folder, string device, string name, string label, SensorShape shape, string path) => new(
        new SensorInfo(Name, device, name, label, Quantity.Temperature, shape, path),
        root,
        Scale.Milli,
        Plausibility.For(Quantity.Temperature, shape),
        folder)
    {
        // x86_pkg_temp has two trips for user space to set, 0 until it does.
        ZeroDetail = shape == SensorShape.Limit ? "0: this trip is not set" : null,
    };
}
