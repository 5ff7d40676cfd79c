using System.Buffers;
using System.Globalization;

namespace Homelab.NodeAgent.Sensors.Hwmon;

/// <summary>The name that libsensors makes for a chip: driver, bus and address, <c>nct6775-isa-0290</c>.</summary>
/// <remarks>Source: <c>lib/sysfs.c</c> and <c>lib/data.c</c> of lm-sensors. The bus is that of the nearest device upwards whose <c>subsystem</c> libsensors knows. Recordings
/// seldom hold those links: there the bus shows in the shape of the device's name.</remarks>
internal static class ChipAlias
{
    private const NumberStyles Hexadecimal = NumberStyles.AllowHexSpecifier;

    private static readonly SearchValues<char> AcpiId = SearchValues.Create("ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789");

    /// <param name="root">The machine.</param>
    /// <param name="name">The driver's name.</param>
    /// <param name="device">As in <see cref="HwmonChip.Device"/>.</param>
    public static string Of(HostRoot root, string name, string device)
    {
        var parts = device.Split('/');
        for (var last = parts.Length - 1; last >= 0; last--)
        {
            var folder = HwmonChip.DevicesPrefix + string.Join('/', parts, 0, last + 1);
            var bus = root.Canonical(folder + "/subsystem") is { } subsystem ? subsystem[(subsystem.LastIndexOf('/') + 1)..] : "";
            if (Address(bus, parts[last]) is { } address)
                return name + "-" + address;
        }
        return name + (parts[0] == "platform" ? "-isa-" + Platform(parts[^1]) : "-virtual-0");
    }

    /// <summary>Bus and address; null when this device is on none that libsensors knows.</summary>
    /// <param name="bus">The subsystem's name; empty when unknown.</param>
    /// <param name="device">The device's own folder name.</param>
    private static string? Address(string bus, string device) => bus switch
    {
        "pci" => Pci(device),
        "i2c" => I2c(device),
        "platform" or "of_platform" => "isa-" + Platform(device),
        "acpi" => "acpi-0",
        "hid" => Hid(device),
        "scsi" => Scsi(device),
        "spi" => Spi(device),
        "" => Pci(device) ?? I2c(device) ?? Hid(device) ?? Scsi(device) ?? Spi(device) ?? Acpi(device),
        _ => null,
    };

    // 0000:00:18.3
    private static string? Pci(string device)
    {
        var parts = device.Split(':', '.');
        return parts.Length == 4 && parts[1].Length == 2 && parts[2].Length == 2
            && Hex(parts[0]) is { } domain && Hex(parts[1]) is { } number && Hex(parts[2]) is { } slot && Hex(parts[3]) is { } function and < 8
            ? "pci-" + ((domain << 16) + (number << 8) + (slot << 3) + function).ToString("x4", CultureInfo.InvariantCulture)
            : null;
    }

    // 1-0040
    private static string? I2c(string device)
    {
        var dash = device.IndexOf('-', StringComparison.Ordinal);
        return dash > 0 && device.Length == dash + 5 && Decimal(device[..dash]) is { } bus && Hex(device[(dash + 1)..]) is { } address
            ? string.Create(CultureInfo.InvariantCulture, $"i2c-{bus}-{address:x2}")
            : null;
    }

    // 0003:1B1C:1C04.0001
    private static string? Hid(string device)
    {
        var parts = device.Split(':', '.');
        return parts.Length == 4 && parts[1].Length == 4 && parts[2].Length == 4 && Hex(parts[0]) is { } bus && Hex(parts[3]) is { } number
            ? string.Create(CultureInfo.InvariantCulture, $"hid-{bus}-{number:x}")
            : null;
    }

    // 1:0:0:0
    private static string? Scsi(string device)
    {
        var parts = device.Split(':');
        return parts.Length == 4 && Decimal(parts[0]) is { } host && Decimal(parts[1]) is { } channel && Decimal(parts[2]) is { } target && Decimal(parts[3]) is { } unit
            ? string.Create(CultureInfo.InvariantCulture, $"scsi-{host}-{(channel << 8) + (target << 4) + unit:x}")
            : null;
    }

    // spi0.1
    private static string? Spi(string device)
    {
        var dot = device.IndexOf('.', StringComparison.Ordinal);
        return device.StartsWith("spi", StringComparison.Ordinal) && dot > 0 && Decimal(device[3..dot]) is { } bus && Decimal(device[(dot + 1)..]) is { } address
            ? string.Create(CultureInfo.InvariantCulture, $"spi-{bus}-{address:x}")
            : null;
    }

    // LNXTHERM:00, ACPI000D:00, PNP0C14:02
    private static string? Acpi(string device) =>
        device.Length > 3 && device[^3] == ':' && !device.AsSpan(0, device.Length - 3).ContainsAnyExcept(AcpiId) ? "acpi-0" : null;

    // nct6775.656: a decimal instance, which for a super I/O chip is its port.
    private static string Platform(string device)
    {
        var dot = device.IndexOf('.', StringComparison.Ordinal);
        return (dot > 0 ? Decimal(device[(dot + 1)..]) ?? 0 : 0).ToString("x4", CultureInfo.InvariantCulture);
    }

    private static int? Hex(string text) => text.Length <= 6 && int.TryParse(text, Hexadecimal, CultureInfo.InvariantCulture, out var number) ? number : null;

    private static int? Decimal(string text) => text.Length <= 9 && int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var number) ? number : null;
}
