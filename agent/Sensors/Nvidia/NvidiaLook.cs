using Homelab.NodeAgent.Nvml;
using Homelab.Units;
using C = Homelab.NodeAgent.Sensors.Nvidia.NvidiaChannel;

namespace Homelab.NodeAgent.Sensors.Nvidia;

/// <summary>Every call that one look at a GPU makes, in order, until one says that the GPU is gone.</summary>
internal sealed class NvidiaLook(NvidiaReadings readings, NvidiaErrors errors)
{
    private static readonly Action<NvidiaLook>[] Steps =
    [
        static look => look.ReadFields(),
        static look => look.ReadPower(),
        static look => look.ReadUse(),
        static look => look.ReadClocks(),
        static look => look.ReadFans(),
        static look => look.ReadReasons(),
        static look => look.ReadMemoryErrors(),
        static look => look.ReadLink(),
    ];

    private static readonly Reading MultiInstance =
        Reading.None(Quality.Unsupported, "the GPU is cut into instances (MIG): the driver gives no use of the whole; power is of the whole card");

    private readonly NvidiaFields _fields = new();
    private NvmlDevice _device;
    private uint _fans;
    private bool _refusesPower;

    /// <summary>Whether the GPU is cut into instances.</summary>
    public bool IsMultiInstance { get; private set; }

    /// <summary>Forgets what was refused.</summary>
    public void Forget()
    {
        _fields.Forget();
        _refusesPower = false;
    }

    /// <param name="device">Attached.</param>
    /// <param name="withSettings">Also what moves with settings only: when searching, and after it was away.</param>
    public NvmlResult At(NvmlDevice device, bool withSettings)
    {
        _device = device;
        readings.Begin();
        if (withSettings)
            _ = device.FanCount(out _fans);
        foreach (var step in Steps)
        {
            step(this);
            if (readings.Gone != NvmlResult.Success)
                return readings.Gone;
        }
        errors.Read(device, readings);
        if (withSettings)
            ReadSettings();
        if (IsMultiInstance && !readings.Wants(C.Utilization))
            readings[C.Utilization] = MultiInstance;
        return readings.Gone;
    }

    private void ReadFields()
    {
        _fields.Read(_device);
        PutField(C.Power, _fields.Get(NvidiaFields.PowerAverage, out var average), average, 1_000);
        PutField(C.PowerInstant, _fields.Get(NvidiaFields.PowerInstant, out var instant), instant, 1_000);
        PutField(C.MemoryPower, _fields.Get(NvidiaFields.MemoryPower, out var memory), memory, 1_000);
        PutField(C.MemoryTemperature, _fields.Get(NvidiaFields.MemoryTemperature, out var degrees), degrees, 1_000_000);
        PutField(C.PcieSent, _fields.Get(NvidiaFields.PcieSent, out var sent), sent, 1_000_000);
        PutField(C.PcieReceived, _fields.Get(NvidiaFields.PcieReceived, out var received), received, 1_000_000);
        // Nanoseconds.
        PutTime(C.ThrottledPowerTime, _fields.Get(NvidiaFields.PowerCapTime, out var capped), capped);
        PutTime(C.ExternalBrakeTime, _fields.Get(NvidiaFields.BrakeTime, out var braked), braked);
        var soft = _fields.Get(NvidiaFields.SoftThermalTime, out var softly);
        var hard = _fields.Get(NvidiaFields.HardThermalTime, out var hardly);
        if (soft.IsMissingFeature() || hard.IsMissingFeature())
            PutTime(C.ThrottledThermalTime, _fields.Get(NvidiaFields.ThermalPolicyTime, out var older), older);
        else // They overlap, so the longer is certain and their sum is not.
            PutTime(C.ThrottledThermalTime, soft != NvmlResult.Success ? soft : hard, Math.Max(softly, hardly));
    }

