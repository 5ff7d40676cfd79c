namespace Homelab.NodeAgent.Sensors.Machine;

/// <summary>The board's name from the device tree, or from DMI where firmware filled it in.</summary>
internal static class BoardName
{
    private const string Dmi = "/sys/class/dmi/id/";

    /// <returns>E.g. <c>Raspberry Pi 5 Model B Rev 1.0</c> or <c>GMKtec NucBox G3 Plus</c>; empty when nobody says.</returns>
    public static string Read(HostRoot root)
    {
        if (root.ReadLine("/proc/device-tree/model") is { Length: > 0 } tree)
            return tree;
        if (root.ReadLine("/sys/firmware/devicetree/base/model") is { Length: > 0 } firmware)
            return firmware;
        var vendor = Filled(root.ReadLine(Dmi + "sys_vendor"));
        var product = Filled(root.ReadLine(Dmi + "product_name"));
        if (product.Length == 0)
            (vendor, product) = (Filled(root.ReadLine(Dmi + "board_vendor")), Filled(root.ReadLine(Dmi + "board_name")));
        return product.StartsWith(vendor, StringComparison.OrdinalIgnoreCase) ? product : (vendor + " " + product).Trim();
    }

    // What board makers ship when they forget to fill the field in.
    private static string Filled(string? value) => value is null
        || value.Contains("O.E.M.", StringComparison.OrdinalIgnoreCase)
        || value is "Default string" or "System Product Name" or "System manufacturer" or "Not Specified" or "None" or "N/A"
        ? ""
        : value;
}
