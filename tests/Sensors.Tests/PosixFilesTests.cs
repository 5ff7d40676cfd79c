using System.Runtime.InteropServices;
using Homelab.TestKit;

namespace Homelab.NodeAgent.Sensors.Tests;

public sealed partial class PosixFilesTests
{
    private readonly PosixFiles _files = new();

    [Fact]
    public void Read_WholeFile_ReturnsItsBytes()
    {
        using var host = FixtureHost.Of(("/a", "4200\n"));
        var buffer = new byte[64];

        Assert.Equal(5, _files.Read(host.Locate("/a"), buffer));
        Assert.Equal("4200\n"u8.ToArray(), buffer[..5]);
    }

    [Fact]
    public void Read_FileLongerThanBuffer_FillsTheBuffer()
    {
        using var host = FixtureHost.Of(("/a", new string('x', 5000)));

        Assert.Equal(64, _files.Read(host.Locate("/a"), new byte[64]));
    }

    [Theory]
    [InlineData("/missing", Errno.NoEntry)]
    [InlineData("/folder", Errno.IsDirectory)]
    [InlineData("/file/below", Errno.NotDirectory)]
    [InlineData("/loop", Errno.Loop)]
    [InlineData("/memory", Errno.InputOutput)]
    public void Read_ThatTheKernelRefuses_ReturnsTheNegativeErrno(string path, int errno)
    {
        using var host = FixtureHost.Of(("/folder/", ""), ("/file", "1"), ("/loop", "-> loop"), ("/memory", "-> /proc/self/mem"));

        Assert.Equal(-errno, _files.Read(host.Locate(path), new byte[64]));
    }

    [Fact]
    public void Read_NonAsciiPath_FindsTheFile()
    {
        using var host = FixtureHost.Of(("/größe", "1"));

        Assert.Equal(1, _files.Read(host.Locate("/größe"), new byte[8]));
    }

    [Fact]
    public void Read_AThousandTimes_AllocatesNothingAndLeaksNoDescriptor()
    {
        using var host = FixtureHost.Of(("/a", "42\n"), ("/folder/", ""));
        PseudoPath good = host.Locate("/a"), bad = host.Locate("/folder"), missing = host.Locate("/no");
        var buffer = new byte[64];
        ReadAll();
        var descriptors = Directory.GetFiles("/proc/self/fd").Length;
        var before = GC.GetAllocatedBytesForCurrentThread();

        for (var i = 0; i < 1000; i++)
            ReadAll();

        Assert.Equal(before, GC.GetAllocatedBytesForCurrentThread());
        Assert.InRange(Directory.GetFiles("/proc/self/fd").Length, 0, descriptors + 50);

        void ReadAll()
        {
            _files.Read(good, buffer);
            _files.Read(bad, buffer);
            _files.Read(missing, buffer);
        }
    }

    [Fact]
    public async Task Read_FifoWithoutWriter_BlocksUntilOneWrites()
    {
        using var host = FixtureHost.Of();
        var path = host.Locate("/fifo");
        Assert.Equal(0, MakeFifo(path, 0x180));

        var read = Task.Run(() => _files.Read(path, new byte[8]));
        await using (var writer = new FileStream(path, FileMode.Open, FileAccess.Write))
            writer.Write("7\n"u8);

        Assert.Equal(2, await read.WaitAsync(TimeSpan.FromSeconds(10)));
    }

    [Fact]
    public void List_Folder_GivesAllNamesInOrdinalOrder()
    {
        using var host = FixtureHost.Of(("/d/b", ""), ("/d/B", ""), ("/d/.hidden", ""), ("/d/sub/", ""), ("/d/dangling", "-> nowhere"), ("/d/hwmon10", ""), ("/d/hwmon2", ""));

        var names = _files.List(host.Locate("/d"), out var errno);

        Assert.Equal(0, errno);
        Assert.Equal([".hidden", "B", "b", "dangling", "hwmon10", "hwmon2", "sub"], names);
    }

    [Theory]
    [InlineData("/missing", Errno.NoEntry)]
    [InlineData("/file", Errno.NotDirectory)]
    public void List_NoFolder_IsEmptyWithTheErrno(string path, int errno)
    {
        using var host = FixtureHost.Of(("/file", "1"));

        Assert.Empty(_files.List(host.Locate(path), out var actual));
        Assert.Equal(errno, actual);
    }

    [Fact]
    public void Resolve_Link_GivesThePathBehindIt()
    {
        using var host = FixtureHost.Of(("/real/file", "1"), ("/link", "-> real"), ("/dangling", "-> nowhere"));

        Assert.Equal(_files.Resolve(host.Path) + "/real/file", _files.Resolve(host.Locate("/link/file")));
        Assert.Null(_files.Resolve(host.Locate("/dangling")));
    }

    [LibraryImport("libc", EntryPoint = "mkfifo", StringMarshalling = StringMarshalling.Utf8)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static partial int MakeFifo(string path, uint mode);
}
