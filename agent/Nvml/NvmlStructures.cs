using System.Runtime.InteropServices;

namespace Homelab.NodeAgent.Nvml;

/// <summary><c>nvmlFieldValue_t</c>, 40 bytes.</summary>
[StructLayout(LayoutKind.Sequential)]
internal struct NvmlFieldValue
{
    public uint FieldId;
    public uint ScopeId;
    public long Timestamp;
    public long LatencyMicroseconds;
    public uint ValueType;
    public int Result;
    public ulong Raw;

    /// <summary>The whole number that the entry holds; null when it holds none.</summary>
    /// <remarks><c>nvmlValueType_t</c>: 0 double, 1 u32, 2 unsigned long, 3 u64, 4 i64, 5 i32, 6 u16. The union is filled from its start (little endian).</remarks>
    public readonly long? Number => (NvmlResult)Result != NvmlResult.Success ? null : ValueType switch
    {
        1 => (uint)Raw,
        2 or 3 => Raw <= long.MaxValue ? (long)Raw : null,
        4 => (long)Raw,
        5 => (int)(uint)Raw,
        6 => (ushort)Raw,
        _ => null,
    };
}

/// <summary><c>nvmlUtilization_t</c>: percent of time in which a kernel ran, and in which memory was read or written.</summary>
[StructLayout(LayoutKind.Sequential)]
internal struct NvmlUtilization
{
    public uint Gpu;
    public uint Memory;
}

/// <summary><c>nvmlMemory_t</c>, bytes.</summary>
[StructLayout(LayoutKind.Sequential)]
internal struct NvmlMemory
{
    public ulong Total;
    public ulong Free;
    public ulong Used;
}

/// <summary>Why the clocks are not at their highest: bits of <c>nvmlClocksEventReasons</c>.</summary>
[Flags]
internal enum NvmlClockEvents : ulong
{
    None = 0,
    GpuIdle = 0x1,
    ApplicationsClocksSetting = 0x2,

    /// <summary>The power limit holds: what a cap of ours looks like.</summary>
    SwPowerCap = 0x4,

    /// <summary>Clocks halved or worse: too hot, the supply's brake, or too much draw.</summary>
    HwSlowdown = 0x8,
    SyncBoost = 0x10,
    SwThermalSlowdown = 0x20,
    HwThermalSlowdown = 0x40,
    HwPowerBrake = 0x80,
    DisplayClockSetting = 0x100,
}

/// <summary><c>nvmlTemperatureThresholds_t</c>, those that are asked for.</summary>
internal enum NvmlThreshold : uint
{
    Shutdown = 0,
    Slowdown = 1,
}

/// <summary><c>nvmlClockType_t</c>, those that are asked for.</summary>
internal enum NvmlClock : uint
{
    Graphics = 0,
    Memory = 2,
}
