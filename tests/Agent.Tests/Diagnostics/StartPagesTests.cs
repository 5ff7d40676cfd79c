using Homelab.NodeAgent.Diagnostics;

namespace Homelab.NodeAgent.Tests.Diagnostics;

public class StartPagesTests
{
    private static readonly string[] Smaps =
    [
        "1000-3000 r-xp 00000000 08:01 42      /usr/bin/homelab-agent", "Rss: 8 kB", "Private_Dirty:         0 kB",
        "3000-4000 r--p 00002000 08:01 42      /usr/bin/homelab-agent", "Private_Dirty:         4 kB",
        "4000-5000 rw-p 00003000 08:01 42      /usr/bin/homelab-agent", "Private_Dirty:         0 kB",
        "5000-6000 r--p 00000000 00:00 0", "Private_Dirty:         0 kB",
        "7f00-7f80 r--p 00000000 08:01 43      /usr/lib/libc.so.6", "Private_Dirty:         0 kB",
        "garbage", "-", "Private_Dirty:         0 kB",
    ];

    [Fact]
    public void CleanRanges_OfAProcess_AreReadOnlyFilesWithoutADirtyPage()
    {
        // The second mapping is relocated data: dropping it would take the relocations away.
        Assert.Equal([new PageRange(0x1000, 0x2000), new PageRange(0x7f00, 0x80)], StartPages.CleanRanges(Smaps));
    }
}
