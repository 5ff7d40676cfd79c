using System.Text;
using Homelab.NodeAgent.Diagnostics;

namespace Homelab.NodeAgent.Tests.Diagnostics;

public class StartPagesTests
{
    private static readonly string[] Smaps =
    [
        "1000-3000 r-xp 00000000 08:01 42      /usr/bin/homelab-agent", "Rss: 8 kB", "Private_Dirty:         0 kB", "Referenced: 8 kB", "Anonymous:             0 kB", "Swap:                  0 kB", "SwapPss: 0 kB",
        "3000-4000 r--p 00002000 08:01 42      /usr/bin/homelab-agent", "Rss: 8 kB", "Private_Dirty:         4 kB", "Referenced: 8 kB", "Anonymous:             4 kB", "Swap:                  0 kB", "SwapPss: 0 kB",
        "4000-5000 rw-p 00003000 08:01 42      /usr/bin/homelab-agent", "Rss: 8 kB", "Private_Dirty:         0 kB", "Referenced: 8 kB", "Anonymous:             0 kB", "Swap:                  0 kB", "SwapPss: 0 kB",
        "5000-6000 r--p 00000000 00:00 0", "Rss: 8 kB", "Private_Dirty:         0 kB", "Referenced: 8 kB", "Anonymous:             0 kB", "Swap:                  0 kB", "SwapPss: 0 kB",
        "6000-7000 r--p 00000000 08:01 43      /usr/lib/libz.so.1", "Rss: 8 kB", "Private_Dirty:         0 kB", "Referenced: 8 kB", "Anonymous:             4 kB", "Swap:                  0 kB", "SwapPss: 0 kB",
        "7000-8000 r--p 00000000 08:01 43      /usr/lib/libm.so.6", "Rss: 8 kB", "Private_Dirty:         0 kB", "Referenced: 8 kB", "Anonymous:             0 kB", "Swap:                  4 kB", "SwapPss: 0 kB",
        "7f00-7f80 r--p 00000000 08:01 43      /usr/lib/libc.so.6", "Rss: 8 kB", "Private_Dirty:         0 kB", "Referenced: 8 kB", "Anonymous:             0 kB", "Swap:                  0 kB", "SwapPss: 0 kB",
        "garbage", "-", "Private_Dirty:         0 kB", "Swap:                  0 kB",
    ];

    [Fact]
    public void CleanRanges_OfAProcess_AreReadOnlyFilesWithoutAPageOfOurOwn()
    {
        // Relocated data that is dirty, was swapped in by a read, or is swapped out: dropping it would take the relocations away.
        Assert.Equal([(0x1000, 0x2000u), (0x7f00, 0x80u)], RangesOf(string.Join('\n', Smaps) + "\n"));
    }

    [Fact]
    public void CleanRanges_LinesAcrossReadsAndALongPath_FindsThoseAfterIt()
    {
        var text = string.Concat(Enumerable.Range(1, 100).Select(static i => $"{i:x}000-{i:x}800 r--p 0 08:01 42 /usr/lib/{i}.so\nRss: 8 kB\nPrivate_Dirty:         0 kB\nSwap:                  0 kB\n"))
            + "f000-f800 r--p 0 08:01 42 /" + new string('x', 9000) + "\nPrivate_Dirty:         0 kB\nSwap:                  0 kB\n"
            + "aa000-aa800 r--p 0 08:01 42 /usr/lib/last.so\nPrivate_Dirty:         0 kB\nSwap:                  0 kB\n";

        var ranges = RangesOf(text);

        Assert.Equal(Enumerable.Range(1, 100).Select(static i => ((nint)(i * 0x1000), (nuint)0x800)), ranges[..100]);
        Assert.Equal((0xaa000, 0x800u), ranges[^1]);
    }

    private static List<(nint Start, nuint Length)> RangesOf(string smaps)
    {
        var ranges = new List<(nint, nuint)>();
        StartPages.CleanRanges(new MemoryStream(Encoding.UTF8.GetBytes(smaps)), (start, length) => ranges.Add((start, length)));
        return ranges;
    }
}
