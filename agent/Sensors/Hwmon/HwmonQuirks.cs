using Homelab.Units;

namespace Homelab.NodeAgent.Sensors.Hwmon;

/// <summary>Where drivers stray from the hwmon ABI, each with its reason.</summary>
internal static class HwmonQuirks
{
    /// <summary>Of an ACPI meter that measures a battery.</summary>
    public const string BatteryLabel = "battery";

    /// <summary>Why a chip is left alone; null for nearly all.</summary>
    public static string? ReasonToSkip(string chip) => chip switch
    {
        "w1_slave_temp" => "A 1-wire thermometer takes 0.75 to 1 s per reading and would hold up every other chip; it is not read.",
        "drivetemp" => "Asking a disk for its temperature each second keeps it from spinning down; it is not read.",
        _ => null,
    };

    /// <summary>The meaning of a channel on this chip, where it differs from the ABI's.</summary>
    public static (Quantity Quantity, SensorShape Shape, Scale Scale) Adjust(
        string chip, HwmonAttribute attribute, (Quantity Quantity, SensorShape Shape, Scale Scale) meaning)
    {
        // in4 to in7 of an INA3221 are shunt voltages in µV (Documentation/hwmon/ina3221.rst); lm-sensors shows them 1000 times too high.
        if (chip == "ina3221" && attribute is { Kind: "in", Number: >= 4 and <= 7, Suffix: "input" })
            return meaning with { Scale = Scale.Micro };
        // A USB-C port reports the contract it negotiated, not what flows.
        if (chip.StartsWith("ucsi_source_psy", StringComparison.Ordinal) && meaning.Shape == SensorShape.Gauge && meaning.Quantity != Quantity.State)
            return meaning with { Shape = SensorShape.Limit };
        return meaning;
    }

    /// <summary>What a channel without a label is, where its chip says it in another way; else empty.</summary>
    /// <remarks><c>power1_is_battery</c>: Documentation/hwmon/acpi_power_meter.rst.</remarks>
    public static string LabelOf(HostRoot root, HwmonChip chip, HwmonAttribute attribute) =>
        chip.Name == "power_meter" && attribute.Kind == "power" && root.ReadInteger(chip.Folder + "/power1_is_battery") == 1 ? BatteryLabel : "";

    /// <summary>True for a chip whose voltage and current channels of the same number belong together and whose driver gives no power.</summary>
    public static bool NeedsProduct(string chip) => chip == "ina3221";

    /// <summary>True when the chip sits on a GPU or accelerator, which may sleep: PCI base class 03 or 12, or a known driver where the class is not recorded.</summary>
    public static bool MaySleep(HostRoot root, HwmonChip chip) => chip.PciDevice is { } device
        && (chip.Name is "amdgpu" or "radeon" or "nouveau" or "i915" or "xe"
            || root.ReadLine(device + "/class") is { } pciClass
                && (pciClass.StartsWith("0x03", StringComparison.Ordinal) || pciClass.StartsWith("0x12", StringComparison.Ordinal)));
}
