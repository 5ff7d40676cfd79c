using System.Net.Sockets;
using System.Runtime.InteropServices;
using System.Text;

namespace Homelab.EndToEnd.Tests;

/// <summary>The sd_notify protocol as systemd sees it: datagrams on the socket that NOTIFY_SOCKET names.</summary>
public sealed class ServiceTests
{
    [Fact]
    public async Task Agent_UnderANotifySocket_SaysReadyThenFeedsTheWatchdogThenStopping() =>
        await AssertProtocolAsync(fleet => RunningProgram.Start(Published.Agent,
            ["run", "--host-root", Path.Combine(Published.Fixtures, "pi4b"), "--node", "pi4b", "--aggregator", $"http://127.0.0.1:{fleet.GrpcPort}"],
            Environment(fleet)));

    [Fact]
    public async Task Aggregator_UnderANotifySocket_SaysReadyThenFeedsTheWatchdogThenStopping() =>
        await AssertProtocolAsync(fleet => RunningProgram.Start(Published.Aggregator,
            ["run", "--http", $"127.0.0.1:{fleet.HttpPort}", "--grpc", $"127.0.0.1:{fleet.GrpcPort}", "--storage", fleet.Folder],
            Environment(fleet)));

    private static Dictionary<string, string> Environment(Fleet fleet) => new()
    {
        ["NOTIFY_SOCKET"] = Path.Combine(fleet.Folder, "notify"),
        ["WATCHDOG_USEC"] = "1000000",
    };

    private static async Task AssertProtocolAsync(Func<Fleet, RunningProgram> start)
    {
        await using var fleet = new Fleet();
        using var systemd = new Socket(AddressFamily.Unix, SocketType.Dgram, ProtocolType.Unspecified);
        systemd.Bind(new UnixDomainSocketEndPoint(Path.Combine(fleet.Folder, "notify")));
        var program = fleet.Track(start(fleet));

        await ReceiveAsync(systemd, "READY=1", program);
        await ReceiveAsync(systemd, "WATCHDOG=1", program);
        await ReceiveAsync(systemd, "WATCHDOG=1", program);
        program.Signal(PosixSignal.SIGTERM);
        await ReceiveAsync(systemd, "STOPPING=1", program);
        Assert.Equal(0, await program.ExitCodeAsync());
    }

    private static async Task ReceiveAsync(Socket socket, string wanted, RunningProgram program)
    {
        var buffer = new byte[4096];
        using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(15));
        try
        {
            while (true)
            {
                var length = await socket.ReceiveAsync(buffer, patience.Token);
                if (Encoding.UTF8.GetString(buffer, 0, length).Split('\n').Contains(wanted))
                    return;
            }
        }
        catch (OperationCanceledException)
        {
            Assert.Fail($"no {wanted} within 15 s:\n{program.Output}");
        }
    }
}
