using System.Text;
using Homelab.TestKit;

namespace Homelab.NodeAgent.Actuators;

public sealed class PosixControlFilesTests : IDisposable
{
    private readonly FixtureHost _host = FixtureHost.Of(("/sys/class/a/limit", "100000000\n"), ("/etc/passwd", "root\n"));

    private PosixControlFiles Files => new(_host.Root);

    public void Dispose() => _host.Dispose();

    [Theory]
    [InlineData("5\n")]
    [InlineData("123456789012\n")]
    [InlineData("99999999\n")]
    public void Write_OnAnOrdinaryFile_ReplacesAllOfIt(string text)
    {
        Assert.Equal(0, Files.Write(_host.Locate("/sys/class/a/limit"), Encoding.UTF8.GetBytes(text)));
        Assert.Equal(text, File.ReadAllText(_host.Locate("/sys/class/a/limit")));
    }

    [Fact]
    public async Task Write_WhileAnotherReads_NeverShowsHalfOrNothing()
    {
        var path = _host.Locate("/sys/class/a/limit");
        using var stop = new CancellationTokenSource();
        var odd = new List<string>();
        var reader = Task.Run(() =>
        {
            var files = new PosixFiles();
            Span<byte> buffer = stackalloc byte[64];
            while (!stop.IsCancellationRequested)
            {
                var count = files.Read(path, buffer);
                var text = Encoding.UTF8.GetString(buffer[..Math.Max(count, 0)]).Trim();
                if (text is not ("100000000" or "7" or "65000000"))
                    odd.Add(text);
            }
        });
        for (var i = 0; i < 200; i++)
            Files.Write(path, i % 3 == 0 ? "7\n"u8 : i % 3 == 1 ? "100000000\n"u8 : "65000000\n"u8);
        await stop.CancelAsync();
        await reader;
        Assert.Empty(odd);
    }

    [Fact]
    public void Write_ToWhatIsNotThere_CreatesNothing()
    {
        Assert.Equal(-Errno.NoEntry, Files.Write(_host.Locate("/sys/class/a/new"), "1"u8));
        Assert.False(File.Exists(_host.Locate("/sys/class/a/new")));
    }

    [Theory]
    [InlineData("/etc/passwd")]
    [InlineData("/sys/class/leak")]
    [InlineData("/sys/class/up/passwd")]
    [InlineData("/sys/../etc/passwd")]
    public void Write_OutsideTheMachinesSys_IsRefused(string path)
    {
        _host.Put("/sys/class/leak", "-> " + _host.Locate("/etc/passwd"));
        _host.Put("/sys/class/up", "-> ../../etc");
        Assert.Equal(-ControlCode.OutsideSys, Files.Write(_host.Locate(path), "x"u8));
        Assert.Equal(-ControlCode.OutsideSys, Files.Probe(_host.Locate(path)));
        Assert.Equal("root\n", File.ReadAllText(_host.Locate("/etc/passwd")));
    }

    [Fact]
    public void Write_ThroughALinkInsideSys_IsDone()
    {
        _host.Put("/sys/class/b", "-> a");
        Assert.Equal(0, Files.Write(_host.Locate("/sys/class/b/limit"), "5\n"u8));
        Assert.Equal("5\n", File.ReadAllText(_host.Locate("/sys/class/a/limit")));
    }

    [Fact]
    public void Write_ToAFolder_AnswersTheErrno() => Assert.Equal(-Errno.IsDirectory, Files.Write(_host.Locate("/sys/class/a"), "1"u8));

    [Fact]
    public void Write_ToTheRunningKernel_TakesItsAnswer()
    {
        // Present on every Linux; the kernel refuses the text before it does anything.
        var answer = new PosixControlFiles(new HostRoot("/", new PosixFiles())).Write("/sys/kernel/mm/transparent_hugepage/enabled", "no such mode\n"u8);
        Assert.Contains(answer, (int[])[-Errno.Invalid, -Errno.Access, -Errno.NoEntry, -Errno.ReadOnlyFileSystem, -Errno.NotPermitted]);
    }

    [Fact]
    public void Probe_OfAWritableFile_ChangesNothing()
    {
        Assert.Equal(0, Files.Probe(_host.Locate("/sys/class/a/limit")));
        Assert.Equal("100000000\n", File.ReadAllText(_host.Locate("/sys/class/a/limit")));
    }
}
