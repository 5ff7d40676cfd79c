using Homelab.Units;

namespace Homelab.NodeAgent.Sensors.PowerSupply;

/// <summary>The files of one battery or UPS that more than one sensor needs. Those that the driver does not have are null.</summary>
internal sealed class BatteryFiles
{
    // A battery that is there has a voltage, and its contacts have a sign.
    private static readonly Bounds CellVoltage = new(1_000, 1_000_000_000, "outside 1 mV to 1000 V: the driver has no figure");

    public BatteryFiles(HostRoot root, string name, bool isUps, string path, IReadOnlyList<string> files)
    {
        Path = path;
        IsUps = isUps;
        Status = files.Contains("status") ? new SharedFile(root, path + "/status", 32) : null;
        Voltage = Open("voltage", Quantity.Voltage, CellVoltage);
        Current = Open("current", Quantity.Current, Plausibility.For(Quantity.Current, SensorShape.Gauge));
        Power = Open("power", Quantity.Power, Plausibility.For(Quantity.Power, SensorShape.Gauge));
        // On its own bus it feeds this board and no other; behind a USB cable it may feed anything.
        IsOnUsb = root.Canonical(path) is { } canonical && canonical.Contains("/usb", StringComparison.Ordinal);

        FileSensor? Open(string channel, Quantity quantity, Bounds bounds) => files.Contains(channel + "_now")
            ? new FileSensor(
                new SensorInfo("power_supply", name, channel, Label, quantity, SensorShape.Gauge, path + "/" + channel + "_now"),
                root, Scale.Micro, bounds)
            : null;
    }

    public string Path { get; }

    public bool IsUps { get; }

    /// <summary>Of all its sensors.</summary>
    public string Label => IsUps ? "ups" : "battery";

    public SharedFile? Status { get; }

    /// <summary>Volts.</summary>
    public FileSensor? Voltage { get; }

    /// <summary>Amperes; which way is positive is the driver's own choice.</summary>
    public FileSensor? Current { get; }

    /// <summary>Watts; which way is positive is the driver's own choice.</summary>
    public FileSensor? Power { get; }

    public bool IsOnUsb { get; }

    /// <summary>Whether watts can be had at all.</summary>
    public bool HasRate => Power is not null || (Voltage is not null && Current is not null);
}
