using System.Runtime.InteropServices;

namespace Homelab.NodeAgent.Nvml;

/// <summary><c>nvmlProcessUtilizationSample_t</c>, 32 bytes: a process's use of a GPU's parts, percent of the driver's own sampling period.</summary>
/// <remarks>Source: NVIDIA's <c>nvml.h</c>, and the API reference's <c>nvmlDeviceGetProcessUtilization</c>.</remarks>
[StructLayout(LayoutKind.Sequential)]
internal struct NvmlProcessSample
{
    public uint Pid;

    /// <summary>Microseconds, by a clock of the processor.</summary>
    public ulong Timestamp;
    public uint Chip;
    public uint Memory;
    public uint Encoder;
    public uint Decoder;
}

/// <summary><c>nvmlProcessInfo_v2_t</c>, 24 bytes, which is also what <c>…_v3</c> fills in.</summary>
/// <remarks>Source: NVIDIA's <c>nvml.h</c>. Some 535 drivers had a version 3 of 32 bytes (protected memory at the end), withdrawn later.</remarks>
[StructLayout(LayoutKind.Sequential)]
internal struct NvmlProcess
{
    public const int Words = 3;
    public const int WordsAtMost = 4;

    /// <summary>Of an instance id: none, the GPU is not cut.</summary>
    public const uint NoInstance = uint.MaxValue;

    public uint Pid;

    /// <summary>Bytes; all ones where the driver does not say.</summary>
    public ulong Memory;
    public uint GpuInstance;
    public uint ComputeInstance;
}
