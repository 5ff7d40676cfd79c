using Homelab.FakeKubernetes;
using Homelab.TestKit;

namespace Homelab.Aggregator.KubeApi.Tests;

/// <summary>A fake API server with a clock that moves by hand, and clients for it.</summary>
internal sealed class Cluster : IAsyncDisposable
{
    private readonly List<KubeClient> _clients = [];

    private Cluster(FakeApiServer server) => Server = server;

    public FakeApiServer Server { get; }

    public ManualClock Clock { get; } = new();

    public static KubeClientOptions Unhurried { get; } = new() { RequestsPerSecond = 1000, Burst = 1000 };

    public static CancellationToken None => CancellationToken.None;

    public static async Task<Cluster> StartAsync(bool https = false, params string[] serverNames) => new(await FakeApiServer.StartAsync(null, https, 0, serverNames));

    public KubeAccess Access(string? token = null) => KubeConfig.Parse("/fake/config", Server.KubeConfig(token: token)).Value!.Context(null, Clock).Value!;

    public KubeClient Client(KubeClientOptions? options = null, KubeAccess? access = null)
    {
        var client = new KubeClient(access ?? Access(), options ?? Unhurried, Clock, static () => 0);
        _clients.Add(client);
        return client;
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var client in _clients)
            client.Dispose();
        await Server.DisposeAsync();
    }
}