    private void ReadPower()
    {
        // Before Ampere there is no mean.
        if (readings[C.Power].Quality == Quality.Unsupported && !_refusesPower)
        {
            var result = _device.PowerUsage(out var power);
            _refusesPower = result.IsMissingFeature();
            readings.Put(C.Power, result, power.Microwatts);
        }
        if (readings.Wants(C.Energy))
            readings.Put(C.Energy, _device.TotalEnergy(out var energy), energy.Microjoules);
        if (readings.Wants(C.Temperature))
            readings.Put(C.Temperature, _device.Temperature(out var chip), chip.Millicelsius * 1_000);
        if (readings.Wants(C.PowerCap))
            readings.Put(C.PowerCap, _device.EnforcedPowerLimit(out var enforced), enforced.Microwatts);
        if (readings.Wants(C.PowerCapSet))
            readings.Put(C.PowerCapSet, _device.PowerLimit(out var limit), limit.Microwatts);
    }

    private void ReadUse()
    {
        if (readings.Wants(C.Utilization))
        {
            var result = _device.Utilization(out var use);
            readings.Put(C.Utilization, result, use.Gpu * 10_000L);
            readings.Put(C.MemoryUtilization, result, use.Memory * 10_000L);
        }
        if (readings.Wants(C.EncoderUtilization))
            readings.Put(C.EncoderUtilization, _device.Encoder(out var encoder), encoder * 10_000L);
        if (readings.Wants(C.DecoderUtilization))
            readings.Put(C.DecoderUtilization, _device.Decoder(out var decoder), decoder * 10_000L);
        if (readings.Wants(C.MemoryUsed))
        {
            var result = _device.Memory(out var memory);
            readings.PutWhole(C.MemoryUsed, result, memory.Used);
            readings.PutWhole(C.MemoryTotal, result, memory.Total);
        }
    }

    private void ReadClocks()
    {
        if (readings.Wants(C.GraphicsClock))
            readings.Put(C.GraphicsClock, _device.Clock(NvmlClock.Graphics, out var graphics), Hertz(graphics));
        if (readings.Wants(C.MemoryClock))
            readings.Put(C.MemoryClock, _device.Clock(NvmlClock.Memory, out var memory), Hertz(memory));
        if (readings.Wants(C.VideoClock))
            readings.Put(C.VideoClock, _device.Clock(NvmlClock.Video, out var video), Hertz(video));
        if (readings.Wants(C.PerformanceState))
            readings.PutWhole(C.PerformanceState, _device.PerformanceState(out var state), state);
    }

    private void ReadFans()
    {
        if (readings.Wants(C.Fan))
            readings.Put(C.Fan, _device.FanSpeed(0, out var percent), percent * 10_000L);
        if (readings.Wants(C.Fan2))
            readings.Put(C.Fan2, _fans > 1 ? _device.FanSpeed(1, out var second) : None(out second), second * 10_000L);
        if (readings.Wants(C.Fan3))
            readings.Put(C.Fan3, _fans > 2 ? _device.FanSpeed(2, out var third) : None(out third), third * 10_000L);
        if (readings.Wants(C.FanSpeed))
            readings.PutWhole(C.FanSpeed, _fans > 0 ? _device.FanRpm(0, out var rpm) : None(out rpm), rpm);
    }

    private void ReadReasons()
    {
        if (!readings.Wants(C.ThrottledPower))
            return;
        var result = _device.ClockEvents(out var events);
        readings.Put(C.ThrottledThermal, result, Flag(events, NvmlClockEvents.SwThermalSlowdown | NvmlClockEvents.HwThermalSlowdown));
        readings.Put(C.ThrottledPower, result, Flag(events, NvmlClockEvents.SwPowerCap));
        readings.Put(C.ExternalBrake, result, Flag(events, NvmlClockEvents.HwPowerBrake));
        readings.Put(C.FrequencyCapped, result, Flag(events, NvmlClockEvents.ApplicationsClocksSetting));
        readings.Put(C.HardwareSlowdown, result, Flag(events, NvmlClockEvents.HwSlowdown));
    }

