using Homelab.Units;

namespace Homelab.NodeAgent.Sensors.Cgroup;

/// <summary>Processor time of each container.</summary>
/// <remarks>
/// Source: <c>/sys/fs/cgroup</c>, Documentation/admin-guide/cgroup-v2.rst and cgroup-v1/cpuacct.rst. Device <c>pod:UID</c>, or <c>container</c> where there is no pod; name is the
/// container's first 12 digits, label the pod's <c>NAMESPACE/NAME</c> where the kubelet's log folders tell it. Containers come and go, so nobody but the split of the node's energy asks for them: they are no part of the inventory.
/// </remarks>
internal sealed class CgroupSource : ISensorSource
{
    /// <summary>A container's digits that it is called by.</summary>
    public const int NameDigits = 12;

    private const string Folder = "/sys/fs/cgroup";

    /// <summary>Beyond them a container's time counts as the system's.</summary>
    public const int MostContainers = 512;

    private const string PodDevice = "pod:";
    private const int MostFolders = 4096;
    private const int Deepest = 16;

    public string Name => "cgroup";

    public Discovery Discover(HostRoot root)
    {
        var isUnified = root.List(Folder, out var errno).Contains("cgroup.controllers");
        var top = isUnified ? Folder : V1Folder(root);
        if (top is null)
        {
            return Discovery.Nothing(new Finding(
                errno is Errno.Access or Errno.NotPermitted ? FindingKind.Denied : FindingKind.Missing, Folder, errno == 0 ? "" : Errno.Name(errno),
                "No control groups are seen, so energy is not split over containers.",
                errno == Errno.NoEntry ? Remedy.ShowMachine(root) : ""));
        }
        var walk = new Walk(Name, root, isUnified ? "cpu.stat" : "cpuacct.usage");
        walk.Visit(top, "", 0);
        var names = walk.HasPods ? PodNames.Read(root) : [];
        var sensors = new List<ISensor>(walk.Found.Count);
        foreach (var info in walk.Found)
            sensors.Add(new CgroupTimeSensor(info with { Label = NameOf(info.Device, names) }, root, isUnified));
        var findings = new List<Finding>();
        if (walk.IsCut)
            findings.Add(new Finding(FindingKind.Note, top, "", $"More containers than the {MostContainers} that are told apart: the others count as the system.", ""));
        if (walk.HasPods && names.Count == 0)
            findings.Add(new Finding(FindingKind.Note, PodNames.Folder, "", "Pods are told by their UID only: their names are not seen here. A container: mount the host's /var/log/pods at /host/var/log/pods, read-only.", ""));
        return new Discovery(sensors, findings);
    }

    private static string NameOf(string device, Dictionary<string, string> names) =>
        device.StartsWith(PodDevice, StringComparison.Ordinal) ? names.GetValueOrDefault(device[PodDevice.Length..], "") : "";

    /// <summary>Where version 1 keeps the counters, alone or beside the processor's controller.</summary>
    private static string? V1Folder(HostRoot root)
    {
        foreach (var name in (ReadOnlySpan<string>)["cpuacct", "cpu,cpuacct", "cpu"])
        {
            if (root.List($"{Folder}/{name}", out _).Contains("cpuacct.usage"))
                return $"{Folder}/{name}";
        }
        return null;
    }

    /// <summary>One descent. A container that holds others is left to them, and what it does itself is the system's.</summary>
    private sealed class Walk(string source, HostRoot root, string counter)
    {
        private readonly HashSet<string> _names = new(StringComparer.Ordinal);
        private int _folders;

        public List<SensorInfo> Found { get; } = [];

        public bool IsCut { get; private set; }

        public bool HasPods { get; private set; }

        /// <summary>True when a container was found in the folder or below it.</summary>
        public bool Visit(string folder, string name, int depth)
        {
            if (++_folders > MostFolders || depth > Deepest)
                return false;
            var entries = root.List(folder, out var errno);
            if (errno != 0)
                return false;
            var holdsOthers = false;
            foreach (var entry in entries)
            {
                if (IsGroup(entry))
                    holdsOthers |= Visit($"{folder}/{entry}", entry, depth + 1);
            }
            if (holdsOthers || !CgroupPath.NamesContainer(name) || !entries.Contains(counter) || CgroupPath.Of(folder) is not { } place)
                return holdsOthers;
            var (device, container) = (place.Pod.Length > 0 ? PodDevice + place.Pod : "container", place.Container[..NameDigits]);
            HasPods |= place.Pod.Length > 0;
            if (Found.Count == MostContainers)
                IsCut = true;
            else if (_names.Add(device + container))
                Found.Add(new SensorInfo(source, device, container, "", Quantity.Duration, SensorShape.Counter, $"{folder}/{counter}"));
            return true;
        }

        /// <summary>A controller's files have a dot, and groups have none, a unit's ending, or the name of an LXC system.</summary>
        private static bool IsGroup(string name) =>
            !name.Contains('.', StringComparison.Ordinal)
            || name.EndsWith(".slice", StringComparison.Ordinal) || name.EndsWith(".scope", StringComparison.Ordinal)
            || name.EndsWith(".service", StringComparison.Ordinal) || name.StartsWith("lxc.payload.", StringComparison.Ordinal) || name.Contains(".slice:", StringComparison.Ordinal);
    }
}
