using Homelab.NodeAgent.Sensors;
using Homelab.NodeAgent.Sensors.Hwmon;
using Homelab.Units;

namespace Homelab.NodeAgent.Fusion;

/// <summary>Says of each sensor what it covers: the only place that knows the names that drivers give.</summary>
internal static class PowerParts
{
    /// <summary>The three rails that the module's 5 to 20 V input goes into (Jetson AGX Orin, ina3221 at 1-0040). VDDQ_VDD2_1V8AO hangs behind VIN_SYS_5V0.</summary>
    public static readonly IReadOnlyList<string> OrinRails = ["VDD_GPU_SOC", "VDD_CPU_CV", "VIN_SYS_5V0"];

    /// <summary>The sum gauge of a Raspberry Pi's power chip.</summary>
    public const string SumOfRails = "rails_power";

    /// <summary>The name that Jetson and several carrier boards give the rail that feeds everything, and that a monitor gets whose <c>role</c> is <c>input</c>.</summary>
    private const string InputRail = "VDD_IN";

    public static PowerPart Of(SensorInfo sensor, IReadOnlyList<SensorInfo> all) => sensor switch
    {
        { Source: "powercap" or "perf", Quantity: Quantity.Energy, Shape: SensorShape.Counter } => OfZone(sensor, all),
        { Source: "nvidia", Name: "power", Shape: SensorShape.Gauge } => PowerPart.Card,
        // Its mean, lowest and highest lie beside it.
        { Source: "ipmi", Name: "power", Quantity: Quantity.Power, Shape: SensorShape.Gauge } => PowerPart.Meter,
        // On battery the machine draws what its batteries give; otherwise the sensor says that it can not tell.
        { Source: "power_supply", Device: "node", Name: "discharge", Quantity: Quantity.Power, Shape: SensorShape.Gauge } => PowerPart.Meter,
        { Source: "i2c", Label: InputRail, Quantity: Quantity.Power, Shape: SensorShape.Gauge } => PowerPart.Meter,
        { Source: "raspberrypi", Name: SumOfRails, Quantity: Quantity.Power, Shape: SensorShape.Gauge } => PowerPart.Rails,
        { Source: "hwmon" } => OfChip(sensor, all),
        _ => PowerPart.Other,
    };

    /// <summary>The chip's name of a hwmon sensor; empty for others.</summary>
    public static string Chip(SensorInfo sensor)
    {
        if (sensor.Source != "hwmon")
            return "";
        var at = sensor.Device.IndexOf('@', StringComparison.Ordinal);
        return at < 0 ? sensor.Device : sensor.Device[..at];
    }

    private static PowerPart OfZone(SensorInfo sensor, IReadOnlyList<SensorInfo> all)
    {
        var word = ZoneWord(sensor);
        var part = word switch
        {
            "package" => PowerPart.Package,
            "psys" => PowerPart.Psys,
            "dram" => IsClient(sensor, all) ? PowerPart.ClientMemory : PowerPart.Memory,
            "uncore" => PowerPart.Uncore,
            "core" => PowerPart.Core,
            _ => PowerPart.Other,
        };
        if (part == PowerPart.Other || !IsCopy(sensor, word, all))
            return part;
        return part == PowerPart.Package ? PowerPart.PackageCopy : PowerPart.Other;
    }

    /// <summary>The label without its number: <c>package</c> of <c>package-0-die-1</c>. perf's labels are powercap's.</summary>
    private static string ZoneWord(SensorInfo sensor) =>
        sensor.Label.StartsWith("package", StringComparison.Ordinal) ? "package"
        : sensor.Label.StartsWith("psys", StringComparison.Ordinal) ? "psys"
        : sensor.Label.StartsWith("dram", StringComparison.Ordinal) ? "dram"
        : sensor.Label;

    /// <summary>MSR zones before MMIO ones: they are one counter behind three interfaces, and a sum of them would be a multiple.
    /// perf's before both: it has sensors only while powercap's zones are shut, which are listed all the same.</summary>
    private static bool IsCopy(SensorInfo sensor, string word, IReadOnlyList<SensorInfo> all)
    {
        var rank = Interface(sensor);
        foreach (var other in all)
        {
            if (other is { Source: "powercap" or "perf", Quantity: Quantity.Energy, Shape: SensorShape.Counter } && Interface(other) < rank && ZoneWord(other) == word)
                return true;
        }
        return false;
    }

    private static int Interface(SensorInfo sensor) =>
        sensor.Source == "perf" ? 0 : sensor.Device.StartsWith("intel-rapl-mmio", StringComparison.Ordinal) ? 2 : 1;

    /// <summary>Only client processors have a graphics plane. There the memory's place is not settled, so it is left out; on servers it lies beside the package.</summary>
    private static bool IsClient(SensorInfo memory, IReadOnlyList<SensorInfo> all)
    {
        foreach (var other in all)
        {
            if (other.Source == memory.Source && other.Shape == SensorShape.Counter && ZoneWord(other) == "uncore")
                return true;
        }
        return false;
    }

    private static PowerPart OfChip(SensorInfo sensor, IReadOnlyList<SensorInfo> all) => (Chip(sensor), sensor) switch
    {
        ("xe", { Name: "energy1", Shape: SensorShape.Counter }) => PowerPart.Card,
        ("xe", { Name: "energy2", Shape: SensorShape.Counter }) => Has(all, sensor.Device, "energy1") ? PowerPart.CardPart : PowerPart.Card,
        ("i915", { Name: "energy1", Shape: SensorShape.Counter }) => PowerPart.Card,
        (_, not { Quantity: Quantity.Power, Shape: SensorShape.Gauge }) => PowerPart.Other,
        // Firmware may give a battery such a meter, too: what flows there is not what the machine draws.
        ("power_meter", { Label: HwmonQuirks.BatteryLabel }) => PowerPart.Other,
        ("power_meter", _) => PowerPart.Meter,
        ("corsairpsu", { Name: "power1" }) => PowerPart.Meter,
        (_, { Label: InputRail }) => PowerPart.Meter,
        ("amdgpu", { Label: "fastPPT" }) => PowerPart.Other,
        ("amdgpu", _) => IsApu(sensor, all) ? PowerPart.Apu : PowerPart.Card,
        ("nouveau", _) => PowerPart.Card,
        _ when IsOrinRail(sensor.Label) => PowerPart.Rails,
        _ => sensor.Label.StartsWith("VDD", StringComparison.Ordinal) ? PowerPart.Rail : PowerPart.Other,
    };

    /// <summary>An APU's PPT covers the processor too, a card's only the card. Only APUs have a north-bridge voltage (<c>vddnb</c>),
    /// and Van Gogh names its limits <c>slowPPT</c> and <c>fastPPT</c>.</summary>
    private static bool IsApu(SensorInfo sensor, IReadOnlyList<SensorInfo> all)
    {
        if (sensor.Label == "slowPPT")
            return true;
        foreach (var other in all)
        {
            if (other.Device == sensor.Device && other.Label == "vddnb")
                return true;
        }
        return false;
    }

    private static bool IsOrinRail(string label)
    {
        foreach (var rail in OrinRails)
        {
            if (rail == label)
                return true;
        }
        return false;
    }

    private static bool Has(IReadOnlyList<SensorInfo> all, string device, string name)
    {
        foreach (var other in all)
        {
            if (other.Device == device && other.Name == name)
                return true;
        }
        return false;
    }
}
