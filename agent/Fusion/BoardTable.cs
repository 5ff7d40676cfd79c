using Homelab.Units;

namespace Homelab.NodeAgent.Fusion;

/// <summary>Boards whose watts at the plug somebody has measured, and what to assume for the rest.</summary>
/// <remarks>
/// Source: geerlingguy/sbc-reviews web/data/results.yml (MIT), idle and stress-ng columns, with the reviewer's supply and storage.
/// The same model varies by a factor of two with supply, NVMe and kernel (RK3588 idle 1.5 to 5 W across kernels, sbc-reviews#68).
/// </remarks>
internal static class BoardTable
{
    /// <summary>Half, because of that factor of two.</summary>
    private const double MeasuredBoard = 0.5;

    /// <summary>Another board with the same chip was measured.</summary>
    private const double KindredBoard = 0.65;

    /// <summary>Nothing is known but the architecture and the number of processors: anything up to twice the figure.</summary>
    private const double UnknownBoard = 1;

    /// <summary>More processors than these are not a board's any more.</summary>
    private const int LargeArm = 8;
    private const int LargeX86 = 16;

    /// <summary>The first match wins, so the longer name stands first.</summary>
    private static readonly (string Contains, PowerModel Model)[] Boards =
    [
        ("Turing Machines RK1", Of("turing-rk1", 2.85, 15)),
        ("Raspberry Pi Compute Module 5", Of("raspberry-pi-cm5", 2.4, 8.5)),
        ("Raspberry Pi Compute Module 4", Of("raspberry-pi-cm4", 2.5, 4.6)),
        ("Raspberry Pi 500", Of("raspberry-pi-500", 3.1, 9)),
        ("Raspberry Pi 5", Of("raspberry-pi-5", 2.8, 9.7)),
        ("Raspberry Pi 400", Of("raspberry-pi-400", 2.7, 5.2)),
        ("Raspberry Pi 4", Of("raspberry-pi-4", 1.6, 5)),
        ("Raspberry Pi 3 Model B Plus", Of("raspberry-pi-3b-plus", 3.1, 5.6)),
        ("Raspberry Pi 3 Model B+", Of("raspberry-pi-3b-plus", 3.1, 5.6)),
        ("Raspberry Pi 3", Kin("raspberry-pi-3", 3.1, 5.6)), // by the 3B+
        ("Raspberry Pi Compute Module 0", Of("raspberry-pi-cm0", 1.2, 3.7)),
        ("Raspberry Pi Zero 2", Kin("raspberry-pi-zero-2", 1.2, 3.7)), // by the CM0
        ("Orange Pi 5 Max", Of("orange-pi-5-max", 1.4, 10.9)),
        ("Orange Pi 5", Of("orange-pi-5", 1, 10)),
        ("Orange Pi Zero 2W", Of("orange-pi-zero-2w", 1.12, 2.4)),
        ("ROCK 5 Model B", Of("rock-5b", 3.6, 17)),
        ("ROCK 5B", Of("rock-5b", 3.6, 17)),
        ("ROCK 5C", Of("rock-5c", 1.6, 9.5)),
        ("Radxa X4", Of("radxa-x4", 9.1, 18.5)),
        ("Radxa CM5", Of("radxa-cm5", 1.2, 8.4)),
        ("LattePanda Mu", Of("lattepanda-mu", 5.5, 22.1)),
        ("NucBox G3 Plus", Of("nucbox-g3-plus", 9.3, 25)),
        ("NucBoxG3 Plus", Of("nucbox-g3-plus", 9.3, 25)),
        ("VisionFive 2", Of("visionfive-2", 3.1, 5.3)),
        ("P550", Of("hifive-p550", 7.2, 8.5)),
        ("OptiPlex 780", Of("optiplex-780", 66, 139.9)),
    ];

    /// <summary>Processors of four small cores, by the means of the three boards above that have one (Radxa X4, LattePanda Mu, NucBox G3 Plus).</summary>
    private static readonly string[] SmallIntel = ["N100", "N150", "N95", "N97"];

    /// <summary>The model for a board, by its device-tree model or DMI product name, else by its processor, else by architecture and processors.</summary>
    /// <param name="board">As the machine says it; may be empty.</param>
    /// <param name="processor">Its name, <c>Intel N100</c>; may be empty.</param>
    /// <param name="architecture">Go-style: <c>amd64</c>, <c>arm64</c>, …; may be empty.</param>
    /// <param name="logicalCpus">1 or more; 0 when unknown, which counts as 4.</param>
    public static PowerModel Find(string board, string processor, string architecture, int logicalCpus)
    {
        foreach (var (contains, model) in Boards)
        {
            if (board.Contains(contains, StringComparison.OrdinalIgnoreCase))
                return model;
        }
        foreach (var name in SmallIntel)
        {
            if (processor.Contains("Intel", StringComparison.Ordinal) && processor.EndsWith(" " + name, StringComparison.Ordinal))
                return Kin("intel-" + name.ToLowerInvariant(), 8, 21.9);
        }
        return Generic(architecture, logicalCpus > 0 ? logicalCpus : 4);
    }

    /// <summary>Per logical processor, the middle of the table's own machines, of two classes by their number: boards, mini-PCs and laptops; desktops and servers.</summary>
    /// <remarks>ARM: 0.5 to 3.6 W at rest and 0.4 to 1.7 W more a processor; the large 0.7 to 1.6 W a processor at rest and 1 to 5 W more.
    /// x86: 3 to 10 W at rest and 2.4 to 4.1 W more a processor; the large 0.1 to 1.8 W a processor at rest and 2 to 11 W more.</remarks>
    private static PowerModel Generic(string architecture, int cpus)
    {
        var (idle, more) = architecture is "amd64" or "386"
            ? cpus > LargeX86 ? (1.0 * cpus, 5.5) : (8, 3.5)
            : cpus > LargeArm ? (0.8 * cpus, 2.5) : (2, 1.3);
        return new PowerModel(
            "generic-" + (architecture.Length > 0 ? architecture : "unknown"), Power.FromWatts(idle), Power.FromWatts(idle + (more * cpus)), UnknownBoard);
    }

    private static PowerModel Of(string board, double idleWatts, double maxWatts) =>
        new(board, Power.FromWatts(idleWatts), Power.FromWatts(maxWatts), MeasuredBoard);

    private static PowerModel Kin(string board, double idleWatts, double maxWatts) =>
        new(board, Power.FromWatts(idleWatts), Power.FromWatts(maxWatts), KindredBoard);
}
