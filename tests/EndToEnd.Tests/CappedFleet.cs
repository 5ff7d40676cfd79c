using System.Globalization;
using System.Text.Json.Nodes;
using Homelab.RecordedHosts;
using Homelab.Units;

namespace Homelab.EndToEnd.Tests;

/// <summary>The fleet of the proofs: recorded hosts that obey caps, an agent that enforces on each, a cable between each and an aggregator in mode cap.</summary>
/// <remarks>What really flows is in a log of the plant, which neither agents nor aggregators see.</remarks>
internal sealed class CappedFleet : IAsyncDisposable
{
    /// <summary>Names and machines. Uncapped they reach twice the budget.</summary>
    public const string Hosts = "nuc-1=nuc11,nuc-2=nuc11,um890,rk1-1=rk1,rk1-2=rk1,rk1-3=rk1,pi-1=pi4b,pi-2=pi4b";

    public static readonly Power Budget = Power.FromWatts(100);

    private static readonly Power Unmanaged = Power.FromWatts(8);

    private readonly List<RunningProgram> _programs = [];
    private readonly Dictionary<string, RunningProgram> _agents = new(StringComparer.Ordinal);
    private readonly Dictionary<string, CutLine> _lines = new(StringComparer.Ordinal);
    private readonly List<IDisposable> _owned = [];
    private readonly HttpClient _http = new() { Timeout = TimeSpan.FromSeconds(5) };

    public CappedFleet(string hosts = Hosts)
    {
        Names = [.. hosts.Split(',').Select(host => host.Split('=')[0])];
        Machines = hosts.Split(',').ToDictionary(host => host.Split('=')[0], host => host.Split('=')[^1], StringComparer.Ordinal);
        Folder = Directory.CreateDirectory(Path.Combine(Directory.Exists("/dev/shm") ? "/dev/shm" : Path.GetTempPath(), $"homelab-capped-{Guid.NewGuid():N}")).FullName;
        First = new Aggregator(Folder, "first");
        foreach (var name in Names)
            _lines[name] = new CutLine(First.GrpcPort);
    }

    public IReadOnlyList<string> Names { get; }

    /// <summary>The recorded machine that each is a copy of.</summary>
    public IReadOnlyDictionary<string, string> Machines { get; }

    public string Folder { get; }

    public Aggregator First { get; }

    public IReadOnlyDictionary<string, CutLine> Lines => _lines;

    public IReadOnlyDictionary<string, RunningProgram> Agents => _agents;

    /// <summary>The clock of the truth log.</summary>
    public static TimeSpan Now => TimeProvider.System.GetElapsedTime(0);

    public string Everything => string.Join("\n---\n", _programs.Select(program => program.Output[Math.Max(0, program.Output.Length - 4000)..]));

    /// <summary>All that every program said, in full, by program.</summary>
    public string Record => string.Join("\n\n", _programs.Select(program => program.Record));

    private string TruthFile => Path.Combine(Folder, "truth.csv");

    /// <summary>Starts the plant, the first aggregator and every agent; returns when all are held.</summary>
    /// <param name="seed">Of the story of demand.</param>
    /// <param name="speed">How many times as fast as in <see cref="Bursts"/> it runs.</param>
    public async Task StartAsync(int seed, double speed)
    {
        await StartPlantAsync(seed, speed);
        StartAggregator(First);
        foreach (var name in Names)
            StartAgent(name);
        await AllHeldAsync(First);
    }

    public async Task StartPlantAsync(int seed, double speed)
    {
        Track(RunningProgram.Start(Published.RecordedHosts,
        [
            "--fixtures", Published.Fixtures, "--out", Folder, "--hosts", string.Join(',', Machines.Select(host => $"{host.Key}={host.Value}")),
            "--story", "bursts", "--seed", $"{seed}", "--speed", speed.ToString(CultureInfo.InvariantCulture),
            "--truth", TruthFile, "--unmanaged", $"{Unmanaged.Watts}",
        ]));
        await Eventually.GetAsync("the plant", () => Task.FromResult(File.Exists(TruthFile) && new FileInfo(TruthFile).Length > 200), there => there);
    }

    public RunningProgram StartAggregator(Aggregator aggregator, IReadOnlyDictionary<string, string>? environment = null)
    {
        Directory.CreateDirectory(aggregator.Storage);
        File.WriteAllText(aggregator.Config, FormattableString.Invariant($$"""
            listen: { http: "127.0.0.1:{{aggregator.HttpPort}}", grpc: "127.0.0.1:{{aggregator.GrpcPort}}" }
            storage: { path: {{aggregator.Storage}} }
            budget: { watts: {{Budget.Watts}}, mode: cap, strictness: hard, unmanaged: {{Unmanaged.Watts}} }
            intervals: { report: 500ms }

            """));
        return aggregator.Program = Track(RunningProgram.Start(Published.Aggregator, ["run", "--config", aggregator.Config], environment));
    }

    public RunningProgram StartAgent(string name, IReadOnlyDictionary<string, string>? environment = null) => _agents[name] = Track(RunningProgram.Start(Published.Agent,
        ["run", "--node", name, "--host-root", Root(name), "--aggregator", $"http://127.0.0.1:{_lines[name].Port}"],
        Enforcing(name, environment)));

    /// <summary>Restores what the agent found: <c>homelab-agent release</c>.</summary>
    public Task<(int ExitCode, string StandardOutput, string Everything)> ReleaseAsync(string name) => RunningProgram.RunAsync(
        Published.Agent, ["release", "--host-root", Root(name)], Enforcing(name, null));

    public string Root(string name) => Path.Combine(Folder, name);

    public string State(string name) => Path.Combine(Folder, name + ".state");

