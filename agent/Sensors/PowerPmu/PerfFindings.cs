using System.Globalization;

namespace Homelab.NodeAgent.Sensors.PowerPmu;

/// <summary>Why the processor's energy is not counted through perf events, and what would open them.</summary>
internal static class PerfFindings
{
    private const string Paranoid = "/proc/sys/kernel/perf_event_paranoid";

    public static Finding NotNeeded(string zone) => new(FindingKind.Foreign, zone, "", "Powercap counts the processor's energy; perf events would count it twice.", "");

    public static Finding NoUnit(HostRoot root, string path) => new(
        FindingKind.Foreign, path, "", VirtualMachine.IsX86(root) ? "The kernel offers no energy events." : "Energy events exist on x86 only.", "");

    public static Finding Recorded(string path) => new(FindingKind.Note, path, "", "Energy events can be counted on the running machine only, not from its files.", "");

    public static Finding Unlisted(string path, int errno) => new(
        errno == Errno.Access ? FindingKind.Denied : FindingKind.Broken, path, Errno.Name(errno), "The folder of energy events can not be listed.",
        errno == Errno.Access ? "run the agent with read access to /sys" : "");

    public static Finding Malformed(string path) => new(FindingKind.Broken, path, "", "This does not say what the kernel's documents promise; the event is left out.", "");

    public static Finding Shut(HostRoot root, string path, int errno)
    {
        if (errno is not (Errno.Access or Errno.NotPermitted))
            return new(FindingKind.Broken, path, Errno.Name(errno), "The kernel lists this energy event and does not open it.", "");
        var level = root.ReadInteger(Paranoid) is { } number ? string.Create(CultureInfo.InvariantCulture, $" (kernel.perf_event_paranoid is {number})") : "";
        return new(
            FindingKind.Denied, path, Errno.Name(errno), $"Energy events are shut to the agent{level}, and powercap shows no counter, so no energy is counted.",
            "a unit drop-in that adds CAP_PERFMON to AmbientCapabilities= and CapabilityBoundingSet= (kernel 5.8 or later; a pod: capabilities.add: [PERFMON]), or: sudo sysctl kernel.perf_event_paranoid=0");
    }
}
