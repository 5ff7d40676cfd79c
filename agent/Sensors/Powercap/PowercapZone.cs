namespace Homelab.NodeAgent.Sensors.Powercap;

/// <summary>A zone's id as powercap writes it, <c>control-type:n[:m…]</c> with hexadecimal numbers; read as opaque text.</summary>
/// <param name="Id">E.g. <c>intel-rapl:0:1</c> or <c>intel-rapl-mmio:0</c>; unique on a machine, and the device name of its sensors.</param>
internal readonly record struct PowercapZone(string Id)
{
    /// <summary><c>intel-rapl</c> (also AMD's), <c>intel-rapl-mmio</c> (the same silicon counter again), <c>dtpm</c>, …</summary>
    public string ControlType => Id[..Id.IndexOf(':', StringComparison.Ordinal)];

    /// <summary>True for a package or platform zone, false for a part of one (core, uncore, dram).</summary>
    public bool IsTopLevel => Id.IndexOf(':', StringComparison.Ordinal) == Id.LastIndexOf(':');

    /// <summary>The zone this one is a part of; null at the top.</summary>
    public PowercapZone? Parent => IsTopLevel ? null : new PowercapZone(Id[..Id.LastIndexOf(':')]);

    /// <summary>False for control types and stray entries.</summary>
    public static bool TryParse(string entry, out PowercapZone zone)
    {
        zone = new PowercapZone(entry);
        var colon = entry.IndexOf(':', StringComparison.Ordinal);
        return colon > 0 && entry[^1] != ':';
    }
}
