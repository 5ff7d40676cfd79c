using Homelab.NodeAgent.Sensors.Machine;

namespace Homelab.NodeAgent.Sensors.Hwmon;

/// <summary>Chips that a machine of this kind has, and whose driver is not loaded.</summary>
internal static class HwmonExpected
{
    private const string ClassPath = "/sys/class/hwmon";

    /// <param name="root">The machine.</param>
    /// <param name="chips">Names of the chips that are there.</param>
    /// <param name="hasFan">Whether any of them shows a fan.</param>
    public static IEnumerable<Finding> Lacking(HostRoot root, IReadOnlyCollection<string> chips, bool hasFan)
    {
        if (VirtualMachine.IsGuest(root))
            yield break;
        if (ProcessorChip(root) is { } names && !names.Any(chips.Contains))
            yield return new Finding(FindingKind.Missing, ClassPath, "", $"The processor's own thermometer has no driver here ({names[0]}).", Remedy.Load(root, names[0]));
        if (!chips.Contains("rpi_volt") && BoardName.Read(root).StartsWith("Raspberry Pi", StringComparison.Ordinal))
            yield return new Finding(FindingKind.Missing, ClassPath, "", "The alarm of a weak supply has no driver here (rpi_volt).", Remedy.Load(root, "raspberrypi-hwmon"));
        // SMBIOS types of enclosure 3 to 7: desktop, flat desktop, pizza box, mini tower, tower.
        if (!hasFan && chips.Count > 0 && root.ReadInteger("/sys/class/dmi/id/chassis_type") is >= 3 and <= 7)
            yield return new Finding(FindingKind.Hint, ClassPath, "", "No chip shows the board's fans and voltages: their controller has no driver here.", Fans(root));
    }

    /// <summary>The names under which the processor's thermometer may be listed, the usual driver first.</summary>
    private static string[]? ProcessorChip(HostRoot root) => Processor.Read(root) switch
    {
        { Maker: ProcessorMaker.Intel } => ["coretemp"],
        // zenpower takes the place of k10temp.
        { Maker: ProcessorMaker.Amd, CountsEnergy: true } => ["k10temp", "zenpower"],
        _ => null,
    };

    private static string Fans(HostRoot root) => Remedy.IsTalos(root)
        ? "for many boards " + Remedy.Load(root, "nct6775")
        : "sudo sensors-detect (of lm-sensors) names the driver; for many boards: " + Remedy.Load(root, "nct6775");
}
