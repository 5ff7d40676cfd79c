using System.Globalization;
using Homelab.Units;

namespace Homelab.NodeAgent.Sensors.Devfreq;

/// <summary>How busy the cores of a Rockchip NPU are.</summary>
/// <remarks>Source: <c>/sys/kernel/debug/rknpu/load</c> of the vendor's driver; root's alone, like all of debugfs, so having it is a choice. Device <c>rknpu</c>:
/// <c>core0_load</c>, … or <c>load</c> of a part with one core.</remarks>
internal sealed class NpuLoadSource : ISensorSource
{
    private const string Folder = "/sys/kernel/debug/rknpu";
    private const string File = Folder + "/load";
    private const string DevfreqFolder = "/sys/class/devfreq";

    public string Name => "rknpu";

    public Discovery Discover(HostRoot root)
    {
        Span<byte> first = stackalloc byte[256];
        var count = root.Files.Read(root.Locate(File), first);
        if (count < 0)
            return Discovery.Nothing(Absence(root, -count));
        var cores = NpuLoadText.CountCores(first[..count]);
        var file = new SharedFile(root, File, first.Length);
        if (cores == 0)
            return Discovery.Of([new NpuLoadSensor(Info("load"), file, core: null)]);
        var sensors = new ISensor[cores];
        for (var core = 0; core < cores; core++)
            sensors[core] = new NpuLoadSensor(Info("core" + core.ToString(CultureInfo.InvariantCulture) + "_load"), file, core);
        return Discovery.Of(sensors);
    }

    private static Finding Absence(HostRoot root, int errno)
    {
        if (errno is Errno.Access or Errno.NotPermitted)
        {
            return new Finding(FindingKind.Denied, File, Errno.Name(errno), "The NPU's load is root's alone: it is not known.",
                "run the agent as root, or with CAP_DAC_READ_SEARCH as its unit does; collectors.rknpu: off keeps this quiet");
        }
        // The vendor's driver shows the NPU's clock to all, and its load in debugfs only.
        foreach (var entry in root.List(DevfreqFolder, out _))
        {
            if (DevfreqSource.Role(entry) == "npu")
                return new Finding(FindingKind.Missing, File, Errno.Name(errno), "debugfs is not mounted here, or this kernel does not show the NPU's load in it: it is not known.", "sudo mount -t debugfs none /sys/kernel/debug");
        }
        if ((root.ReadLine("/proc/device-tree/compatible") ?? "").Contains("rockchip,rk3588", StringComparison.Ordinal))
            return new Finding(FindingKind.Hint, Folder, Errno.Name(errno), "Mainline's driver of the NPU tells no load, and memory has no clock to read.", "Rockchip's own kernel (5.10 or 6.1), where the NPU's load matters");
        return new Finding(FindingKind.Foreign, Folder, Errno.Name(errno), "There is no Rockchip NPU with the vendor's driver.", "");
    }

    private SensorInfo Info(string name) => new(Name, "rknpu", name, "npu", Quantity.Ratio, SensorShape.Gauge, File);
}
