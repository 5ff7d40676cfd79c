using System.Globalization;
using Homelab.Units;

namespace Homelab.NodeAgent.Sensors.Thermal;

/// <summary>Temperatures of the kernel's thermal zones, and the trips at which it acts.</summary>
/// <remarks>Source: <c>/sys/class/thermal/thermal_zone*/{type,temp,mode,policy,trip_point_*}</c>, Documentation/ABI/testing/sysfs-class-thermal.
/// Device = the zone's type, with <c>#2</c> for a second zone of that type (by zone number); label = the type.</remarks>
internal sealed class ThermalZoneSource : ISensorSource
{
    private const string ClassPath = "/sys/class/thermal";

    // drivers/thermal/intel/int340x_thermal/int3400_thermal.c: its temperature is a constant.
    private const string PolicyZone = "INT3400 Thermal";

    public string Name => "thermal";

    public Discovery Discover(HostRoot root)
    {
        var zones = NumberedEntries.Of(root.List(ClassPath, out var errno), "thermal_zone");
        if (zones.Count == 0)
            return Discovery.Nothing(Finding.OfFolder(ClassPath, errno, "The thermal zones can not be listed.", "The kernel has no thermal zones here."));
        var sensors = new List<ISensor>();
        var findings = new List<Finding>();
        var devices = new DeviceNames();
        foreach (var (zone, _) in zones)
        {
            var path = ClassPath + "/" + zone;
            var type = root.ReadLine(path + "/type") is { Length: > 0 } known ? known : "unnamed";
            if (type == PolicyZone)
            {
                findings.Add(new Finding(FindingKind.Note, path, "", "INT3400 is a switch for thermal policies and always says 20 °C; it is left out.", ""));
                continue;
            }
            var device = devices.Claim(type);
            var folder = root.LocateDevice(path);
            sensors.Add(Sensor(root, folder, device, "temp", type, SensorShape.Gauge, path + "/temp"));
            AddTrips(root, path, folder, device, sensors);
            if (Unguarded(root, path, device) is { } finding)
                findings.Add(finding);
        }
        return new Discovery(sensors, findings);
    }

    /// <summary>Where the kernel was told not to act on a zone.</summary>
    private static Finding? Unguarded(HostRoot root, string path, string device)
    {
        if (root.ReadLine(path + "/mode") == "disabled")
            return new Finding(FindingKind.Note, path + "/mode", "", $"{device} is disabled: the kernel neither cools nor shuts down for its heat.", "");
        return root.ReadLine(path + "/policy") == "user_space"
            ? new Finding(FindingKind.Note, path + "/policy", "", $"{device} is left to a program: the kernel shuts down for its heat, and does not cool.", "")
            : null;
    }

    private void AddTrips(HostRoot root, string path, string folder, string device, List<ISensor> sensors)
    {
        for (var trip = 0; trip < 32; trip++)
        {
            var name = "trip_point_" + trip.ToString(CultureInfo.InvariantCulture);
            if (root.ReadLine(path + "/" + name + "_type") is not { } type)
                return;
            // ACPI numbers its active trips: active0, active1, …
            if (type is "critical" or "hot" or "passive" || type.StartsWith("active", StringComparison.Ordinal))
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
