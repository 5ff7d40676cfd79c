using System.Text.Json.Nodes;

namespace Homelab.EndToEnd.Tests;

/// <summary>A real aggregator with real agents on recorded hosts that move, all in a temporary folder.</summary>
internal sealed class Fleet : IAsyncDisposable
{
    private readonly List<RunningProgram> _programs = [];
    private readonly HttpClient _http = new() { Timeout = TimeSpan.FromSeconds(5) };

    public string Folder { get; } = Directory.CreateTempSubdirectory("homelab-e2e-").FullName;

    public int HttpPort { get; } = Published.FreePort();

    public int GrpcPort { get; } = Published.FreePort();

    public string Url => $"http://127.0.0.1:{HttpPort}";

    public string Trees => Path.Combine(Folder, "hosts");

    public string Everything => string.Join("\n---\n", _programs.Select(program => program.Output));

    public RunningProgram StartAggregator(params string[] more)
    {
        Directory.CreateDirectory(Path.Combine(Folder, "state"));
        return Track(RunningProgram.Start(Published.Aggregator,
        [
            "run", "--http", $"127.0.0.1:{HttpPort}", "--grpc", $"127.0.0.1:{GrpcPort}",
            "--storage", Path.Combine(Folder, "state"), .. more,
        ]));
    }

    /// <summary>Starts the mover of recorded hosts and waits until every tree is there.</summary>
    public async Task<RunningProgram> StartHostsAsync(string hosts)
    {
        var program = Track(RunningProgram.Start(Published.RecordedHosts, ["--fixtures", Published.Fixtures, "--out", Trees, "--hosts", hosts]));
        var names = hosts.Split(',').Select(host => host.Split('=')[0]).ToArray();
        await Eventually.GetAsync("recorded hosts", () => Task.FromResult(names.All(name => File.Exists(Path.Combine(Trees, name, "proc/stat")))), there => there);
        return program;
    }

    public RunningProgram StartAgent(string node, params string[] more) =>
        Track(RunningProgram.Start(Published.Agent,
            ["run", "--node", node, "--host-root", Path.Combine(Trees, node), "--aggregator", $"http://127.0.0.1:{GrpcPort}", .. more]));

    public RunningProgram Track(RunningProgram program)
    {
        _programs.Add(program);
        return program;
    }

    public async Task<JsonNode> JsonAsync(string path) => JsonNode.Parse(await _http.GetStringAsync(Url + path))!;

    public Task<string> TextAsync(string path) => _http.GetStringAsync(Url + path);

    /// <summary>The node's object in the fleet once a condition holds.</summary>
    public async Task<JsonNode> NodeAsync(string node, Func<JsonNode, bool> isRight, int seconds = 20)
    {
        try
        {
            return (await Eventually.GetAsync($"node {node}", async () => Find(await JsonAsync("/api/v1/fleet"), node),
                found => found is not null && isRight(found), seconds))!;
        }
        catch (TimeoutException failure)
        {
            throw new TimeoutException(failure.Message + "\n" + Everything, failure);
        }
    }

    public static JsonNode? Find(JsonNode fleet, string node) =>
        fleet["nodes"]!.AsArray().FirstOrDefault(item => (string)item!["name"]! == node);

    public async ValueTask DisposeAsync()
    {
        foreach (var program in Enumerable.Reverse(_programs))
            await program.DisposeAsync();
        _http.Dispose();
        Directory.Delete(Folder, recursive: true);
    }
}
