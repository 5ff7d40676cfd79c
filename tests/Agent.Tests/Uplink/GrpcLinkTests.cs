using Homelab.NodeAgent.Configuration;
using Homelab.NodeAgent.Diagnostics;
using Homelab.NodeAgent.Sampling;
using Homelab.NodeAgent.Sensors;
using Homelab.NodeAgent.Sensors.Machine;
using Homelab.NodeAgent.Uplink;
using Homelab.Rpc;
using Homelab.Units;
using Microsoft.AspNetCore.Server.Kestrel.Https;

namespace Homelab.NodeAgent.Tests.Uplink;

/// <summary>The uplink over a real HTTP/2 connection on this machine.</summary>
public class GrpcLinkTests
{
    private static readonly MonotonicClock Clock = new(TimeProvider.System);

    [Fact]
    public async Task Dial_AnAggregator_CarriesHelloAndReports()
    {
        await using var host = await AggregatorHost.StartAsync();
        await using var agent = new RunningAgent(host.Address, new AgentOptions());

        agent.Publish(joules: 12);
        await Eventually.TrueAsync(() => host.Heard.Any(m => m.Report is not null));

        var hello = host.Heard.First().Hello;
        Assert.Equal(("n1", "cpu", "utilization"), (hello.Node, hello.Sensors.Single().Source, hello.Sensors.Single().Name));
        var report = host.Heard.First(m => m.Report is not null).Report;
        Assert.Equal((1UL, hello.Inventory, 12_000_000UL), (report.Sequence, report.Inventory, report.NodeEnergyMicrojoules));
        await Eventually.TrueAsync(() => agent.Log.Lines.Any(l => l.Contains("first report acknowledged", StringComparison.Ordinal)));
    }

    [Fact]
    public async Task Dial_ARefusal_IsTold()
    {
        await using var host = await AggregatorHost.StartAsync();
        host.Refusal = new RpcStatus(RpcCode.AlreadyExists, "another agent holds n1");
        await using var agent = new RunningAgent(host.Address, new AgentOptions());

        agent.Publish();

        await Eventually.TrueAsync(() => agent.Log.Lines.Any(l => l.Contains("refuses this node", StringComparison.Ordinal) && l.Contains("another agent holds n1", StringComparison.Ordinal)));
    }

    [Fact]
    public async Task Dial_NobodyThere_IsTriedAgainUntilSomebodyIs()
    {
        Uri address;
        await using (var gone = await AggregatorHost.StartAsync())
            address = gone.Address;
        await using var agent = new RunningAgent(address, new AgentOptions());
        agent.Publish();

        await Eventually.TrueAsync(() => agent.Log.Lines.Any(l => l.Contains("no connection", StringComparison.Ordinal)));
    }

    [Fact]
    public async Task Dial_MutualTls_ShowsTheCertificateAndTrustsTheAuthority()
    {
        using var authority = new TestAuthority();
        var server = authority.Issue("localhost");
        var client = authority.Issue("n1");
        using (server.Certificate)
        using (client.Certificate)
        {
            string? shown = null;
            await using var host = await AggregatorHost.StartAsync(new HttpsConnectionAdapterOptions
            {
                ServerCertificate = server.Certificate,
                ClientCertificateMode = ClientCertificateMode.RequireCertificate,
                ClientCertificateValidation = (certificate, _, _) => (shown = certificate.Subject) is not null,
            });
            var options = new AgentOptions { TlsAuthority = authority.AuthorityFile, TlsCertificate = client.File, TlsKey = client.KeyFile };
            await using var agent = new RunningAgent(host.Address, options);

            agent.Publish();
            await Eventually.TrueAsync(() => host.Heard.Any(m => m.Report is not null));

            Assert.Equal("CN=n1", shown);
        }
    }

    [Fact]
    public async Task Dial_ServerOfAnotherAuthority_IsNotTrusted()
    {
        using var authority = new TestAuthority();
        using var other = new TestAuthority();
        var server = other.Issue("localhost");
        using (server.Certificate)
        {
            await using var host = await AggregatorHost.StartAsync(new HttpsConnectionAdapterOptions { ServerCertificate = server.Certificate });
            await using var agent = new RunningAgent(host.Address, new AgentOptions { TlsAuthority = authority.AuthorityFile });

            agent.Publish();
            await Eventually.TrueAsync(() => agent.Log.Lines.Any(l => l.Contains("no connection", StringComparison.Ordinal)));

            Assert.Empty(host.Heard);
        }
    }

    /// <summary>An uplink without the sampling behind it.</summary>
    private sealed class RunningAgent : IAsyncDisposable
    {
        private static readonly Inventory Inventory = new([Some.Utilization]);

        private readonly RovingDialer _dialer;
        private readonly SnapshotStore _store = new();
        private readonly CancellationTokenSource _stop = new();
        private readonly Task _loop;

        public RunningAgent(Uri address, AgentOptions options)
        {
            var tls = UplinkTls.For(options);
            _dialer = new RovingDialer([address], (uri, host) => new RpcChannel(new RpcChannelOptions { Address = uri, Host = host, Tls = tls }), (_, _) => throw new NotSupportedException());
            var machine = new MachineFacts("", "amd64", "", "", "", "", 1, 0);
            var identity = new NodeIdentity(NodeName.Parse("n1"), new byte[16], AgentVersion.Number, machine, false, 1);
            _loop = new UplinkLoop(_dialer, identity, _store, Enforcement.Caps.Board(takesOffers: false), new UplinkOptions(), Clock, () => 0, Log).RunAsync(_stop.Token);
        }

        public ListLog Log { get; } = new();

        public void Publish(double joules = 1) => _store.Publish(Some.Sample(Inventory, [Reading.Ok(1)], Clock.Now, joules));

        public async ValueTask DisposeAsync()
        {
            await _stop.CancelAsync();
            await _loop.WaitAsync(TimeSpan.FromSeconds(30));
            _dialer.Dispose();
            _stop.Dispose();
        }
    }
}
