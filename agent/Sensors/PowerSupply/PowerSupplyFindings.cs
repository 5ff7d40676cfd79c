namespace Homelab.NodeAgent.Sensors.PowerSupply;

/// <summary>What the supplies lack, in words for <c>doctor</c>.</summary>
internal static class PowerSupplyFindings
{
    public static Finding Unlisted(string path, int errno) => new(
        errno == Errno.Access ? FindingKind.Denied : FindingKind.Broken,
        path,
        Errno.Name(errno),
        "The folder of power supplies can not be listed, so nobody knows when the machine runs from a battery.",
        errno == Errno.Access ? "run the agent with read access to /sys" : "");

    public static Finding Nothing(string path) => new(
        FindingKind.Foreign, path, "", "The kernel knows no battery, UPS or adapter of this machine; a UPS on a cable is told to the aggregator by its own monitor.", "");

    public static Finding Untyped(string path) => new(FindingKind.Broken, path, "", "This supply does not say what it is; it is left out.", "");

    public static IEnumerable<Finding> OfBattery(HostRoot root, BatteryFiles battery)
    {
        if (!battery.HasRate)
            yield return new Finding(FindingKind.Note, battery.Path, "", "This battery tells neither power nor current: while it feeds the machine, the node's power comes from elsewhere.", "");
        if (battery.IsOnUsb)
            yield return new Finding(FindingKind.Note, battery.Path, "", "This one is on a USB cable and may feed other machines, too: its power is not taken for this node's.", "");
        if (root.ReadLine(battery.Path + "/health") is "Dead" or "Overheat" or "Over voltage" or "Unspecified failure" or "Cell imbalance")
            yield return new Finding(FindingKind.Broken, battery.Path + "/health", "", "The battery says that it is not well.", "take it off the machine, and replace it");
    }
}
