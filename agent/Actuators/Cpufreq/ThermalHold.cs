namespace Homelab.NodeAgent.Actuators.Cpufreq;

/// <summary>Whether the kernel's thermal governor slows a processor right now.</summary>
/// <remarks>Source: <c>/sys/class/thermal/cooling_device*/{type,cur_state}</c>: <c>cpufreq-cpu0</c>, <c>thermal-cpufreq-0</c> on older kernels, <c>Processor</c> on x86.</remarks>
internal static class ThermalHold
{
    private const string ClassPath = "/sys/class/thermal";

    public static bool IsActive(ControlTree tree)
    {
        foreach (var name in tree.Numbered(ClassPath, "cooling_device"))
        {
            var folder = ClassPath + "/" + name;
            if (tree.Line(folder + "/type") is { } type && (type.Contains("cpufreq", StringComparison.Ordinal) || type == "Processor")
                && tree.Number(folder + "/cur_state") > 0)
            {
                return true;
            }
        }
        return false;
    }
}
