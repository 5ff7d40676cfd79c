using System.Net;
using System.Net.Sockets;
using Homelab.NodeAgent.Sampling;
using Homelab.NodeAgent.Sensors.Machine;
using Homelab.NodeAgent.Uplink;
using Homelab.Rpc;
using Homelab.Units;

namespace Homelab.NodeAgent.Tests.Uplink;

public sealed class RovingDialerTests : IAsyncDisposable
{
    private static readonly Inventory Inventory = new([Some.Utilization]);
    private static readonly NodeIdentity Identity = new(NodeName.Parse("n1"), new byte[16], "0.1.0", new MachineFacts("", "amd64", "", "", "", "", 1, 0), false, 1);

    private readonly List<AggregatorHost> _hosts = [];
    private readonly List<(Uri Aggregator, IPAddress? Address)> _opened = [];

    [Fact]
    public async Task TurnAway_Standby_TheLeaderIsNextAndKept()
    {
        var (standby, leader) = (await HostAsync("Unavailable: 'aggregator-1' leads"), await HostAsync(null));
        using var dialer = Dialer([standby.Address, leader.Address]);

        Assert.Contains("'aggregator-1' leads", await RefusalAsync(dialer), StringComparison.Ordinal);
        Assert.True(dialer.TurnAway(wasWelcomed: false));
        Assert.IsType<AggregatorWord.Welcome>(await GreetAsync(dialer));

        Assert.Equal(leader.Address.GetLeftPart(UriPartial.Authority), dialer.Address);
        Assert.NotEmpty(leader.Heard);
    }

    [Fact]
    public async Task TurnAway_AllHaveRefused_WaitsAndBeginsAnew()
    {
        var (one, two) = (await HostAsync("no"), await HostAsync("no"));
        using var dialer = Dialer([one.Address, two.Address]);

        var mayGoOn = new List<bool>();
        for (var i = 0; i < 4; i++)
        {
            await RefusalAsync(dialer);
            mayGoOn.Add(dialer.TurnAway(wasWelcomed: false));
        }

        Assert.Equal([true, false, true, false], mayGoOn);
        Assert.Equal([one.Address, two.Address, one.Address, two.Address], _opened.Select(each => each.Aggregator));
    }

    [Fact]
    public async Task TurnAway_LeaderGone_TheOtherIsDialledAtOnce()
    {
        var (one, two) = (await HostAsync(null), await HostAsync(null));
        using var dialer = Dialer([one.Address, two.Address]);
        await GreetAsync(dialer);

        Assert.True(dialer.TurnAway(wasWelcomed: true));
        await GreetAsync(dialer);
        // And back, as often as they change places.
        Assert.True(dialer.TurnAway(wasWelcomed: true));
        await GreetAsync(dialer);

        Assert.Equal([one.Address, two.Address, one.Address], _opened.Select(each => each.Aggregator));
    }

    [Fact]
    public async Task Dial_NameWithSeveralAddresses_IsEachOfThemAndLookedUpAnew()
    {
        var host = await HostAsync(null);
        var name = new Uri($"http://agents.homelab.svc:{host.Address.Port}");
        var lookUps = 0;
        IPAddress[][] answers = [[IPAddress.Parse("127.0.0.2"), IPAddress.Parse("127.0.0.3")], [IPAddress.Parse("127.0.0.4"), IPAddress.Loopback]];
        using var dialer = Dialer([name], asked =>
        {
            Assert.Equal("agents.homelab.svc", asked);
            return answers[lookUps++];
        });

        // Nobody listens at the first three.
        await RefusalAsync(dialer);
        Assert.True(dialer.TurnAway(wasWelcomed: false));
        await RefusalAsync(dialer);
        Assert.False(dialer.TurnAway(wasWelcomed: false));
        await RefusalAsync(dialer);
        Assert.True(dialer.TurnAway(wasWelcomed: false));
        await GreetAsync(dialer);

        Assert.Equal(2, lookUps);
        Assert.Equal(["127.0.0.2", "127.0.0.3", "127.0.0.4", "127.0.0.1"], _opened.Select(each => each.Address!.ToString()));
        Assert.Contains("127.0.0.1", dialer.Address, StringComparison.Ordinal);
    }

    [Fact]
    public async Task TurnAway_OneAggregator_NeverGoesOnAtOnce()
    {
        var host = await HostAsync("no");
        using var dialer = Dialer([host.Address]);

        await RefusalAsync(dialer);
        Assert.False(dialer.TurnAway(wasWelcomed: false));
        await RefusalAsync(dialer);
        Assert.False(dialer.TurnAway(wasWelcomed: true));
    }

    [Fact]
    public async Task Dial_NameThatIsNotKnown_EndsAsTheDiallingDoes()
    {
        using var dialer = Dialer([new Uri("http://nowhere.invalid:8766")], _ => throw new SocketException((int)SocketError.HostNotFound));

        await RefusalAsync(dialer);

        Assert.Null(Assert.Single(_opened).Address);
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var host in _hosts)
            await host.DisposeAsync();
    }

    private async Task<AggregatorHost> HostAsync(string? refusal)
    {
        var host = await AggregatorHost.StartAsync();
        host.Refusal = refusal is null ? null : new RpcStatus(RpcCode.Unavailable, refusal, default);
        _hosts.Add(host);
        return host;
    }

    private RovingDialer Dialer(Uri[] aggregators, Func<string, IPAddress[]>? lookUp = null) => new(
        aggregators,
        (uri, address) =>
        {
            _opened.Add((uri, address));
            return new RpcChannel(new RpcChannelOptions { Address = uri, Host = address });
        },
        (name, _) => Task.FromResult((lookUp ?? (_ => throw new NotSupportedException()))(name)));

    private static async Task<AggregatorWord?> GreetAsync(RovingDialer dialer)
    {
        await using var link = dialer.Dial(CancellationToken.None);
        await link.SayAsync(new AgentWord.Hello(Identity, Inventory, 1), CancellationToken.None);
        return await link.HearAsync(CancellationToken.None).AsTask().WaitAsync(TimeSpan.FromSeconds(30));
    }

    private static async Task<string> RefusalAsync(RovingDialer dialer) =>
        (await Assert.ThrowsAsync<LinkException>(() => GreetAsync(dialer))).Message;
}
