using System.Globalization;
using Homelab.NodeAgent.Perf;
using Homelab.NodeAgent.Sensors.Powercap;
using Homelab.Units;

namespace Homelab.NodeAgent.Sensors.PowerPmu;

/// <summary>The processor's energy counters through perf events, only where powercap shows none: the same registers, and both together would be counted twice.</summary>
/// <remarks>Source: <c>/sys/bus/event_source/devices/power</c>, arch/x86/events/rapl.c; counts of 2⁻³² J, 64 bits wide, begun at 0 when the agent opens them.
/// Device = <c>package-0</c>, <c>package-0:dram</c>; name <c>energy</c>; label as powercap's zone: <c>package-0</c>, <c>core</c>, <c>uncore</c>, <c>dram</c>, <c>psys</c>.
/// Powercap comes first in the catalogue and first here: it needs no system call, and its limits belong to it.</remarks>
internal sealed class PerfSource(IPerfCounters counters) : ISensorSource
{
    public const string Unit = "/sys/bus/event_source/devices/power";

    private const string Powercap = "/sys/class/powercap";

    private readonly Dictionary<string, PmuCounter> _open = new(StringComparer.Ordinal);

    public PerfSource()
        : this(new PerfCounters())
    {
    }

    public string Name => "perf";

    public Discovery Discover(HostRoot root)
    {
        if (ReasonToRest(root) is { } reason)
        {
            CloseAll();
            return Discovery.Nothing(reason);
        }
        if (!uint.TryParse(root.ReadLine(Unit + "/type"), NumberStyles.None, CultureInfo.InvariantCulture, out var type))
            return Discovery.Nothing(PerfFindings.Malformed(Unit + "/type"));
        var processors = PmuEvent.Processors(root.ReadLine(Unit + "/cpumask"));
        if (processors.Count == 0)
            return Discovery.Nothing(PerfFindings.Malformed(Unit + "/cpumask"));
        var sensors = new List<ISensor>();
        var findings = new List<Finding>();
        var packages = Packages(root, processors);
        foreach (var item in PmuEvent.All)
            Add(root, type, item, packages, sensors, findings);
        if (sensors.Count == 0 && findings.Count == 0)
            findings.Add(PerfFindings.NoUnit(root, Unit));
        return new Discovery(sensors, findings);
    }

    /// <summary>Null when there is something to count here that nobody else counts.</summary>
    private static Finding? ReasonToRest(HostRoot root)
    {
        _ = root.List(Unit, out var errno);
        if (errno is not (0 or Errno.NoEntry))
            return PerfFindings.Unlisted(Unit, errno);
        if (CountingZone(root) is { } zone)
            return PerfFindings.NotNeeded(zone);
        if (errno != 0)
            return PerfFindings.NoUnit(root, Unit);
        return RunningKernel.IsOf(root) ? null : PerfFindings.Recorded(Unit);
    }

    // A zone that answers with an error of its own still is powercap's; one that is not there, or shut to this process, counts nothing.
    private static string? CountingZone(HostRoot root)
    {
        foreach (var entry in root.List(Powercap, out _))
        {
            if (!PowercapZone.TryParse(entry, out _) || !entry.StartsWith("intel-rapl", StringComparison.Ordinal))
                continue;
            var file = Powercap + "/" + entry + "/energy_uj";
            _ = root.ReadInteger(file, out var errno);
            if (errno is not (Errno.NoEntry or Errno.Access or Errno.NotPermitted))
                return file;
        }
        return null;
    }

    private static List<PmuPackage> Packages(HostRoot root, IReadOnlyList<int> processors)
    {
        var found = new List<PmuPackage>();
        foreach (var cpu in processors)
        {
            var folder = Text("/sys/devices/system/cpu/cpu", cpu) + "/topology/";
            found.Add(new PmuPackage(cpu, (int)(root.ReadInteger(folder + "physical_package_id") ?? found.Count), (int)(root.ReadInteger(folder + "die_id") ?? 0)));
        }
        foreach (var one in found)
        {
            var isAlone = found.Count(other => other.Package == one.Package) == 1;
            one.Label = Text("package-", one.Package) + (isAlone ? "" : Text("-die-", one.Die));
        }
        return found;
    }

    private static string Text(string lead, int number) => lead + number.ToString(CultureInfo.InvariantCulture);

    private void Add(HostRoot root, uint type, PmuEvent item, List<PmuPackage> packages, List<ISensor> sensors, List<Finding> findings)
    {
        var path = Unit + "/events/" + item.File;
        if (root.ReadLine(path) is not { } text)
            return;
        if (!PmuEvent.TryConfig(text, out var config))
        {
            findings.Add(PerfFindings.Malformed(path));
            return;
        }
        if (root.ReadLine(path + ".unit") is { } unit && unit != "Joules" || !EnergyScale.TryParse(root.ReadLine(path + ".scale"), out var scale))
        {
            findings.Add(PerfFindings.Malformed(path + ".scale"));
            return;
        }
        foreach (var package in packages)
        {
            var (device, zone) = Named(item.Zone, package.Package, package.Label);
            // Each die answers with the one psys of its package.
            if (sensors.Exists(sensor => sensor.Info.Device == device))
                continue;
            if (!_open.TryGetValue(device, out var counter))
                _open[device] = counter = new PmuCounter(counters, path);
            counter.Open(new PmuTarget(type, config, package.Cpu, scale));
            if (counter.ShutBy != 0 && !findings.Exists(finding => finding.Errno == Errno.Name(counter.ShutBy)))
                findings.Add(PerfFindings.Shut(root, path, counter.ShutBy));
            // ENODEV and EINVAL at opening: the register is not there on this part.
            if (counter.ShutBy is 0 or Errno.Access or Errno.NotPermitted)
                sensors.Add(new PmuSensor(new("perf", device, "energy", zone, Quantity.Energy, SensorShape.Counter, path), counter));
        }
    }

    // psys is the whole machine and no part of a package; powercap numbers only the second and further ones.
    private static (string Device, string Label) Named(string zone, int package, string label) => zone switch
    {
        "package" => (label, label),
        "psys" when package == 0 => ("psys", "psys"),
        "psys" => (Text("psys-", package), Text("psys-", package)),
        _ => (label + ":" + zone, zone),
    };

    private void CloseAll()
    {
        foreach (var counter in _open.Values)
            counter.Dispose();
        _open.Clear();
    }

    /// <summary>A package or die, and the processor that is asked for it.</summary>
    private sealed class PmuPackage(int cpu, int package, int die)
    {
        public int Cpu => cpu;

        public int Package => package;

        public int Die => die;

        /// <summary>As powercap names it: with the die where a package has several.</summary>
        public string Label { get; set; } = "";
    }
}
