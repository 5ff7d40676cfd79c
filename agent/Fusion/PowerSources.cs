namespace Homelab.NodeAgent.Fusion;

/// <summary>Words for where a node's figure comes from that are made of parts. Each is one string for good: a figure is made every second.</summary>
internal static class PowerSources
{
    public const string Packages = "rapl-package";
    public const string PackagesAndCards = "rapl-package+gpu";
    public const string Apu = "hwmon:amdgpu";
    public const string ApuAndCards = "hwmon:amdgpu+gpu";

    /// <param name="source">Of a processor's figure, one of the above.</param>
    public static string Learned(string source) => source switch
    {
        Packages => "rapl-package+learned",
        PackagesAndCards => "rapl-package+gpu+learned",
        Apu => "hwmon:amdgpu+learned",
        ApuAndCards => "hwmon:amdgpu+gpu+learned",
        _ => source + "+learned",
    };

    /// <param name="source">Of a processor's figure, one of the above.</param>
    public static string WithRemainder(string source) => source switch
    {
        Packages => "rapl-package+remainder",
        PackagesAndCards => "rapl-package+gpu+remainder",
        Apu => "hwmon:amdgpu+remainder",
        ApuAndCards => "hwmon:amdgpu+gpu+remainder",
        _ => source + "+remainder",
    };
}
