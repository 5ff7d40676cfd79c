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

    /// <summary>The whole number that the entry holds; null when it holds none, or one of <see cref="NvmlBlank"/>.</summary>
    /// <remarks><c>nvmlValueType_t</c>: 0 double, 1 u32, 2 unsigned long, 3 u64, 4 i64, 5 i32, 6 u16. The union is filled from its start (little endian).</remarks>
    public readonly long? Number => (NvmlResult)Result != NvmlResult.Success ? null : ValueType switch
    {
        0 => NvmlBlank.Is(BitConverter.UInt64BitsToDouble(Raw)) ? null : (long)BitConverter.UInt64BitsToDouble(Raw),
        1 => NvmlBlank.Is((uint)Raw) ? null : (uint)Raw,
        5 => NvmlBlank.Is((int)(uint)Raw) ? null : (int)(uint)Raw,
        2 or 3 or 4 => NvmlBlank.Is(Raw) ? null : (long)Raw,
        6 => (ushort)Raw,
        _ => null,
    };

    /// <summary>True for a value that is 64 bits wide, as all counters of time and bytes are.</summary>
    public readonly bool IsWide => ValueType is 2 or 3 or 4;
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

/// <summary><c>nvmlMemory_v2_t</c>, bytes. What the driver keeps for itself is not in <c>Used</c>, as in <c>nvidia-smi</c>.</summary>
[StructLayout(LayoutKind.Sequential)]
internal struct NvmlMemoryV2
{
    public const uint VersionTwo = 40 | (2 << 24);

    public uint Version;
    public ulong Total;
    public ulong Reserved;
    public ulong Free;
    public ulong Used;
}

/// <summary><c>nvmlMarginTemperature_t</c>: degrees left to the limit at which the chip slows itself.</summary>
[StructLayout(LayoutKind.Sequential)]
internal struct NvmlMargin
{
    /// <summary>Size and version, as the header's macro makes it.</summary>
    public const uint VersionOne = 8 | (1 << 24);

    public uint Version;
    public int Degrees;
}

/// <summary><c>nvmlTemperature_t</c>: degrees of a sensor, 0 for the chip.</summary>
[StructLayout(LayoutKind.Sequential)]
internal struct NvmlTemperature
{
    public const uint VersionOne = 12 | (1 << 24);

    public uint Version;
    public uint Sensor;
    public int Degrees;
}

/// <summary><c>nvmlFanSpeedInfo_t</c>.</summary>
[StructLayout(LayoutKind.Sequential)]
internal struct NvmlFanSpeed
{
    public const uint VersionOne = 12 | (1 << 24);

    public uint Version;
    public uint Fan;
    public uint Rpm;
}

/// <summary><c>nvmlEventData_t</c>, 32 bytes.</summary>
[StructLayout(LayoutKind.Sequential)]
internal struct NvmlEvent
{
    public nint Device;
    public ulong Kind;

    /// <summary>For <see cref="NvmlEvents.Xid"/> its number.</summary>
    public ulong Details;
    public uint GpuInstance;
    public uint ComputeInstance;
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
    MemoryMax = 2,
    GpuMax = 3,
}

/// <summary><c>nvmlClockType_t</c>, those that are asked for.</summary>
internal enum NvmlClock : uint
{
    Graphics = 0,
    Memory = 2,
    Video = 3,
}
