using System.Collections.Immutable;
using System.Globalization;
using Homelab.Aggregator.Configuration;
using Homelab.Aggregator.Fleet;
using Homelab.Aggregator.KubeApi;
using Homelab.Aggregator.Leadership;
using Homelab.FakeKubernetes;
using Homelab.TestKit;
using Microsoft.Extensions.Logging;

namespace Homelab.Aggregator.Kubernetes.Tests;

/// <summary>The adapter against fake clusters, round by round, on a clock that the test moves.</summary>
internal sealed class Bench : IAsyncDisposable
{
    public static readonly TimeSpan Round = TimeSpan.FromSeconds(5);
    private readonly FleetStore _store;
    private ImmutableArray<ClusterLink> _links = [];
    private LabelLoop? _loop;

    private Bench(ImmutableArray<FakeApiServer> servers) => (Servers, _store) = (servers, new FleetStore(Fleet.At(Moment.Of(Clock))));

    public ImmutableArray<FakeApiServer> Servers { get; }

    public FakeApiServer Server => Servers[0];

    public ManualClock Clock { get; } = new(new DateTimeOffset(2026, 11, 21, 10, 0, 0, TimeSpan.Zero));

    public Fleet Fleet { get; } = new();

    public ClustersStore Clusters { get; } = new();

    public ClustersView View => Clusters.Current;

    public RecordedLog Log { get; } = new();

    public Lead Leadership { get; } = new();

    /// <summary>One cluster a server: c0, c1, …</summary>
    public static async Task<Bench> StartAsync(KubernetesOptions? options = null, int clusters = 1)
    {
        var servers = ImmutableArray.CreateBuilder<FakeApiServer>();
        for (var i = 0; i < clusters; i++)
            servers.Add(await FakeApiServer.StartAsync());
        var bench = new Bench(servers.ToImmutable());
        bench.Begin(options);
        return bench;
    }

    /// <summary>As if the aggregator were started, with nothing remembered.</summary>
    public void Begin(KubernetesOptions? options = null)
    {
        options = (options ?? new KubernetesOptions()) with { Enabled = true };
        var policy = ClusterPlan.Policy(options);
        var link = new ClusterLinkOptions { Prefix = policy.Prefix, Client = new KubeClientOptions { RequestsPerSecond = 1000, Burst = 1000 } };
        _links =
        [
            .. Servers.Select((server, i) => new ClusterLink(
                new ClusterPlan($"c{i}", () => KubeConfig.Parse("kubeconfig", server.KubeConfig()).Value!.Context(null, Clock)), link, Leadership, Clock, static () => 0.5, Log)),
        ];
        foreach (var each in _links)
            each.Start();
        _loop = new LabelLoop(_links, policy, new AggregatorOptions { Kubernetes = options }, _store, Clusters, Leadership, Clock, new Logger<LabelLoop>(Log));
    }

    public async Task RestartAsync()
    {
        await EndAsync();
        Begin();
    }

    /// <summary>Rounds for so long, each with all that it writes carried out and seen again.</summary>
    public async Task PassAsync(TimeSpan span, Action<int>? each = null)
    {
        for (var i = 0; i < span / Round; i++)
        {
            each?.Invoke(i);
            await CatchUpAsync();
            Turn();
            await SettleAsync();
            Clock.Advance(Round);
        }
    }

    /// <summary>A round as it comes, whatever is on its way.</summary>
    public void Turn()
    {
        _store.Publish(Fleet.At(Moment.Of(Clock)));
        _loop!.Turn();
    }

    /// <summary>Lets the clock run, a little at a time, until all writes are out.</summary>
    public Task SettleAsync() => Patience.UntilAsync(() => _links.All(link => link.Pending == 0), () => Clock.Advance(TimeSpan.FromMilliseconds(100)));

    /// <summary>Until every cluster that answers is seen as it is.</summary>
    public Task CatchUpAsync() => Patience.UntilAsync(
        () => _links.Zip(Servers).All(pair => pair.Second.Faults.IsDown || (pair.First.Seen is { } seen && IsNewest(seen, pair.Second))), () => Clock.Advance(TimeSpan.FromMilliseconds(100)));

    public async ValueTask DisposeAsync()
    {
        await EndAsync();
        foreach (var server in Servers)
            await server.DisposeAsync();
    }

    private static bool IsNewest(ImmutableDictionary<string, KubeNode> seen, FakeApiServer server)
    {
        var stored = server.Nodes.All;
        return stored.Length == seen.Count && stored.All(node => seen.TryGetValue((string)node["metadata"]!["name"]!, out var known)
            && known.ResourceVersion == Convert.ToString(node["metadata"]!["resourceVersion"]!.GetValue<string>(), CultureInfo.InvariantCulture));
    }

    private async Task EndAsync()
    {
        foreach (var link in _links)
            await link.DisposeAsync();
        _loop?.Dispose();
    }

    internal sealed class Lead : ILeadership
    {
        public bool Leads { get; set; } = true;

        public LeadershipTerm? Term => Leads ? LeadershipTerm.Unending : null;

        public LeaderView View => LeaderView.Alone;

        public event Action? Changed
        {
            add { }
            remove { }
        }
    }

    private sealed class Logger<T>(ILogger inner) : ILogger<T>
    {
        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => true;

        public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter) =>
            inner.Log(logLevel, eventId, state, exception, formatter);
    }
}

/// <summary>Log lines, as they would be read.</summary>
internal sealed class RecordedLog : ILogger
{
    private readonly Lock _lock = new();
    private readonly List<string> _lines = [];

    public IReadOnlyList<string> Lines
    {
        get
        {
            lock (_lock)
                return [.. _lines];
        }
    }

    public IDisposable? BeginScope<TState>(TState state)
        where TState : notnull => null;

    public bool IsEnabled(LogLevel logLevel) => true;

    public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
    {
        lock (_lock)
            _lines.Add($"{logLevel} {eventId.Id} {formatter(state, exception)}{(exception is null ? "" : " " + exception)}");
    }
}
