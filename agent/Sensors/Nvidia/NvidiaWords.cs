using Homelab.NodeAgent.Nvml;
using Homelab.Units;

namespace Homelab.NodeAgent.Sensors.Nvidia;

/// <summary>What the library's codes mean for a reading, and for a person who can mend it.</summary>
internal static class NvidiaWords
{
    private const string DeviceFiles =
        "give the agent /dev/nvidiactl and /dev/nvidia*: a unit drop-in with DeviceAllow=char-nvidia* rw; a container with runtimeClassName: nvidia and NVIDIA_DRIVER_CAPABILITIES=utility (Helm: agent.nvidia.enabled: true)";

    /// <summary>The reading for a call that failed.</summary>
    /// <remarks>": gone" makes the sampling loop search again within seconds: a GPU that fell off the bus may come back.</remarks>
    public static Reading ToReading(NvmlResult result)
    {
        var name = result.Name();
        return result switch
        {
            NvmlResult.NotSupported => Reading.None(Quality.Unsupported, name + ": this GPU does not offer it"),
            NvmlResult.FunctionNotFound => Reading.None(Quality.Unsupported, name + ": this driver does not offer it"),
            NvmlResult.LibraryNotFound => Reading.None(Quality.Unsupported, name + ": libnvidia-ml.so.1 was not found"),
            NvmlResult.NoData or NvmlResult.ArgumentVersionMismatch or NvmlResult.Deprecated => Reading.None(Quality.Unsupported, name),
            NvmlResult.NoPermission or NvmlResult.OperatingSystem => Reading.None(Quality.Denied, name + ": the driver's device files are shut"),
            NvmlResult.DriverNotLoaded => Reading.None(Quality.Denied, name + ": its device files can not be opened"),
            NvmlResult.GpuIsLost => Reading.None(Quality.Fault, name + Reading.Gone),
            NvmlResult.GpuNotFound or NvmlResult.NotFound or NvmlResult.Uninitialized => Reading.None(Quality.Fault, name + Reading.Gone),
            NvmlResult.ResetRequired => Reading.None(Quality.Fault, name + ": the GPU needs a reset"),
            NvmlResult.LibRmVersionMismatch => Reading.None(Quality.Fault, name + ": driver and library are of different versions"),
            _ => Reading.None(Quality.Fault, name),
        };
    }

    /// <summary>What stands in the way of a whole GPU, or of all.</summary>
    /// <param name="result">The failure.</param>
    /// <param name="path">The GPU, or the library.</param>
    /// <param name="address">Of the GPU, for the line to paste; null when it is about all.</param>
    public static Finding ToFinding(NvmlResult result, string path, string? address) => result switch
    {
        NvmlResult.LibraryNotFound => new(FindingKind.Missing, path, result.Name(), "The NVIDIA driver is loaded, its management library is not there: no watts of this GPU.",
            "install the driver's library (Debian: sudo apt install libnvidia-ml1); a container: runtimeClassName: nvidia with NVIDIA_DRIVER_CAPABILITIES=utility (Helm: agent.nvidia.enabled: true)"),
        NvmlResult.NoPermission or NvmlResult.OperatingSystem or NvmlResult.DriverNotLoaded =>
            new(FindingKind.Denied, path, result.Name(), "The driver is loaded, and its device files are shut to the agent.", DeviceFiles),
        NvmlResult.LibRmVersionMismatch => new(FindingKind.Broken, path, result.Name(),
            "The driver was upgraded and the old one still runs in the kernel (or a container holds the old library).", "reboot; a container: restart its pod"),
        NvmlResult.GpuIsLost => new(FindingKind.Broken, path, result.Name(), "The GPU fell off the bus; the others are read.",
            "dmesg | grep -i xid, then reboot (check its power cable and riser if it comes back)"),
        NvmlResult.ResetRequired => new(FindingKind.Broken, path, result.Name(), "The GPU waits for a reset; the others are read.",
            "stop what uses it, then: sudo nvidia-smi --gpu-reset -i " + (address ?? "0")),
        _ => new(FindingKind.Broken, path, result.Name(), "The library can not say anything about it.", "nvidia-smi -q shows what the driver's own program makes of it"),
    };

    public static Finding Hangs(string path) => new(FindingKind.Broken, path, "", "The driver does not answer for this GPU; the others are read.",
        "dmesg | grep -i -e xid -e nvrm, then reboot");

    public static Finding Unloadable(string path) => new(FindingKind.Broken, path, NvmlResult.LibraryNotFound.Name(),
        "The file is there and can not be loaded: made for another architecture or C library.", "use the glibc build of the agent, and the library of its own architecture");
}
