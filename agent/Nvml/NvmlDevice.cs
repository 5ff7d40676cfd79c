using System.Text;
using Homelab.Units;

namespace Homelab.NodeAgent.Nvml;

/// <summary>One GPU of an open <see cref="NvmlSession"/>, in our units. Never throws for what the library answers; a value counts only with <see cref="NvmlResult.Success"/>.</summary>
internal readonly struct NvmlDevice(NvmlLibrary library, nint handle)
{
    /// <summary><c>NVML_FI_DEV_POWER_AVERAGE</c>: milliwatts, mean over 1 s.</summary>
    public const uint PowerAverageField = 185;

    /// <summary><c>NVML_FI_DEV_POWER_INSTANT</c>: milliwatts.</summary>
    public const uint PowerInstantField = 186;

    /// <summary><c>NVML_FI_DEV_MEMORY_TEMP</c>: degrees Celsius.</summary>
    public const uint MemoryTemperatureField = 82;

    /// <summary>What the driver writes where it has no figure.</summary>
    private const uint Blank = uint.MaxValue;

    public NvmlResult Name(out string name) => Text(NvmlExport.DeviceName, 96, out name);

    /// <summary><c>GPU-</c> and 36 characters; the same in every slot and system.</summary>
    public NvmlResult Uuid(out string uuid) => Text(NvmlExport.Uuid, 96, out uuid);

    /// <summary>Mean over 1 s on Ampere and newer except GA100, else of the moment.</summary>
    public NvmlResult PowerUsage(out Power power) => Milliwatts(NvmlExport.PowerUsage, out power);

    /// <summary>Since the driver was loaded; Volta and newer.</summary>
    public NvmlResult TotalEnergy(out Energy energy)
    {
        var result = library.CallInto<ulong>(NvmlExport.Energy, handle, out var millijoules);
        if (result == NvmlResult.Success && millijoules > long.MaxValue / 1000)
            result = NvmlResult.NoData;
        energy = new Energy(result == NvmlResult.Success ? (long)millijoules * 1000 : 0);
        return result;
    }

    /// <summary>The limit that was asked for.</summary>
    public NvmlResult PowerLimit(out Power limit) => Limit(NvmlExport.PowerLimit, out limit);

    public NvmlResult DefaultPowerLimit(out Power limit) => Limit(NvmlExport.DefaultPowerLimit, out limit);

    /// <summary>The lowest of all that limit the board.</summary>
    public NvmlResult EnforcedPowerLimit(out Power limit) => Limit(NvmlExport.EnforcedPowerLimit, out limit);

    /// <summary>What can be asked for now.</summary>
    public NvmlResult PowerLimitRange(out Power least, out Power most)
    {
        var result = library.Call(NvmlExport.PowerLimitRange, handle, out uint low, out uint high);
        if (result == NvmlResult.Success && (high is 0 or Blank || low > high))
            result = NvmlResult.NotSupported;
        (least, most) = (Power.FromMilliwatts(low), Power.FromMilliwatts(high));
        return result;
    }

    /// <summary>Needs root; lost when the driver unloads.</summary>
    public NvmlResult SetPowerLimit(Power limit) => library.Set(NvmlExport.SetPowerLimit, handle, (uint)(limit.Microwatts / 1000));

    /// <summary>Of the chip.</summary>
    public NvmlResult Temperature(out Temperature temperature) => Celsius(library.Call(NvmlExport.Temperature, handle, 0, out var value), value, out temperature);

    public NvmlResult Threshold(NvmlThreshold threshold, out Temperature temperature) =>
        Celsius(library.Call(NvmlExport.TemperatureThreshold, handle, (uint)threshold, out var value), value, out temperature);

    public NvmlResult Utilization(out NvmlUtilization utilization) => library.CallInto(NvmlExport.Utilization, handle, out utilization);

    public NvmlResult Memory(out NvmlMemory memory) => library.CallInto(NvmlExport.Memory, handle, out memory);

    /// <summary>Megahertz.</summary>
    public NvmlResult Clock(NvmlClock clock, out uint megahertz) => library.Call(NvmlExport.Clock, handle, (uint)clock, out megahertz);

    /// <summary>Megahertz.</summary>
    public NvmlResult MaxClock(NvmlClock clock, out uint megahertz) => library.Call(NvmlExport.MaxClock, handle, (uint)clock, out megahertz);

    /// <summary>By the name that drivers have had since 535, else by the older.</summary>
    public NvmlResult ClockEvents(out NvmlClockEvents events)
    {
        var result = library.CallInto<ulong>(NvmlExport.ClockEventReasons, handle, out var bits);
        if (result == NvmlResult.FunctionNotFound)
            result = library.CallInto(NvmlExport.ClockThrottleReasons, handle, out bits);
        events = (NvmlClockEvents)bits;
        return result;
    }

    /// <summary>0 (busiest) to 15; 32 when unknown.</summary>
    public NvmlResult PerformanceState(out uint state) => library.Call(NvmlExport.PerformanceState, handle, out state);

    /// <summary>Percent of the fan's full speed that is asked for; may exceed 100.</summary>
    public NvmlResult FanSpeed(uint fan, out uint percent) => library.Call(NvmlExport.FanSpeed, handle, fan, out percent);

    /// <summary>Whether the GPU is cut into instances now. <see cref="NvmlResult.NotSupported"/> on GeForce.</summary>
    public NvmlResult IsMultiInstance(out bool isOn)
    {
        var result = library.Call(NvmlExport.MigMode, handle, out uint current, out _);
        isOn = result == NvmlResult.Success && current == 1;
        return result;
    }

    /// <summary>Fills the entries by their field ids; each has its own result.</summary>
    public NvmlResult Fields(Span<NvmlFieldValue> fields) => library.Call(NvmlExport.FieldValues, handle, fields);

    /// <summary>Holds the graphics clock at or below a ceiling. Needs root; Volta and newer; NVML has no call that reads it back.</summary>
    public NvmlResult LockClocks(uint ceilingMegahertz) => library.Set(NvmlExport.SetLockedClocks, handle, 0, ceilingMegahertz);

    public NvmlResult UnlockClocks() => library.Call(NvmlExport.ResetLockedClocks, handle);

    /// <summary>Whether the driver stays loaded when nobody uses the GPU.</summary>
    public NvmlResult Persistence(out bool isOn)
    {
        var result = library.Call(NvmlExport.PersistenceMode, handle, out uint mode);
        isOn = mode == 1;
        return result;
    }

    public NvmlResult SetPersistence(bool on) => library.Set(NvmlExport.SetPersistenceMode, handle, on ? 1u : 0u);

    /// <summary>C text for people: up to the NUL, control characters dropped.</summary>
    internal static string Line(ReadOnlySpan<byte> text)
    {
        var end = text.IndexOf((byte)0);
        return string.Concat(Encoding.UTF8.GetString(end < 0 ? text : text[..end]).Where(static c => !char.IsControl(c))).Trim();
    }

    private NvmlResult Milliwatts(NvmlExport export, out Power power)
    {
        var result = library.Call(export, handle, out uint milliwatts);
        power = Power.FromMilliwatts(milliwatts);
        return result;
    }

    private NvmlResult Limit(NvmlExport export, out Power limit)
    {
        var result = Milliwatts(export, out limit);
        // Laptops answer 0 or all ones where the firmware keeps the limit to itself.
        return result == NvmlResult.Success && limit.Microwatts is 0 or Blank * 1000L ? NvmlResult.NotSupported : result;
    }

    private static NvmlResult Celsius(NvmlResult result, uint degrees, out Temperature temperature)
    {
        temperature = new Temperature((int)degrees * 1000L);
        return result;
    }

    private NvmlResult Text(NvmlExport export, int capacity, out string text)
    {
        Span<byte> buffer = stackalloc byte[capacity];
        buffer.Clear();
        var result = library.Call(export, handle, buffer);
        text = result == NvmlResult.Success ? Line(buffer) : "";
        return result;
    }
}
