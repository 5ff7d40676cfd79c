namespace Homelab.NodeAgent.Sensors.PowerSupply;

/// <summary>What a supply is to the machine, from its <c>type</c>, <c>scope</c> and name.</summary>
internal enum SupplyKind
{
    /// <summary>Not the machine's own (<c>scope</c> is Device: a mouse, a headset), an empty bay, or a type without meaning here.</summary>
    None,

    /// <summary>Stores energy: the machine's battery.</summary>
    Battery,

    /// <summary>Stores energy and feeds from it without a gap.</summary>
    Ups,

    /// <summary>Feeds the machine from outside: an adapter, a charging pad, a port that says what it measures.</summary>
    Adapter,

    /// <summary>Feeds from outside, and its volts and amperes are what both ends agreed on, not what flows.</summary>
    Contract,
}

/// <summary>How the kernel's words become a kind.</summary>
internal static class SupplyKinds
{
    /// <param name="name">The folder, <c>BAT0</c>.</param>
    /// <param name="type">Text of <c>type</c>.</param>
    /// <param name="scope">Text of <c>scope</c>; null where there is none, which means the machine.</param>
    /// <param name="isPresent">False for a bay that says it is empty.</param>
    /// <remarks>Source: Documentation/ABI/testing/sysfs-class-power. USB-C ports of the UCSI and Type-C drivers are named <c>ucsi-source-psy-*</c> and
    /// <c>tcpm-source-psy-*</c>: they answer the contract of USB Power Delivery.</remarks>
    public static SupplyKind Of(string name, string type, string? scope, bool isPresent)
    {
        if (scope == "Device" || !isPresent)
            return SupplyKind.None;
        if (type == "Battery")
            return SupplyKind.Battery;
        if (type == "UPS")
            return SupplyKind.Ups;
        if (type.StartsWith("USB", StringComparison.Ordinal))
            return name.Contains("source-psy", StringComparison.Ordinal) || name.Contains("source_psy", StringComparison.Ordinal) ? SupplyKind.Contract : SupplyKind.Adapter;
        return type is "Mains" or "Wireless" ? SupplyKind.Adapter : SupplyKind.None;
    }
}
