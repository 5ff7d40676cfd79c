using System.Globalization;

namespace Homelab.NodeAgent.Sensors.I2c;

/// <summary>What stands in the way of monitors, for a person who can mend it.</summary>
internal static class MonitorWords
{
    public static readonly Finding NoneNamed = new(FindingKind.Foreign, "/dev/i2c-*", "", "No power monitor is named (i2c.monitors); buses are not searched.", "");

    private const string AdaptersPath = "/sys/bus/i2c/devices";

    public static void Describe(HostRoot root, BusSeat bus, List<Finding> findings)
    {
        var node = bus.Monitors[0].Monitor.Chip.Spec.Node;
        if (bus.IsLate)
        {
            findings.Add(new Finding(FindingKind.Broken, node, "", "The adapter does not answer; other buses are read.",
                "a chip holds the bus down: take the supply from it, and check pull-ups and wires"));
            return;
        }
        // What is wrong with the whole bus is one finding, not one for each monitor.
        if (Whole(root, node, bus.Monitors[0].Monitor) is { } whole)
            findings.Add(whole);
        else
        {
            foreach (var seat in bus.Monitors)
                findings.Add(Of(root, seat.Monitor));
        }
        foreach (var seat in bus.Monitors)
        {
            if (seat.Alert is { Errno: not 0 } alert)
                findings.Add(Of(alert));
        }
    }

    private static Finding? Whole(HostRoot root, string node, PowerMonitor monitor) => (monitor.State, monitor.Errno) switch
    {
        (MonitorState.Silent, Errno.NoEntry) => Absent(root, node),
        (MonitorState.Silent, Errno.Access or Errno.NotPermitted) => new Finding(FindingKind.Denied, node, Errno.Name(monitor.Errno),
            "The bus is shut to the agent, so its monitors are not read.",
            Remedy.Give(root, node, "rw", "i2c")),
        _ => null,
    };

    private static Finding Absent(HostRoot root, string node)
    {
        var adapters = new List<string>();
        foreach (var (name, _) in NumberedEntries.Of(root.List(AdaptersPath, out _), "i2c-"))
            adapters.Add(name);
        var errno = Errno.Name(Errno.NoEntry);
        if (adapters.Contains(node["/dev/".Length..]))
        {
            return new Finding(FindingKind.Missing, node, errno, "The adapter is there, its device node is not: the module i2c-dev is not loaded, or the container was not given the device.",
                Remedy.Load(root, "i2c-dev") + $"; a container: {node} as a device");
        }
        return new Finding(FindingKind.Missing, node, errno,
            adapters.Count == 0 ? "The kernel has no I²C adapter." : $"The kernel has no such adapter; there are {string.Join(", ", adapters)}.",
            adapters.Count == 0 ? "switch the bus on (Raspberry Pi: dtparam=i2c_arm=on in config.txt, then reboot)" : "correct the bus in i2c.monitors, or switch it on (Raspberry Pi: dtparam=i2c_arm=on in config.txt)");
    }

    private static Finding Of(HostRoot root, PowerMonitor monitor)
    {
        var spec = monitor.Chip.Spec;
        var path = string.Create(CultureInfo.InvariantCulture, $"{AdaptersPath}/{spec.Bus}-{spec.Address:x4}");
        return monitor.State switch
        {
            MonitorState.Reads => new Finding(FindingKind.Note, spec.Device, "", $"{spec.Written}: recognised and read over {spec.Node}.", ""),
            MonitorState.Yielded => new Finding(FindingKind.Note, spec.Device, Errno.Name(Errno.Busy),
                $"The kernel's driver{Driver(root, path)} has it: its figures are hwmon's, and it is not touched here.", ""),
            MonitorState.Stranger => Wrong(spec, monitor.Odd),
            MonitorState.Stubborn => new Finding(FindingKind.Broken, spec.Device, "",
                string.Create(CultureInfo.InvariantCulture, $"Register 0x{monitor.Odd.Register:x2} does not keep what is written to it, it reads 0x{monitor.Odd.Value:x4}: another program sets the chip up, or it is another chip."),
                "stop the other program, or correct the chip in i2c.monitors"),
            _ when monitor.Errno == Errno.NotSupported => new Finding(FindingKind.Broken, spec.Device, Errno.Name(monitor.Errno),
                $"The adapter can not read its registers: it neither sends messages nor reads {(spec.Kind == MonitorKind.Ina228 ? "blocks" : "words")}.",
                "wire it to another bus: i2cdetect -l lists them, i2cdetect -F N says what each can do"),
            _ => new Finding(FindingKind.Broken, spec.Device, Errno.Name(monitor.Errno), monitor.Errno == Errno.TimedOut
                ? "The bus hung when it was asked: the clock or data line is held down."
                : "Nothing answers at its address.", $"check wires and supply, and the address: sudo i2cdetect -y -r {spec.Bus.ToString(CultureInfo.InvariantCulture)} 0x40 0x4f shows who answers"),
        };
    }

    private static Finding Wrong(MonitorSpec spec, (byte Register, ushort Value) odd) => new(FindingKind.Broken, spec.Device, "",
        string.Create(CultureInfo.InvariantCulture, $"It is no {spec.Word}: register 0x{odd.Register:x2} reads 0x{odd.Value:x4}. Nothing was written to it."),
        "name the chip that is there in i2c.monitors (register 0xff of an ina226 reads 0x226x, of an ina260 0x227x, of an ina3221 0x3220; 0x3f of an ina228 reads 0x228x)");

    private static string Driver(HostRoot root, string path) => root.Canonical(path + "/driver") is { } driver ? " " + driver[(driver.LastIndexOf('/') + 1)..] : "";

    private static Finding Of(AlertLine alert)
    {
        var path = alert.Node.Length > 0 ? alert.Node : "/dev/gpiochip*";
        var errno = Errno.Name(alert.Errno);
        return alert.Errno switch
        {
            Errno.Busy when alert.Holder == AlertLine.Consumer => new Finding(FindingKind.Note, path, errno, $"The running agent listens to {alert.Name}; this look can not.", ""),
            Errno.Busy => new Finding(FindingKind.Broken, path, errno, $"{alert.Name} is held by '{alert.Holder}', so alerts are not seen.", "gpioinfo shows who has which line; free it, or wire ALERT to another"),
            Errno.Access or Errno.NotPermitted => new Finding(FindingKind.Denied, path, errno, $"{alert.Name} is shut to the agent, so alerts are not seen.",
                $"a unit drop-in with DeviceAllow={path} rw and SupplementaryGroups=gpio; a container with {path} as a device"),
            Errno.Invalid => new Finding(FindingKind.Broken, path, errno, $"The chip has no line {alert.Name.Offset.ToString(CultureInfo.InvariantCulture)} that can be listened to.", "gpioinfo lists the lines of each chip"),
            _ => new Finding(FindingKind.Missing, path, errno, $"There is no GPIO chip for {alert.Name}, so alerts are not seen.", "gpiodetect lists the chips with their labels; correct alert= in i2c.monitors"),
        };
    }
}
