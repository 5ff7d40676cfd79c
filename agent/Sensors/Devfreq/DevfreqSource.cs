using Homelab.Units;

namespace Homelab.NodeAgent.Sensors.Devfreq;

/// <summary>Clocks of what scales besides the processor: GPU, NPU and memory of ARM boards.</summary>
/// <remarks>Source: <c>/sys/class/devfreq/*/{cur_freq,target_freq,min_freq,max_freq}</c> in Hz, Documentation/ABI/testing/sysfs-class-devfreq, and <c>load</c> of
/// vendor kernels. Device = the entry (<c>fb000000.gpu</c>, <c>dmc</c>), name = the file, label = <c>gpu</c>, <c>npu</c>, <c>memory</c> or what stands behind the address.
/// Minimum and maximum are what is allowed now, not what the hardware can.</remarks>
internal sealed class DevfreqSource : ISensorSource
{
    private const string Folder = "/sys/class/devfreq";

    public string Name => "devfreq";

    public Discovery Discover(HostRoot root)
    {
        var entries = root.List(Folder, out var errno);
        if (entries.Count == 0)
        {
            return Discovery.Nothing(Finding.OfFolder(Folder, errno, "Clocks of GPU, NPU and memory can not be listed.", "Nothing but the processor scales its clock here."));
        }
        var sensors = new List<ISensor>();
        foreach (var entry in entries)
            AddDevice(root, entry, sensors);
        return Discovery.Of(sensors);
    }

    /// <summary>What the device is, from its name: the part behind a bus address, and <c>memory</c> for a memory controller.</summary>
    public static string Role(string entry)
    {
        if (entry is "dmc" || entry.EndsWith("memory-controller", StringComparison.Ordinal))
            return "memory";
        var dot = entry.LastIndexOf('.');
        return dot < 0 ? entry : entry[(dot + 1)..];
    }

    private void AddDevice(HostRoot root, string entry, List<ISensor> sensors)
    {
        var path = Folder + "/" + entry;
        var files = root.List(path, out _);
        var folder = root.LocateDevice(path);
        Add("cur_freq", SensorShape.Gauge);
        Add("target_freq", SensorShape.Gauge);
        Add("min_freq", SensorShape.Limit);
        Add("max_freq", SensorShape.Limit);
        if (files.Contains("load"))
            sensors.Add(new DevfreqLoadSensor(new SensorInfo(Name, entry, "load", Role(entry), Quantity.Ratio, SensorShape.Gauge, path + "/load"), root, folder));

        void Add(string file, SensorShape shape)
        {
            if (files.Contains(file))
            {
                sensors.Add(new FileSensor(
                    new SensorInfo(Name, entry, file, Role(entry), Quantity.Frequency, shape, path + "/" + file), root, Scale.One, Plausibility.For(Quantity.Frequency, shape), folder));
            }
        }
    }
}
