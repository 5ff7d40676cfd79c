using Homelab.Aggregator.Api;

namespace Homelab.Aggregator.Cli;

/// <summary>What <c>top</c> shows, and the codes that put it on a terminal. Pure.</summary>
internal static class TopPicture
{
    /// <summary>The other screen, without a cursor; lines longer than the window are cut, not wrapped.</summary>
    public const string Enter = "\u001b[?1049h\u001b[?25l\u001b[?7l";

    /// <summary>Undoes <see cref="Enter"/>.</summary>
    public const string Leave = "\u001b[?7h\u001b[?25h\u001b[?1049l";

    private const string Home = "\u001b[H";
    private const string EraseLine = "\u001b[K";
    private const string EraseBelow = "\u001b[J";

    // Headline, energy, blank, table head; blank, keys.
    private const int LinesBesideNodes = 6;

    /// <summary>The fleet in at most <paramref name="height"/> lines; nodes without a place are counted in the last row.</summary>
    public static string Of(FleetDocument fleet, TerminalStyle style, int height)
    {
        var room = height - LinesBesideNodes;
        var shown = fleet.Nodes.Count <= room ? fleet.Nodes.Count : Math.Max(0, room - 1);
        return FleetView.Status(fleet, style, shown) + "\n" + style.Dim("q quits");
    }

    /// <summary>Codes that draw a picture over the last one, so that nothing flickers; lines below the window are left out.</summary>
    public static string Drawn(string picture, int height) =>
        Home + string.Join("\n", picture.Split('\n').Take(Math.Max(1, height)).Select(line => line + EraseLine)) + EraseBelow;
}