    /// <summary>The trimmed text of a file of a node, e.g. <c>sys/class/powercap/intel-rapl:0/constraint_0_power_limit_uw</c>.</summary>
    public string Read(string name, string path) => File.ReadAllText(Path.Combine(Root(name), path)).Trim();

    /// <summary>The same file as it was recorded.</summary>
    public string Recorded(string name, string path) => File.ReadAllText(Path.Combine(Published.Fixtures, Machines[name], path)).Trim();

    public async Task<JsonNode> FleetAsync(Aggregator aggregator) => JsonNode.Parse(await _http.GetStringAsync(aggregator.Url + "/api/v1/fleet"))!;

    /// <summary>Waits until every node (or each of some) is held under a live lease; returns how long that took.</summary>
    public async Task<TimeSpan> AllHeldAsync(Aggregator aggregator, int seconds = 40, IReadOnlyList<string>? nodes = null)
    {
        var start = Now;
        try
        {
            await Eventually.GetAsync("every node held", () => FleetAsync(aggregator),
                fleet => (nodes ?? Names).All(name => Fleet.Find(fleet, name)?["control"] is { } control
                    && (string?)control["standing"] == "held" && (string?)control["lease"] == "live"), seconds);
        }
        catch (TimeoutException failure)
        {
            throw new TimeoutException(failure.Message + "\n" + Everything, failure);
        }
        return Now - start;
    }

    /// <summary>What each node falls to by itself, by the aggregator's word.</summary>
    public async Task<IReadOnlyDictionary<string, Power>> SafeSharesAsync(Aggregator aggregator)
    {
        var fleet = await FleetAsync(aggregator);
        return Names.ToDictionary(name => name, name => Power.FromWatts((double)Fleet.Find(fleet, name)!["control"]!["safeShareWatts"]!), StringComparer.Ordinal);
    }

    /// <summary>The guard that the aggregator states: how far measurement and actuators may be off.</summary>
    public async Task<Power> GuardAsync(Aggregator aggregator) => Power.FromWatts((double)(await FleetAsync(aggregator))["control"]!["guardWatts"]!);

    public Truth Truth(TimeSpan from, TimeSpan? until = null) => RecordedHosts.Truth.Read(TruthFile).Between(from, until ?? TimeSpan.MaxValue);

    /// <summary>How long from a moment on until no node could draw more than its bound, for good.</summary>
    /// <remarks>The bound is met within twice the error that the node's agent states for its kind: 1 % of the draw above idle under RAPL, 3.5 % by clocks
    /// with a meter, 13 % by clocks and a model; and a step of RAPL.</remarks>
    public Descent DownSince(TimeSpan from, IReadOnlyDictionary<string, Power> bounds)
    {
        var truth = Truth(from);
        var last = new Descent(TimeSpan.Zero, "");
        foreach (var moment in truth.Moments)
        {
            for (var i = 0; i < truth.Nodes.Length; i++)
            {
                if (bounds.TryGetValue(truth.Nodes[i], out var bound) && moment.Points[i].Limit > Tolerated(truth.Nodes[i], bound))
                    last = new Descent(moment.At - from, $"{truth.Nodes[i]} could draw {moment.Points[i].Limit}, its safe share is {bound}");
            }
        }
        return truth.Moments[^1].At - from - last.After > TimeSpan.FromSeconds(0.5) ? last : last with { After = TimeSpan.MaxValue };
    }

    private Power Tolerated(string name, Power bound) => (bound * (1 + 2 * (Machines[name] switch { "nuc11" => 0.01, "um890" => 0.035, _ => 0.13 }))) + Power.FromWatts(0.25);

    /// <summary>Lets the world go on for a time.</summary>
    public static Task PassAsync(double seconds) => Task.Delay(TimeSpan.FromSeconds(seconds), TimeProvider.System);

    public RunningProgram Track(RunningProgram program)
    {
        _programs.Add(program);
        return program;
    }

    /// <summary>Hands over what must go after the programs and before the folder.</summary>
    public T Own<T>(T thing)
        where T : IDisposable
    {
        _owned.Add(thing);
        return thing;
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var program in Enumerable.Reverse(_programs))
            await program.DisposeAsync();
        foreach (var thing in _owned)
            thing.Dispose();
        foreach (var line in _lines.Values)
            await line.DisposeAsync();
        _http.Dispose();
        Directory.Delete(Folder, recursive: true);
    }

    private Dictionary<string, string> Enforcing(string name, IReadOnlyDictionary<string, string>? more)
    {
        var environment = new Dictionary<string, string>(more ?? new Dictionary<string, string>())
        {
            ["HOMELAB_ENFORCE__ENABLED"] = "true",
            ["HOMELAB_ENFORCE__ACTUATORS"] = "rapl, cpufreq",
        };
        environment.TryAdd("HOMELAB_STATE__PATH", Directory.CreateDirectory(State(name)).FullName);
        return environment;
    }
}

/// <summary>How long a fleet took to come down.</summary>
/// <param name="After">Of the last moment above; <see cref="TimeSpan.MaxValue"/> when it never came down.</param>
/// <param name="Last">Which node was last, in words.</param>
internal sealed record Descent(TimeSpan After, string Last);

/// <summary>One aggregator: its ports, its folder, and the process when it runs.</summary>
internal sealed class Aggregator(string folder, string name)
{
    public int HttpPort { get; } = Published.FreePort();

    public int GrpcPort { get; } = Published.FreePort();

    public string Url => $"http://127.0.0.1:{HttpPort}";

    public string Storage { get; init; } = Path.Combine(folder, name);

    public string Config { get; } = Path.Combine(folder, name + ".yaml");

    public RunningProgram? Program { get; set; }
}
