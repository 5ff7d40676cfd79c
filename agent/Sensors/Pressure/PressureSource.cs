using Homelab.Units;

namespace Homelab.NodeAgent.Sensors.Pressure;

/// <summary>How long work waits for CPU, memory and disks.</summary>
/// <remarks>Source: <c>/proc/pressure/{cpu,memory,io}</c>, Documentation/accounting/psi.rst; one read a file. Device = the file,
/// <c>some_avg10</c> and <c>full_avg10</c> = share of the last 10 s, <c>some_total</c> and <c>full_total</c> = seconds since boot.
/// <c>full</c> of cpu is left out: it is 0 by definition for a whole machine.</remarks>
internal sealed class PressureSource : ISensorSource
{
    private const string Folder = "/proc/pressure";

    public string Name => "pressure";

    public Discovery Discover(HostRoot root)
    {
        var sensors = new List<ISensor>();
        var findings = new List<Finding>();
        foreach (var resource in (string[])["cpu", "memory", "io"])
        {
            var file = new SharedFile(root, Folder + "/" + resource, 256);
            _ = root.ReadInteger(file.MachinePath, out var errno);
            if (errno != 0)
            {
                // One finding: the three files are switched on and off together.
                if (findings.Count == 0)
                    findings.Add(Unreadable(root, file.MachinePath, errno));
                continue;
            }
            AddLine(resource, file, "some", sensors);
            if (resource != "cpu")
                AddLine(resource, file, "full", sensors);
        }
        return new Discovery(sensors, findings);
    }

    private void AddLine(string resource, SharedFile file, string line, List<ISensor> sensors)
    {
        sensors.Add(new PressureSensor(new SensorInfo(Name, resource, line + "_avg10", "", Quantity.Ratio, SensorShape.Gauge, file.MachinePath), file, line));
        sensors.Add(new PressureSensor(new SensorInfo(Name, resource, line + "_total", "", Quantity.Duration, SensorShape.Counter, file.MachinePath), file, line));
    }

    private static Finding Unreadable(HostRoot root, string path, int errno) => errno switch
    {
        Errno.NotSupported => new Finding(FindingKind.Missing, path, Errno.Name(errno), "The kernel was booted with psi=0 or has pressure off by default.", "add psi=1 to the kernel command line and reboot"),
        Errno.NoEntry when IsBefore(root, 4, 20) => new Finding(FindingKind.Missing, path, Errno.Name(errno), "Kernels before 4.20 do not say how long work waits.", ""),
        Errno.NoEntry => new Finding(FindingKind.Hint, path, Errno.Name(errno), "This kernel does not say how long work waits: pressure is off, or not built in.", "add psi=1 to the kernel command line and reboot"),
        Errno.Access or Errno.NotPermitted => new Finding(FindingKind.Denied, path, Errno.Name(errno), "Pressure can not be read.", "run the agent with read access to /proc/pressure"),
        _ => new Finding(FindingKind.Broken, path, Errno.Name(errno), "Pressure can not be read.", ""),
    };

    private static bool IsBefore(HostRoot root, int major, int minor)
    {
        var parts = (root.ReadLine("/proc/sys/kernel/osrelease") ?? "").Split('.', '-');
        return parts.Length > 1 && int.TryParse(parts[0], out var first) && int.TryParse(parts[1], out var second) && (first < major || (first == major && second < minor));
    }
}
