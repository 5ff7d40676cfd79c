using Homelab.Units;

namespace Homelab.NodeAgent.Fusion;

/// <summary>What a watt channel covers, as far as that matters for a sum.</summary>
internal enum PowerPart
{
    /// <summary>A part that is never summed: a rail of unknown place, a disk, a copy.</summary>
    Other = 0,
    Meter,
    Psys,
    Package,

    /// <summary>The same silicon counter behind another interface: <c>intel-rapl-mmio</c>, or powercap's zone where the perf unit counts, as it does while powercap is shut.</summary>
    PackageCopy,
    Core,
    Uncore,

    /// <summary>A memory plane of a server: beside the package.</summary>
    Memory,

    /// <summary>A memory plane of a client processor, which may or may not be in the package already.</summary>
    ClientMemory,

    /// <summary>amdgpu's PPT of a processor with graphics.</summary>
    Apu,
    Card,

    /// <summary>A tile or package of a card that also says its whole.</summary>
    CardPart,
    Rails,

    /// <summary>One rail of a sum that is taken as a whole.</summary>
    Rail,
}

/// <summary>One part that is inside another, and so is never added to it.</summary>
internal sealed record PowerOverlap(PowerPart Part, PowerPart Whole, string Why);

/// <summary>One way to a node's figure.</summary>
/// <param name="Rank">0 is best.</param>
/// <param name="Lead">The part that must be there.</param>
/// <param name="Adds">Parts that lie beside it and are added where there are any.</param>
/// <param name="Scope">What the figure covers.</param>
/// <param name="Uncertainty">± share against the whole node's draw.</param>
internal sealed record PowerLevel(int Rank, PowerPart Lead, PowerPart[] Adds, PowerScope Scope, double Uncertainty)
{
    public bool Takes(PowerPart part)
    {
        foreach (var added in Adds)
        {
            if (added == part)
                return true;
        }
        return false;
    }
}

/// <summary>The declared order of figures, and what contains what. The plan and the estimator follow it; its tests hold the two together.</summary>
internal static class PowerHierarchy
{
    /// <summary>Its own scope and uncertainty are those of the meter.</summary>
    public static readonly PowerLevel Meter = new(0, PowerPart.Meter, [], PowerScope.Wall, 0.05);

    /// <summary>Scaled by firmware, and mis-scaled on some boards (9.6 W against a sum of 14.4 W, codecarbon#950).</summary>
    public static readonly PowerLevel Psys = new(1, PowerPart.Psys, [], PowerScope.Board, 0.20);

    /// <summary>On mini-PCs the package is 60 to 70 % of the whole machine's draw: disks, memory, fans and supply are not in it.</summary>
    public static readonly PowerLevel Packages = new(2, PowerPart.Package, [PowerPart.Memory, PowerPart.Card], PowerScope.Package, 0.40);

    /// <summary>Of what a whole machine draws at rest, the share that its packages do not.</summary>
    public const double RestBesidePackages = 0.7;

    /// <summary>As the package's: it is the package.</summary>
    public static readonly PowerLevel Apu = new(3, PowerPart.Apu, [PowerPart.Card], PowerScope.Package, 0.40);

    /// <summary>Rails behind the board's regulator: USB, expansion cards and the regulator's loss are not in them. A Pi 5's sum to 65 to 80 % of the plug.</summary>
    public static readonly PowerLevel Rails = new(4, PowerPart.Rails, [], PowerScope.Board, 0.30);

    /// <summary>A figure noted once at the plug; a board's load moves around it.</summary>
    public const int StatedRank = 5;
    public const double StatedUncertainty = 0.30;

    public const int ModelRank = 6;

    /// <summary>Those that sensors lead, best first.</summary>
    public static readonly IReadOnlyList<PowerLevel> Measured = [Meter, Psys, Packages, Apu, Rails];

    public static readonly IReadOnlyList<PowerOverlap> Overlaps =
    [
        new(PowerPart.Core, PowerPart.Package, "RAPL: PP0 is a plane of the package; on AMD it is one core of it"),
        new(PowerPart.Uncore, PowerPart.Package, "RAPL: PP1 is a plane of the package"),
        new(PowerPart.PackageCopy, PowerPart.Package, "intel-rapl-mmio and the perf unit read the same counter"),
        new(PowerPart.ClientMemory, PowerPart.Package, "client processors fold some of it into the package"),
        new(PowerPart.Apu, PowerPart.Package, "an APU's PPT is its package"),
        new(PowerPart.Package, PowerPart.Psys, "psys counts the platform"),
        new(PowerPart.Memory, PowerPart.Psys, "psys counts the platform"),
        new(PowerPart.CardPart, PowerPart.Card, "a tile is on its card"),
        new(PowerPart.Rail, PowerPart.Rails, "one of the sum"),
        new(PowerPart.Psys, PowerPart.Meter, "everything is behind the plug"),
        new(PowerPart.Card, PowerPart.Meter, "everything is behind the plug"),
        new(PowerPart.Rails, PowerPart.Meter, "everything is behind the plug"),
    ];

    /// <summary>Whether a part is inside a whole, at once or by way of others; a part is inside itself.</summary>
    public static bool IsInside(PowerPart part, PowerPart whole)
    {
        if (part == whole)
            return true;
        foreach (var overlap in Overlaps)
        {
            if (overlap.Part == part && IsInside(overlap.Whole, whole))
                return true;
        }
        return false;
    }
}
