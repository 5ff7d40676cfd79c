using System.Net.Sockets;
using System.Text;
using Homelab.NodeAgent.Diagnostics;
using Homelab.NodeAgent.Sampling;
using Homelab.TestKit;
using Homelab.Units;

namespace Homelab.NodeAgent.Tests.Diagnostics;

public sealed class SystemdNotifierTests : IDisposable
{
    private readonly ManualClock _time = new();
    private readonly Dictionary<string, string> _environment = [];
    private readonly ListLog _log = new();
    private readonly Socket _manager = new(AddressFamily.Unix, SocketType.Dgram, ProtocolType.Unspecified);
    private readonly string _path = Path.Combine(Path.GetTempPath(), $"notify-{Guid.NewGuid():N}");

    public void Dispose()
    {
        _manager.Dispose();
        File.Delete(_path);
    }

    [Fact]
    public void Feed_FirstSample_SaysReadyAndStatusOnce()
    {
        using var notifier = Create();
        var sample = Some.Sample() with { Power = new NodePower(Power.FromWatts(41.2), Provenance.Measured, "rapl-package", PowerScope.Package, 0.4) };

        notifier.Feed(null);
        notifier.Feed(sample);
        notifier.Feed(sample);

        Assert.Equal("READY=1\nSTATUS=41.2 W measured (rapl-package), 0 sensors\n", Receive());
        Assert.Equal(0, _manager.Available);
    }

    [Fact]
    public void Feed_AbstractAddress_Arrives()
    {
        var name = $"notify-{Guid.NewGuid():N}";
        _manager.Bind(new UnixDomainSocketEndPoint("\0" + name));
        _environment["NOTIFY_SOCKET"] = "@" + name;
        using var notifier = new SystemdNotifier(_environment, 1, new MonotonicClock(_time), _log);

        notifier.Feed(Some.Sample());

        Assert.StartsWith("READY=1", Receive(), StringComparison.Ordinal);
    }

    [Fact]
    public void Feed_AWatchdog_IsFedAtHalfItsTime()
    {
        _environment["WATCHDOG_USEC"] = "4000000";
        using var notifier = Create();
        Assert.Equal(TimeSpan.FromSeconds(2), notifier.Pace);

        var meals = 0;
        for (var i = 0; i < 80; i++)
        {
            notifier.Feed(null);
            _time.Advance(TimeSpan.FromMilliseconds(100));
        }
        while (_manager.Available > 0)
            meals += Receive() == "WATCHDOG=1\n" ? 1 : 0;

        // At least every two seconds for eight, at most twice as often.
        Assert.InRange(meals, 4, 9);
    }

    [Theory]
    [InlineData("1", 1, true)]
    [InlineData("2", 1, false)]
    [InlineData("", 1, true)]
    public void Pace_WatchdogOfAnotherProcess_IsNotFed(string owner, int self, bool isFed)
    {
        _environment["WATCHDOG_USEC"] = "30000000";
        _environment["WATCHDOG_PID"] = owner;
        using var notifier = new SystemdNotifier(_environment, self, new MonotonicClock(_time), _log);

        Assert.Equal(isFed, notifier.Pace is not null);
    }

    [Theory]
    [InlineData("")]
    [InlineData("0")]
    [InlineData("-1")]
    [InlineData("soon")]
    public void Pace_NonsenseInTheVariable_IsNoWatchdog(string value)
    {
        _environment["WATCHDOG_USEC"] = value;
        using var notifier = new SystemdNotifier(_environment, 1, new MonotonicClock(_time), _log);

        Assert.Null(notifier.Pace);
    }

    [Fact]
    public void Stopping_ASocket_IsTold()
    {
        using var notifier = Create();

        notifier.Stopping();

        Assert.Equal("STOPPING=1\n", Receive());
    }

    [Fact]
    public void Feed_SocketAbsent_IsLoggedAndDoesNotThrow()
    {
        _environment["NOTIFY_SOCKET"] = "/nonexistent/socket";
        using var notifier = new SystemdNotifier(_environment, 1, new MonotonicClock(_time), _log);

        notifier.Feed(Some.Sample());

        Assert.Single(_log.Lines);
    }

    [Fact]
    public void Feed_NoServiceManager_DoesNothing()
    {
        using var notifier = new SystemdNotifier(_environment, 1, new MonotonicClock(_time), _log);

        notifier.Feed(Some.Sample());

        Assert.Empty(_log.Lines);
    }

    private SystemdNotifier Create()
    {
        _manager.Bind(new UnixDomainSocketEndPoint(_path));
        _environment["NOTIFY_SOCKET"] = _path;
        return new SystemdNotifier(_environment, 1, new MonotonicClock(_time), _log);
    }

    private string Receive()
    {
        var buffer = new byte[1024];
        return Encoding.UTF8.GetString(buffer, 0, _manager.Receive(buffer));
    }
}
