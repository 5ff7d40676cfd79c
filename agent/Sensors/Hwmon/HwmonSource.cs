using System.Globalization;
using Homelab.NodeAgent.Sensors.Machine;
using Homelab.Units;

namespace Homelab.NodeAgent.Sensors.Hwmon;

/// <summary>Temperatures, fans, voltages, currents, power, energy, clocks and alarms of every hwmon chip.</summary>
/// <remarks>Source: <c>/sys/class/hwmon/hwmon*/*</c>, Documentation/hwmon/sysfs-interface.rst. Device = <see cref="HwmonChip.Key"/>;
/// name = the channel (<c>temp1</c>), with its suffix for limits and alarms (<c>temp1_crit</c>).
/// Chips that the thermal core registers for its zones are left to <see cref="Thermal.ThermalZoneSource"/>.</remarks>
internal sealed class HwmonSource : ISensorSource
{
    private const string ClassPath = "/sys/class/hwmon";

    public string Name => "hwmon";

    public Discovery Discover(HostRoot root)
    {
        var entries = root.List(ClassPath, out var errno);
        if (entries.Count == 0)
            return Discovery.Nothing(NoChips(root, errno));
        var sensors = new List<ISensor>();
        var findings = new List<Finding>();
        var chips = new List<HwmonChip>();
        foreach (var (entry, _) in NumberedEntries.Of(entries, "hwmon"))
        {
            var folder = ClassPath + "/" + entry;
            if (HwmonChip.Read(root, folder, out var chipErrno) is not { } chip)
                findings.Add(new Finding(FindingKind.Broken, folder, Errno.Name(chipErrno), "This chip's folder can not be listed; the other chips are read.", ""));
            else if (HwmonQuirks.ReasonToSkip(chip.Name) is { } reason)
                findings.Add(new Finding(FindingKind.Note, folder, "", reason, ""));
            else if (!chip.IsThermalZone)
                chips.Add(chip);
        }
        // By key, not by hwmonN: the inventory keeps its order when the kernel numbers the chips anew. Twins stay in the order of N.
        var keys = new DeviceNames();
        foreach (var chip in chips.OrderBy(static chip => chip.Key, StringComparer.Ordinal))
            sensors.AddRange(Channels(root, chip, keys.Claim(chip.Key)));
        findings.AddRange(HwmonExpected.Lacking(root, chips.ConvertAll(static chip => chip.Name), sensors.Exists(static sensor => sensor.Info.Name.StartsWith("fan", StringComparison.Ordinal))));
        return new Discovery(sensors, findings);
    }

    private static Finding NoChips(HostRoot root, int errno)
    {
        if (errno is Errno.Access)
            return new Finding(FindingKind.Denied, ClassPath, Errno.Name(errno), "The folder of sensor chips can not be listed.", "run the agent with read access to /sys");
        var name = errno == 0 ? "" : Errno.Name(errno);
        if (VirtualMachine.IsGuest(root))
            return new Finding(FindingKind.Foreign, ClassPath, name, "A virtual machine has no sensor chips; there are no temperatures or fans to show.", "");
        var maker = Processor.Read(root).Maker;
        if (maker == ProcessorMaker.Arm)
            return new Finding(FindingKind.Foreign, ClassPath, name, "There are no sensor chips; the board's temperatures are thermal zones.", "");
        return new Finding(FindingKind.Missing, ClassPath, name, "No sensor driver is loaded; there are no temperatures or fans to show.", maker switch
        {
            ProcessorMaker.Intel => Remedy.Load(root, "coretemp"),
            ProcessorMaker.Amd => Remedy.Load(root, "k10temp"),
            _ => "sudo sensors-detect --auto (of lm-sensors) finds the drivers and loads them",
        });
    }

    private List<ISensor> Channels(HostRoot root, HwmonChip chip, string device)
    {
        var gate = HwmonQuirks.MaySleep(root, chip) ? new SleepGate(root, chip.PciDevice!) : null;
        var sensors = new List<ISensor>();
        var volts = new Dictionary<int, FileSensor>();
        var amperes = new Dictionary<int, FileSensor>();
        var folder = root.LocateDevice(chip.Folder);
        FileSensor? fault = null;
        foreach (var attribute in Ordered(root, chip, gate))
        {
            var isOfFault = attribute.IsReading && fault?.Info.Name == attribute.Channel + "_fault";
            var sensor = Channel(root, chip, folder, device, attribute, gate, isOfFault ? fault : null);
            sensors.Add(sensor);
            if (attribute.Suffix == "fault")
                fault = sensor;
            else if (attribute is { Kind: "in", Suffix: "input" })
                volts[attribute.Number] = sensor;
            else if (attribute is { Kind: "curr", Suffix: "input" })
                amperes[attribute.Number] = sensor;
        }
        if (HwmonQuirks.NeedsProduct(chip.Name))
            sensors.AddRange(Products(device, chip, volts, amperes));
        return sensors;
    }

