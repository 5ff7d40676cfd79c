using Homelab.Aggregator.Budgeting;
using Homelab.Aggregator.Configuration;
using Homelab.Aggregator.KubeApi;
using Homelab.Aggregator.Leadership;
using Homelab.Aggregator.Tests.Fakes;
using Homelab.FakeKubernetes;
using Homelab.Rpc;
using Homelab.TestKit;
using Homelab.Units;

namespace Homelab.Aggregator.Tests.Leadership;

/// <summary>Two aggregators, one lease, three nodes that want more than the budget. Every step holds the fleet against the budget.</summary>
internal sealed class ReplicaPair : IAsyncDisposable
{
    public const double Budget = 100;

    private static readonly TimeSpan Tick = TimeSpan.FromMilliseconds(250);
    private static readonly TimeSpan Settling = TimeSpan.FromMilliseconds(4);

    private readonly List<KubeClient> _clients = [];
    private readonly List<RpcChannel> _channels = [];
    private readonly MemorySlots[] _disks = [new(), new()];

    private ReplicaPair(FakeApiServer server) => Server = server;

    public FakeApiServer Server { get; }

    public ManualClock Time { get; } = Sample.Clock();

    public RunningAggregator[] Replicas { get; } = new RunningAggregator[2];

    public PausableClock[] Clocks { get; } = new PausableClock[2];

    public List<RovingAgent> Agents { get; } = [];

    /// <summary>From here on no step may find the fleet above its budget.</summary>
    public bool IsJudged { get; set; }

    public double HighestWatts { get; set; }

    public double Watts => Agents.Sum(agent => agent.Effective);

    /// <summary>Index of the replica that leads; -1 for none.</summary>
    public int Leader => Array.FindIndex(Replicas, replica => replica?.Leadership.Term is not null);

    public TimeSpan Now => Time.GetElapsedTime(0);

    public static async Task<ReplicaPair> StartAsync()
    {
        var pair = new ReplicaPair(await FakeApiServer.StartAsync());
        for (var i = 0; i < 2; i++)
            await pair.StartReplicaAsync(i);
        for (var i = 0; i < 2; i++)
            pair._channels.Add(pair.Replicas[i].Dial());
        for (byte i = 1; i <= 3; i++)
            pair.Agents.Add(new RovingAgent($"node-{i}", i, pair.Time, [.. pair._channels]));
        return pair;
    }

    /// <summary>A pair that leads and holds its three nodes within the budget.</summary>
    public static async Task<ReplicaPair> StartHoldingAsync()
    {
        var pair = await StartAsync();
        await pair.UntilAsync(() => pair.Leader >= 0 && pair.Agents.All(agent => agent.Standing == NodeAgent.V1.LeaseState.Live) && pair.Watts <= Budget);
        await pair.ForAsync(TimeSpan.FromSeconds(5));
        (pair.IsJudged, pair.HighestWatts) = (true, 0);
        return pair;
    }

    public static string Token(int replica) => $"replica-{replica}";

    /// <summary>Each with a disk of its own, as a StatefulSet gives them.</summary>
    public async Task StartReplicaAsync(int index)
    {
        Clocks[index] = new PausableClock(Time);
        var access = KubeConfig.Parse("/fake/config", Server.KubeConfig(token: Token(index))).Value!.Context(null, Clocks[index]).Value!;
        var client = new KubeClient(access, new KubeClientOptions(), Clocks[index], static () => 0);
        _clients.Add(client);
        var candidacy = new Candidacy(client, "homelab", "homelab-leader", Candidacy.IdentityOf($"aggregator-{index}"), new LeaderElectionOptions(), static () => 0);
        var options = new AggregatorOptions { Mode = ControlMode.Cap, Budget = Power.FromWatts(Budget), Device = BudgetDevice.Psu };
        Replicas[index] = await RunningAggregator.StartAsync(options, time: Time, control: _disks[index], candidacy: candidacy, seen: Clocks[index]);
    }

    /// <summary>As kill -9, as far as others can tell: the lease is not handed back, and connections break.</summary>
    public async Task KillAsync(int index)
    {
        Cut(index);
        Clocks[index].IsPaused = true;
        await Replicas[index].DisposeAsync();
    }

    /// <summary>The API server answers this replica nothing any more.</summary>
    public void Cut(int index) => Server.Faults.Next(int.MaxValue, 503, which: request => request.Token == Token(index));

    /// <summary>Ends when nobody holds the lease; the clock stands still meanwhile.</summary>
    public async Task LeaseFreeAsync()
    {
        while (Server.Leases("homelab").Find("homelab-leader")!["spec"]!["holderIdentity"] is { } holder && holder.GetValue<string>().Length > 0)
            await Task.Delay(Settling, TimeProvider.System);
    }

    /// <summary>A quarter of a second for everybody.</summary>
    public async Task StepAsync()
    {
        Time.Advance(Tick);
        foreach (var agent in Agents)
        {
            // Bursts: what one frees another may want.
            agent.Demand = (long)(Now.TotalSeconds / 7 + agent.Node[^1]) % 3 == 0 ? 10 : 60;
            await agent.StepAsync();
        }
        await Task.Delay(Settling, TimeProvider.System);
        HighestWatts = Math.Max(HighestWatts, Watts);
        if (IsJudged)
            Assert.True(Watts <= Budget, $"{Watts:0.00} W of {Budget} W: {string.Join(", ", Agents.Select(agent => $"{agent.Node} {agent.Effective:0.00} W {agent.Standing}"))}");
    }

    public async Task ForAsync(TimeSpan span)
    {
        for (var end = Now + span; Now < end;)
            await StepAsync();
    }

    /// <summary>How long it took.</summary>
    public async Task<TimeSpan> UntilAsync(Func<bool> reached, int within = 120)
    {
        var start = Now;
        while (!reached())
        {
            Assert.True(Now - start < TimeSpan.FromSeconds(within), $"not within {within} s; leader {Leader}, {string.Join(", ", Agents.Select(agent => $"{agent.Node} at {agent.At} {agent.Standing} '{agent.Refusal}'"))}\n{string.Join('\n', Replicas.SelectMany(replica => replica.Log.Lines).TakeLast(30))}");
            await StepAsync();
        }
        return Now - start;
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var agent in Agents)
            await agent.DisposeAsync();
        _channels.ForEach(channel => channel.Dispose());
        await Server.DisposeAsync();
        foreach (var replica in Replicas)
            await replica.DisposeAsync();
        _clients.ForEach(client => client.Dispose());
    }
}