    private void ReadMemoryErrors()
    {
        if (readings.Wants(C.EccCorrected))
            readings.PutWhole(C.EccCorrected, _device.EccErrors(isUncorrected: false, isLifetime: false, out var mended), mended);
        if (readings.Wants(C.EccUncorrected))
            readings.PutWhole(C.EccUncorrected, _device.EccErrors(isUncorrected: true, isLifetime: false, out var lost), lost);
        if (readings.Wants(C.EccCorrectedLifetime))
            readings.PutWhole(C.EccCorrectedLifetime, _device.EccErrors(isUncorrected: false, isLifetime: true, out var mendedEver), mendedEver);
        if (readings.Wants(C.EccUncorrectedLifetime))
            readings.PutWhole(C.EccUncorrectedLifetime, _device.EccErrors(isUncorrected: true, isLifetime: true, out var lostEver), lostEver);
    }

    private void ReadLink()
    {
        PutLink(C.PcieGeneration, NvmlExport.PcieGeneration);
        PutLink(C.PcieWidth, NvmlExport.PcieWidth);
        PutLink(C.PcieReplays, NvmlExport.PcieReplays);
    }

    private void ReadSettings()
    {
        // Every feature that a GPU lacks is refused here at the latest, so nothing is skipped.
        var cut = _device.IsMultiInstance(out var isCut);
        IsMultiInstance = isCut;
        readings.Put(C.MultiInstance, cut, isCut ? 1_000_000 : 0);
        readings.PutWhole(C.Instances, isCut ? _device.Instances(out var instances) : None(out instances), instances);
        readings.Put(C.PowerCapDefault, _device.DefaultPowerLimit(out var usual), usual.Microwatts);
        var result = _device.PowerLimitRange(out var least, out var most);
        readings.Put(C.PowerCapMin, result, least.Microwatts);
        readings.Put(C.PowerCapMax, result, most.Microwatts);
        readings.Put(C.GraphicsClockMax, _device.MaxClock(NvmlClock.Graphics, out var clock), Hertz(clock));
        PutLink(C.PcieGenerationMax, NvmlExport.PcieGenerationMax);
        PutLink(C.PcieWidthMax, NvmlExport.PcieWidthMax);
        var scale = NvidiaThresholds.Read(_device);
        PutThreshold(C.TemperatureMax, scale, NvmlThreshold.GpuMax);
        PutThreshold(C.TemperatureThrottle, scale, NvmlThreshold.Slowdown);
        PutThreshold(C.TemperatureCritical, scale, NvmlThreshold.Shutdown);
        PutThreshold(C.MemoryTemperatureMax, scale, NvmlThreshold.MemoryMax);
    }

    private void PutThreshold(NvidiaChannel channel, NvidiaThresholds scale, NvmlThreshold threshold) =>
        readings.Put(channel, scale.Of(_device, threshold, out var limit), limit.Millicelsius * 1_000);

    private void PutLink(NvidiaChannel channel, NvmlExport figure)
    {
        if (readings.Wants(channel))
            readings.PutWhole(channel, _device.Pcie(figure, out var value), value);
    }

    private void PutField(NvidiaChannel channel, NvmlResult result, long number, long microsPerUnit) =>
        readings.Put(channel, result, number <= long.MaxValue / microsPerUnit ? number * microsPerUnit : -1);

    private void PutTime(NvidiaChannel channel, NvmlResult result, long nanoseconds) => readings.Put(channel, result, nanoseconds / 1_000);

    private static NvmlResult None(out uint value)
    {
        value = 0;
        return NvmlResult.NotSupported;
    }

    private static long Flag(NvmlClockEvents events, NvmlClockEvents wanted) => (events & wanted) != 0 ? 1_000_000 : 0;

    private static long Hertz(uint megahertz) => megahertz * 1_000_000_000_000L;
}
