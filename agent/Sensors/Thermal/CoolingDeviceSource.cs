using Homelab.Units;

namespace Homelab.NodeAgent.Sensors.Thermal;

/// <summary>How hard the kernel cools: each cooling device's state as a share of its highest.</summary>
/// <remarks>Source: <c>/sys/class/thermal/cooling_device*/{type,cur_state,max_state}</c>, Documentation/ABI/testing/sysfs-class-thermal.
/// Device = type (<c>#2</c> for the second of a type), name = <see cref="CoolingDevice.Channel"/>, label = type.</remarks>
internal sealed class CoolingDeviceSource : ISensorSource
{
    private const string ClassPath = "/sys/class/thermal";

    public string Name => "cooling";

    public Discovery Discover(HostRoot root)
    {
        var found = NumberedEntries.Of(root.List(ClassPath, out var errno), "cooling_device");
        if (found.Count == 0)
            return Discovery.Nothing(Finding.OfFolder(ClassPath, errno, "The cooling devices can not be listed.", "The kernel has no cooling devices here."));
        var sensors = new List<ISensor>();
        var findings = new List<Finding>();
        var devices = new DeviceNames();
        foreach (var (entry, _) in found)
        {
            var path = ClassPath + "/" + entry;
            var type = root.ReadLine(path + "/type") is { Length: > 0 } known ? known : "unnamed";
            var device = devices.Claim(type);
            if (root.ReadInteger(path + "/max_state", out var maxErrno) is not (> 0 and var most))
            {
                var errnoName = maxErrno == 0 ? "" : Errno.Name(maxErrno);
                findings.Add(new Finding(FindingKind.Note, path + "/max_state", errnoName, "This cooling device has no states; it is left out.", ""));
                continue;
            }
            sensors.Add(new FileSensor(
                new SensorInfo(Name, device, CoolingDevice.Channel(type), type, Quantity.Ratio, SensorShape.Gauge, path + "/cur_state"),
                root,
                new Scale(1_000_000, most),
                Plausibility.For(Quantity.Ratio, SensorShape.Gauge),
                root.LocateDevice(path)));
        }
        return new Discovery(sensors, findings);
    }
}
