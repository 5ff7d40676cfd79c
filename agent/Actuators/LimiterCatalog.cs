using Homelab.NodeAgent.Actuators.Cpufreq;
using Homelab.NodeAgent.Actuators.Devfreq;
using Homelab.NodeAgent.Actuators.Hwmon;
using Homelab.NodeAgent.Actuators.Nvidia;
using Homelab.NodeAgent.Actuators.Rapl;

namespace Homelab.NodeAgent.Actuators;

/// <summary>Every family of limiters there is. Adding one is its file, a line here and a row in ACTUATORS.md.</summary>
internal static class LimiterCatalog
{
    /// <summary>All limiters of the machine, watts first, in an order that is the same each time. Reads only; never throws for what hardware does.</summary>
    /// <param name="originals">Known originals of this boot: with them a limiter knows what the machine came with even after a crash.</param>
    public static IReadOnlyList<IPowerLimiter> Discover(HostRoot root, IControlFiles files, OriginalsJournal? originals = null)
    {
        var tree = new ControlTree(root, files, originals);
        return
        [
            .. AcpiMeterLimiter.Discover(tree),
            .. RaplLimiter.Discover(tree),
            .. AmdgpuLimiter.Discover(tree),
            .. IntelGpuLimiter.Discover(tree),
            .. NvmlLimiter.Discover(root, originals is null ? null : originals.Original),
            .. CpufreqLimiter.Discover(tree),
            .. DevfreqLimiter.Discover(tree),
        ];
    }
}
