using Homelab.NodeAgent.Nvml;
using Homelab.Units;

namespace Homelab.NodeAgent.Sensors.Nvidia;

/// <summary>Limits of a GPU's temperature: as the driver says them, or from their place on the scale that Ada and newer have instead.</summary>
/// <remarks>That scale counts degrees down to the limit at which the chip slows itself ("T.Limit"): 24 left at 64 °C is a limit of 88 °C, and a
/// shutdown at -5 is one of 93 °C.</remarks>
internal readonly struct NvidiaThresholds
{
    private readonly NvmlResult _result;
    private readonly long _zero;

    private NvidiaThresholds(NvmlResult result, long zero) => (_result, _zero) = (result, zero);

    /// <summary>Two calls; a degree that passes between them is a degree of error.</summary>
    public static NvidiaThresholds Read(NvmlDevice device)
    {
        var margin = device.Margin(out var degrees);
        var result = margin == NvmlResult.Success ? device.Temperature(out var now) : Nothing(margin, out now);
        return new NvidiaThresholds(result, now.Millicelsius + (degrees * 1000L));
    }

    /// <summary>Not supported where neither way leads to a limit.</summary>
    public NvmlResult Of(NvmlDevice device, NvmlThreshold threshold, out Temperature limit)
    {
        var result = device.Threshold(threshold, out limit);
        var isAbsent = result.IsMissingFeature() || result is NvmlResult.InvalidArgument or NvmlResult.NoData || (result == NvmlResult.Success && limit.Millicelsius <= 0);
        if (!isAbsent)
            return result;
        // What the scale's zero means for the memory, no header says.
        if (_result != NvmlResult.Success || threshold == NvmlThreshold.MemoryMax)
            return NvmlResult.NotSupported;
        // Shutdown, slowdown, memory and GPU maximum: the order of the thresholds is the order of the fields.
        Span<NvmlFieldValue> place = [new() { FieldId = NvmlDevice.ShutdownMarginField + (uint)threshold }];
        if (device.Fields(place) != NvmlResult.Success || place[0].Number is not { } below)
            return NvmlResult.NotSupported;
        limit = new Temperature(_zero - ((int)below * 1000L));
        return NvmlResult.Success;
    }

    private static NvmlResult Nothing(NvmlResult result, out Temperature temperature)
    {
        temperature = default;
        return result;
    }
}
