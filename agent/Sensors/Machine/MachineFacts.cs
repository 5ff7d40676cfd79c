namespace Homelab.NodeAgent.Sensors.Machine;

/// <summary>What kind of machine this is, read once at start. Text is empty and numbers are 0 where the machine does not say.</summary>
/// <param name="BootId">Random id of this boot; a new one means that every counter of the kernel started again.</param>
/// <param name="Architecture">As Kubernetes writes it: <c>amd64</c>, <c>arm64</c>, <c>arm</c>.</param>
/// <param name="Board">Board or product, e.g. <c>Turing Machines RK1</c>.</param>
/// <param name="Processor">Model name, or the core types of an ARM part.</param>
/// <param name="Kernel">Release as <c>uname -r</c>.</param>
/// <param name="OperatingSystem">PRETTY_NAME of os-release.</param>
/// <param name="LogicalCpus">CPUs online.</param>
/// <param name="MemoryBytes">Memory that the kernel manages.</param>
internal sealed record MachineFacts(
    string BootId,
    string Architecture,
    string Board,
    string Processor,
    string Kernel,
    string OperatingSystem,
    int LogicalCpus,
    long MemoryBytes)
{
    /// <summary>/etc/machine-id: 32 hexadecimal digits.</summary>
    public string MachineId { get; init; } = "";

    /// <summary>The firmware's product UUID in lower case, or the device tree's serial number. DMI shows it to root only.</summary>
    public string SystemUuid { get; init; } = "";

    /// <summary>What it runs on: <c>none</c>, <c>kvm</c>, <c>vmware</c>, <c>xen</c>, <c>hyperv</c>, <c>virtualbox</c>, or <c>vm</c> for one that does not say which. Never empty.</summary>
    public string Virtualization { get; init; } = "none";

    /// <param name="root">The machine, which may be a recorded one.</param>
    /// <param name="architecture">Passed in: a recorded machine can not be asked.</param>
    public static MachineFacts Read(HostRoot root, string architecture)
    {
        var cpuInfo = Text(root, "/proc/cpuinfo");
        var online = CpuList.Count(root.ReadLine("/sys/devices/system/cpu/online") ?? "");
        return new MachineFacts(
            root.ReadLine("/proc/sys/kernel/random/boot_id") ?? "",
            architecture,
            BoardName.Read(root),
            ProcessorName.From(cpuInfo),
            root.ReadLine("/proc/sys/kernel/osrelease") ?? "",
            OsRelease.PrettyName(Text(root, "/etc/os-release") is { Length: > 0 } etc ? etc : Text(root, "/usr/lib/os-release")),
            online > 0 ? online : ProcessorName.CountProcessors(cpuInfo),
            MemoryTotal(Text(root, "/proc/meminfo")))
        {
            MachineId = MachineNumbers.MachineId(root),
            SystemUuid = MachineNumbers.SystemUuid(root),
            Virtualization = VirtualMachine.Word(root),
        };
    }

    private static long MemoryTotal(string memInfo)
    {
        foreach (var line in memInfo.AsSpan().EnumerateLines())
        {
            if (!line.StartsWith("MemTotal:", StringComparison.Ordinal))
                continue;
            var value = line["MemTotal:".Length..].Trim();
            var space = value.IndexOf(' ');
            return long.TryParse(space < 0 ? value : value[..space], System.Globalization.NumberStyles.None, System.Globalization.CultureInfo.InvariantCulture, out var kibibytes)
                && kibibytes < 1L << 50
                ? kibibytes * 1024
                : 0;
        }
        return 0;
    }

    // 64 KiB hold the cpuinfo of some 40 CPUs; the rest only repeats.
    private static string Text(HostRoot root, string path)
    {
        var buffer = new byte[65_536];
        var count = root.Files.Read(root.Locate(path), buffer);
        return count <= 0 ? "" : System.Text.Encoding.UTF8.GetString(buffer, 0, count);
    }
}
