using Homelab.Units;

namespace Homelab.Aggregator.Fleet;

/// <summary>How a sensor's number moves.</summary>
internal enum SensorShape
{
    /// <summary>Not known to this version.</summary>
    Unknown = 0,

    /// <summary>A value of this moment.</summary>
    Gauge = 1,

    /// <summary>Grows only, from zero at the start of the agent process.</summary>
    Counter = 2,

    /// <summary>A configured bound, not a measurement.</summary>
    Limit = 3,
}

/// <summary>One sensor of a node, as its inventory describes it.</summary>
/// <param name="Source">Kernel subsystem: <c>powercap</c>, <c>hwmon</c>, <c>thermal</c>, …</param>
/// <param name="Device">Stable across boots, e.g. <c>k10temp@pci0000:00/0000:00:18.3</c>.</param>
/// <param name="Name">Channel within the device, e.g. <c>temp1</c>.</param>
/// <param name="Label">What the driver calls it; empty when it says nothing.</param>
/// <param name="Path">File below the host root; empty when computed.</param>
internal sealed record FleetSensor(
    string Source, string Device, string Name, string Label, Quantity Quantity, SensorShape Shape, string Path)
{
    /// <summary>Model of the device, <c>NVIDIA L40S</c>; empty when not known.</summary>
    public string Product { get; init; } = "";

    /// <summary>What its maker or driver tells the device by, <c>GPU-8f…</c>; empty when not known.</summary>
    public string Uuid { get; init; } = "";

    /// <summary>What drives a GPU: NVIDIA's version, else the driver's name; empty when not known.</summary>
    public string Driver { get; init; } = "";

    /// <summary>The device's short name, without where it sits or its ordinal: <c>k10temp</c> of <c>k10temp@pci0000:00</c>, <c>acpitz</c> of <c>acpitz#2</c>.</summary>
    public string Chip => Device.IndexOfAny(['@', '#']) is > 0 and var cut ? Device[..cut] : Device;

    /// <summary>The label where there is one, else the channel.</summary>
    public string Title => Label.Length > 0 ? Label : Name;
}

/// <summary>The last word on one sensor.</summary>
/// <param name="Micros">Millionths of the base unit; null when there is no value, which is not zero.</param>
/// <param name="Detail">Why the quality is not ok; empty when there is nothing to say.</param>
internal readonly record struct SensorReading(Quality Quality, long? Micros, string Detail)
{
    public static readonly SensorReading None = new(Quality.Unknown, null, "");

    /// <summary>The value where it may be computed with (ok or stale), else null.</summary>
    public long? Usable => Quality is Quality.Ok or Quality.Stale ? Micros : null;
}
