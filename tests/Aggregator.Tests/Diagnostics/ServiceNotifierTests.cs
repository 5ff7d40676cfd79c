using System.Net.Sockets;
using System.Text;
using Homelab.Aggregator.Diagnostics;

namespace Homelab.Aggregator.Tests.Diagnostics;

public sealed class ServiceNotifierTests
{
    [Theory]
    [InlineData(null)]
    [InlineData("")]
    public void Ready_NoManager_DoesNothing(string? path)
    {
        using var notifier = new ServiceNotifier(path);

        Assert.Null(Record.Exception(() => notifier.Ready("x")));
    }

    [Fact]
    public void Ready_ManagerGone_DoesNothing()
    {
        using var notifier = new ServiceNotifier("/nowhere/notify.sock");

        Assert.Null(Record.Exception(notifier.Alive));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Ready_ManagerListens_HearsEachState(bool isAbstract)
    {
        var path = Path.Combine(Path.GetTempPath(), $"homelab-notify-{Guid.NewGuid():N}");
        using var manager = new Socket(AddressFamily.Unix, SocketType.Dgram, ProtocolType.Unspecified) { ReceiveTimeout = 10_000 };
        manager.Bind(new UnixDomainSocketEndPoint(isAbstract ? "\0" + path : path));
        using var notifier = new ServiceNotifier(isAbstract ? "@" + path : path);

        notifier.Ready("page http://127.0.0.1:8765/");
        notifier.Alive();
        notifier.Stopping();

        Assert.Equal(["READY=1\nSTATUS=page http://127.0.0.1:8765/", "WATCHDOG=1", "STOPPING=1"], new[] { Receive(manager), Receive(manager), Receive(manager) });
        File.Delete(path);
    }

    private static string Receive(Socket socket)
    {
        var buffer = new byte[256];
        return Encoding.UTF8.GetString(buffer, 0, socket.Receive(buffer));
    }
}