    private FileSensor Channel(HostRoot root, HwmonChip chip, string folder, string device, HwmonAttribute attribute, SleepGate? gate, FileSensor? fault)
    {
        var file = chip.Folder + "/" + attribute.Channel + (attribute.Suffix.Length == 0 ? "" : "_" + attribute.Suffix);
        var (quantity, shape, scale) = HwmonQuirks.Adjust(chip.Name, attribute, attribute.Meaning()!.Value);
        var name = attribute.Suffix is "" or "input" or "average" ? attribute.Channel : attribute.Channel + "_" + attribute.Suffix;
        var labelFile = attribute.Channel + "_label";
        var label = chip.Has(labelFile) ? root.ReadLine(chip.Folder + "/" + labelFile) ?? "" : HwmonQuirks.LabelOf(root, chip, attribute);
        return new FileSensor(
            new SensorInfo(Name, device, name, label, quantity, shape, file) { Chip = chip.Alias },
            root,
            scale,
            Plausibility.ForHwmon(quantity, shape, chip.Name, label),
            folder)
        {
            Gate = gate,
            Fault = fault,
            ZeroDetail = attribute.IsUpperLimit ? "0: this limit is not set" : null,
        };
    }

    // Kind by kind, then by number: temp2 before temp10. A fault comes before what it is a fault of.
    private static IEnumerable<HwmonAttribute> Ordered(HostRoot root, HwmonChip chip, SleepGate? gate)
    {
        var found = new List<HwmonAttribute>();
        foreach (var file in chip.Files)
        {
            if (HwmonAttribute.TryParse(file, out var attribute) && attribute.Meaning() is not null && !IsOtherPower(root, chip, attribute, gate))
                found.Add(attribute);
        }
        return found
            .OrderBy(static attribute => attribute.Kind, StringComparer.Ordinal)
            .ThenBy(static attribute => attribute.Number)
            .ThenBy(static attribute => attribute.Suffix != "fault")
            .ThenBy(static attribute => !attribute.IsReading)
            .ThenBy(static attribute => attribute.Suffix, StringComparer.Ordinal);
    }

    // One power figure per channel: the average where the driver gives one, else the instant. amdgpu moved from the first to the second in 6.6,
    // APUs have both, and either file may be there and refuse. A GPU that sleeps is not woken to find out.
    private static bool IsOtherPower(HostRoot root, HwmonChip chip, HwmonAttribute attribute, SleepGate? gate)
    {
        if (attribute is not { Kind: "power", Suffix: "input" or "average" })
            return false;
        var hasBoth = chip.Has(attribute.Channel + "_input") && chip.Has(attribute.Channel + "_average");
        if (!hasBoth)
            return false;
        uint used = 0;
        var averageWorks = (gate is not null && gate.IsAsleep(ref used))
            || root.ReadInteger(chip.Folder + "/" + attribute.Channel + "_average", out var errno) is not null
            || (errno != 0 && Errno.ToQuality(errno) != Quality.Unsupported);
        return averageWorks == (attribute.Suffix == "input");
    }

    private IEnumerable<ProductSensor> Products(string device, HwmonChip chip, Dictionary<int, FileSensor> volts, Dictionary<int, FileSensor> amperes)
    {
        // Channels 1 to 3 only: in4 and up are shunts, and curr4 is a sum over rails of different voltage.
        for (var number = 1; number <= 3; number++)
        {
            var name = "power" + number.ToString(CultureInfo.InvariantCulture);
            // A driver that multiplies itself knows better.
            if (chip.Has(name + "_input"))
                continue;
            if (volts.TryGetValue(number, out var voltage) && amperes.TryGetValue(number, out var current))
            {
                yield return new ProductSensor(
                    new SensorInfo(Name, device, name, voltage.Info.Label, Quantity.Power, SensorShape.Gauge, "") { Chip = chip.Alias }, voltage, current);
            }
        }
    }
}
