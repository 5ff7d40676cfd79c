using Homelab.TestKit;

namespace Homelab.NodeAgent.Sensors.Tests;

public sealed class SharedFileTests
{
    [Fact]
    public void Read_ThreeSensorsInAPass_ReadsTheFileOnce()
    {
        using var host = FixtureHost.Of(("/proc/x", "1"));
        var files = new ScriptedFiles();
        var shared = new SharedFile(host.Seen(files), "/proc/x", 16);
        uint a = 0, b = 0, c = 0;

        for (var pass = 1; pass <= 3; pass++)
        {
            shared.Read(ref a, out _);
            shared.Read(ref b, out _);
            shared.Read(ref c, out _);
            Assert.Equal(pass, files.Reads.Count);
        }
    }

    [Fact]
    public void Read_SecondTimeByOneSensor_SeesTheNewText()
    {
        using var host = FixtureHost.Of(("/proc/x", "1"));
        var shared = new SharedFile(host.Root, "/proc/x", 16);
        uint used = 0;

        shared.Read(ref used, out var first);
        Assert.Equal("1", System.Text.Encoding.ASCII.GetString(first));
        host.Put("/proc/x", "2");
        shared.Read(ref used, out var second);
        Assert.Equal("2", System.Text.Encoding.ASCII.GetString(second));
    }

    [Fact]
    public async Task Read_WhileAnotherHangs_IsNoTextOfThisPassAndNeverWaits()
    {
        using var host = FixtureHost.Of(("/proc/x", "1"));
        var files = new ScriptedFiles();
        var shared = new SharedFile(host.Seen(files), "/proc/x", 16);
        uint a = 0, b = 0;
        shared.Read(ref a, out _);
        shared.Read(ref b, out _);
        using var hang = files.Block("/proc/x");
        var stuck = Task.Run(() => shared.Read(ref a, out _));
        await hang.Reached;

        Assert.Equal(-Errno.TimedOut, shared.Read(ref b, out var text));
        Assert.True(text.IsEmpty);

        hang.Release();
        Assert.Equal(1, await stuck);
        Assert.Equal(1, shared.Read(ref b, out _));
    }

    [Fact]
    public void Read_Failure_IsSharedToo()
    {
        using var host = FixtureHost.Of();
        var shared = new SharedFile(host.Root, "/proc/x", 16);
        uint used = 0, other = 0;

        Assert.Equal(-Errno.NoEntry, shared.Read(ref used, out _));
        Assert.Equal(-Errno.NoEntry, shared.Read(ref other, out var text));
        Assert.True(text.IsEmpty);
    }
}
