using Homelab.Units;

namespace Homelab.NodeAgent.Sensors;

/// <summary>What a sensor is, fixed at discovery.</summary>
/// <param name="Source">Name of the <see cref="ISensorSource"/> that found it.</param>
/// <param name="Device">Stable across boots on one machine (canonical device path, zone type and ordinal); never <c>hwmonN</c>.</param>
/// <param name="Name">Channel within the device, <c>temp1</c>; unique with source and device.</param>
/// <param name="Label">What the driver or firmware calls it; empty when it says nothing.</param>
/// <param name="Quantity">What it measures.</param>
/// <param name="Shape">Gauge, counter or limit.</param>
/// <param name="Path">The file it is read from as the machine itself sees it (without the host root); empty when computed.</param>
/// <param name="WrapMicros">Counters: the value, in millionths of the base unit, after which the count starts again at 0; 0 when it never wraps.</param>
internal sealed record SensorInfo(
    string Source,
    string Device,
    string Name,
    string Label,
    Quantity Quantity,
    SensorShape Shape,
    string Path,
    long WrapMicros = 0)
{
    /// <summary>What <c>sensors</c> (lm-sensors) calls the chip, <c>k10temp-pci-00c3</c>; empty for what is no hwmon chip. Stable across boots like <see cref="Device"/>.</summary>
    public string Chip { get; init; } = "";

    /// <summary>Model of the device as its driver says it, <c>NVIDIA L40S</c>; empty when nothing says so, or nothing yet (it sleeps).</summary>
    public string Product { get; init; } = "";

    /// <summary>What the driver tells the device by wherever it sits, <c>GPU-8f…</c>; empty like <see cref="Product"/>.</summary>
    public string Uuid { get; init; } = "";

    /// <summary>What drives a GPU: the version where the driver has one of its own (NVIDIA's, <c>550.54.15</c>), else its name (<c>amdgpu</c>, <c>xe</c>). Empty for other devices, and like <see cref="Product"/>.</summary>
    public string Driver { get; init; } = "";
}
