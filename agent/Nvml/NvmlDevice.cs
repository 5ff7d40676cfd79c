using System.Runtime.InteropServices;
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

    /// <summary><c>NVML_FI_DEV_PERF_POLICY_POWER</c>, also <c>…CLOCKS_EVENT_REASON_SW_POWER_CAP</c>: nanoseconds that the power limit held the clocks down.</summary>
    public const uint PowerCapTimeField = 74;

    /// <summary><c>NVML_FI_DEV_PERF_POLICY_THERMAL</c>: nanoseconds; what older drivers have of it.</summary>
    public const uint ThermalPolicyTimeField = 75;

    /// <summary><c>NVML_FI_DEV_CLOCKS_EVENT_REASON_SW_THERM_SLOWDOWN</c>, nanoseconds. <c>…HW_THERM_SLOWDOWN</c> and <c>…HW_POWER_BRAKE_SLOWDOWN</c> follow it.
    /// A number that is not 64 bits wide is not them. (One header has them from 269 on, which others give to power smoothing: those are not asked.)</summary>
    public const uint SlowdownTimeField = 251;

    /// <summary><c>NVML_FI_DEV_PCIE_COUNT_TX_BYTES</c>.</summary>
    public const uint PcieSentField = 197;

    /// <summary><c>NVML_FI_DEV_PCIE_COUNT_RX_BYTES</c>.</summary>
    public const uint PcieReceivedField = 198;

    /// <summary><c>NVML_FI_DEV_TEMPERATURE_SHUTDOWN_TLIMIT</c>: where this lies on the scale of <see cref="Margin"/>, degrees; slowdown, memory and GPU maximum follow it.</summary>
    public const uint ShutdownMarginField = 193;

    private const ulong Untouched = 0xA5A5_5A5A_A5A5_5A5A;

    /// <summary>Scope of a power field: the memory's share.</summary>
    public const uint MemoryScope = 2;

    public NvmlResult Name(out string name) => Text(NvmlExport.DeviceName, 96, out name);

    /// <summary><c>GPU-</c> and 36 characters; the same in every slot and system.</summary>
    public NvmlResult Uuid(out string uuid) => Text(NvmlExport.Uuid, 96, out uuid);

    /// <summary>Mean over 1 s on Ampere and newer except GA100, else of the moment.</summary>
    public NvmlResult PowerUsage(out Power power) => Milliwatts(NvmlExport.PowerUsage, out power);

    /// <summary>Since the driver was loaded; Volta and newer.</summary>
    public NvmlResult TotalEnergy(out Energy energy)
    {
        var result = library.CallInto<ulong>(NvmlExport.Energy, handle, out var millijoules);
        if (result == NvmlResult.Success && (NvmlBlank.Is(millijoules) || millijoules > long.MaxValue / 1000))
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
        if (result == NvmlResult.Success && (high is 0 || NvmlBlank.Is(high) || low > high))
            result = NvmlResult.NotSupported;
        (least, most) = (Power.FromMilliwatts(low), Power.FromMilliwatts(high));
        return result;
    }

    /// <summary>Needs root; lost when the driver unloads.</summary>
    public NvmlResult SetPowerLimit(Power limit) => library.Set(NvmlExport.SetPowerLimit, handle, (uint)(limit.Microwatts / 1000));

    /// <summary>Of the chip. The header calls the older of both calls deprecated, and Jetsons answer only the later.</summary>
    public NvmlResult Temperature(out Temperature temperature)
    {
        var result = library.Call(NvmlExport.Temperature, handle, 0, out var value);
        if (result.IsMissingFeature())
        {
            var later = new NvmlTemperature { Version = NvmlTemperature.VersionOne };
            var answered = library.CallThrough(NvmlExport.TemperatureV, handle, ref later);
            (result, value) = answered == NvmlResult.FunctionNotFound ? (result, value) : (answered, (uint)later.Degrees);
        }
        return Celsius(result, value, out temperature);
    }

    public NvmlResult Threshold(NvmlThreshold threshold, out Temperature temperature) =>
        Celsius(library.Call(NvmlExport.TemperatureThreshold, handle, (uint)threshold, out var value), value, out temperature);

    /// <summary>Degrees below the limit at which the chip slows itself; Ada and newer.</summary>
    public NvmlResult Margin(out int degrees)
    {
        var margin = new NvmlMargin { Version = NvmlMargin.VersionOne };
        var result = library.CallThrough(NvmlExport.MarginTemperature, handle, ref margin);
        degrees = margin.Degrees;
        return result == NvmlResult.Success && NvmlBlank.Is(degrees) ? NvmlResult.NoData : result;
    }

    public NvmlResult Utilization(out NvmlUtilization utilization)
    {
        var result = library.CallInto(NvmlExport.Utilization, handle, out utilization);
        return Known(result, utilization.Gpu);
    }

    /// <summary>Percent of the time in which the encoder had work, over the driver's own sampling period.</summary>
    public NvmlResult Encoder(out uint percent) => Known(library.Call(NvmlExport.EncoderUtilization, handle, out percent, out _), percent);

    /// <summary>As <see cref="Encoder"/>.</summary>
    public NvmlResult Decoder(out uint percent) => Known(library.Call(NvmlExport.DecoderUtilization, handle, out percent, out _), percent);

    /// <summary>Without what the driver keeps for itself; drivers before 510 count that as used.</summary>
    public NvmlResult Memory(out NvmlMemory memory)
    {
        var second = new NvmlMemoryV2 { Version = NvmlMemoryV2.VersionTwo };
        var result = library.CallThrough(NvmlExport.MemoryV2, handle, ref second);
        memory = new NvmlMemory { Total = second.Total, Free = second.Free, Used = second.Used };
        if (result.IsMissingFeature())
            result = library.CallInto(NvmlExport.Memory, handle, out memory);
        return result == NvmlResult.Success && (NvmlBlank.Is(memory.Used) || NvmlBlank.Is(memory.Total)) ? NvmlResult.NoData : result;
    }

    /// <summary>Megahertz.</summary>
    public NvmlResult Clock(NvmlClock clock, out uint megahertz) => Known(library.Call(NvmlExport.Clock, handle, (uint)clock, out megahertz), megahertz);

    /// <summary>Megahertz.</summary>
    public NvmlResult MaxClock(NvmlClock clock, out uint megahertz) => Known(library.Call(NvmlExport.MaxClock, handle, (uint)clock, out megahertz), megahertz);

    /// <summary>Memory errors that ECC saw.</summary>
    /// <param name="isUncorrected">Those that it could not mend.</param>
    /// <param name="isLifetime">Of the board's life; else since the driver was loaded.</param>
    /// <param name="errors">Their number.</param>
    public NvmlResult EccErrors(bool isUncorrected, bool isLifetime, out ulong errors)
    {
        var result = library.Call(NvmlExport.EccErrors, handle, isUncorrected ? 1u : 0u, isLifetime ? 1u : 0u, out errors);
        return result == NvmlResult.Success && NvmlBlank.Is(errors) ? NvmlResult.NoData : result;
    }

    /// <summary>A figure of the PCIe link: one of <see cref="NvmlExport.PcieGeneration"/> to <see cref="NvmlExport.PcieReplays"/>.</summary>
    public NvmlResult Pcie(NvmlExport figure, out uint value) => Known(library.Call(figure, handle, out value), value);

    /// <summary>By the name that drivers have had since 535, else by the older.</summary>
    public NvmlResult ClockEvents(out NvmlClockEvents events)
    {
        var result = library.CallInto<ulong>(NvmlExport.ClockEventReasons, handle, out var bits);
        if (result == NvmlResult.FunctionNotFound)
            result = library.CallInto(NvmlExport.ClockThrottleReasons, handle, out bits);
        events = (NvmlClockEvents)bits;
        // All ones are no reasons, and as reasons they would be every one of them.
        return result == NvmlResult.Success && NvmlBlank.Is(bits) ? NvmlResult.NoData : result;
    }

    /// <summary>0 (busiest) to 15; 32 when unknown.</summary>
    public NvmlResult PerformanceState(out uint state) => Known(library.Call(NvmlExport.PerformanceState, handle, out state), state);

    /// <summary>Percent of the fan's full speed that is asked for; may exceed 100.</summary>
    public NvmlResult FanSpeed(uint fan, out uint percent) => Known(library.Call(NvmlExport.FanSpeed, handle, fan, out percent), percent);

    public NvmlResult FanCount(out uint fans) => Known(library.Call(NvmlExport.FanCount, handle, out fans), fans);

    /// <summary>Revolutions per minute that the fan is driven at; drivers since 565.</summary>
    public NvmlResult FanRpm(uint fan, out uint rpm)
    {
        var speed = new NvmlFanSpeed { Version = NvmlFanSpeed.VersionOne, Fan = fan };
        var result = library.CallThrough(NvmlExport.FanRpm, handle, ref speed);
        rpm = speed.Rpm;
        return Known(result, rpm);
    }

    /// <summary>Whether the GPU is cut into instances now. <see cref="NvmlResult.NotSupported"/> on GeForce.</summary>
    public NvmlResult IsMultiInstance(out bool isOn)
    {
        var result = library.Call(NvmlExport.MigMode, handle, out uint current, out _);
        isOn = result == NvmlResult.Success && current == 1;
        return result;
    }

    /// <summary>How many instances the GPU is cut into; those that are not there leave holes.</summary>
    public NvmlResult Instances(out uint number)
    {
        number = 0;
        var result = library.Call(NvmlExport.MaxMigDevices, handle, out uint most);
        for (uint i = 0; result == NvmlResult.Success && i < Math.Min(most, 64); i++)
        {
            if (library.Find(NvmlExport.MigDevice, handle, i, out _) == NvmlResult.Success)
                number++;
        }
        return result;
    }

    /// <summary>Use by process since a moment, one entry for each process that used anything. <see cref="NvmlResult.NotFound"/>: none did.
    /// <see cref="NvmlResult.NotSupported"/> where the GPU is cut into instances.</summary>
    /// <param name="samples">Room.</param>
    /// <param name="since">The newest timestamp that is known; 0: as far back as the driver remembers.</param>
    /// <param name="count">Entries filled, or with <see cref="NvmlResult.InsufficientSize"/> those that there are.</param>
    public NvmlResult ProcessUse(Span<NvmlProcessSample> samples, ulong since, out int count)
    {
        var number = (uint)samples.Length;
        var result = library.Call(NvmlExport.ProcessUtilization, handle, samples, ref number, since);
        count = Fitting(result, number, samples.Length);
        return result;
    }

    /// <summary>The processes that have a compute context on this GPU, of all its instances.</summary>
    /// <param name="room">For <see cref="NvmlProcess.WordsAtMost"/> words an entry, whatever length the driver's entries have.</param>
    /// <param name="processes">Filled.</param>
    /// <param name="count">As in <see cref="ProcessUse"/>.</param>
    public NvmlResult ComputeProcesses(Span<ulong> room, Span<NvmlProcess> processes, out int count)
    {
        var most = Math.Min(room.Length / NvmlProcess.WordsAtMost, processes.Length);
        var number = (uint)most;
        room.Fill(Untouched);
        var result = library.Call(NvmlExport.ComputeProcessesV3, handle, room, ref number);
        if (result.IsMissingFeature())
        {
            number = (uint)most;
            room.Fill(Untouched);
            result = library.Call(NvmlExport.ComputeProcessesV2, handle, room, ref number);
        }
        count = Fitting(result, number, most);
        if (result != NvmlResult.Success)
            return result;
        // Nothing says how long the entries are but how far they reach.
        var words = room[(count * NvmlProcess.Words)..(count * NvmlProcess.WordsAtMost)].ContainsAnyExcept(Untouched) ? NvmlProcess.WordsAtMost : NvmlProcess.Words;
        for (var i = 0; i < count; i++)
            processes[i] = MemoryMarshal.Cast<ulong, NvmlProcess>(room.Slice(i * words, NvmlProcess.Words))[0];
        return result;
    }

    /// <summary>Opens a set of its own for the errors that the driver reports of this GPU from now on.</summary>
    public NvmlResult Watch(out NvmlEvents events)
    {
        events = default;
        var result = library.Create(NvmlExport.EventSetCreate, out var set);
        if (result != NvmlResult.Success)
            return result;
        events = new NvmlEvents(library, set);
        result = library.Register(NvmlExport.EventSetRegister, handle, NvmlEvents.Xid, set);
        if (result != NvmlResult.Success)
            events.Free();
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

    private static int Fitting(NvmlResult result, uint number, int room) =>
        result == NvmlResult.Success ? (int)Math.Min(number, (uint)room) : result == NvmlResult.InsufficientSize ? (int)Math.Min(number, int.MaxValue) : 0;

    private NvmlResult Milliwatts(NvmlExport export, out Power power)
    {
        var result = library.Call(export, handle, out uint milliwatts);
        power = Power.FromMilliwatts(milliwatts);
        return Known(result, milliwatts);
    }

    private static NvmlResult Known(NvmlResult result, uint value) => result == NvmlResult.Success && NvmlBlank.Is(value) ? NvmlResult.NoData : result;

    private NvmlResult Limit(NvmlExport export, out Power limit)
    {
        var result = Milliwatts(export, out limit);
        // Laptops answer 0 or all ones where the firmware keeps the limit to itself.
        return (result == NvmlResult.Success && limit.Microwatts == 0) || result == NvmlResult.NoData ? NvmlResult.NotSupported : result;
    }

    private static NvmlResult Celsius(NvmlResult result, uint degrees, out Temperature temperature)
    {
        temperature = new Temperature((int)degrees * 1000L);
        return Known(result, degrees);
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
