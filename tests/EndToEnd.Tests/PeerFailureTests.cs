using System.Net;
using System.Net.Sockets;
using System.Security.Cryptography;

namespace Homelab.EndToEnd.Tests;

/// <summary>Hostile and unlucky peers against the published binaries: each has a defined answer, and nobody else notices.</summary>
public sealed class PeerFailureTests
{
    [Fact]
    public async Task Agents_ClaimingOneName_SecondIsToldWhoHoldsIt()
    {
        await using var fleet = new Fleet();
        var aggregator = fleet.StartAggregator();
        await fleet.StartHostsAsync("um890,pi4b");
        fleet.StartAgent("um890");
        await fleet.NodeAsync("um890", node => (bool)node["up"]!);

        // Another machine with the same name, as after copying an SD card.
        var impostor = fleet.StartAgent("pi4b", "--node", "um890");

        await Eventually.GetAsync("the impostor is told", () => Task.FromResult(impostor.Output), said => said.Contains("um890", StringComparison.Ordinal)
            && said.Contains("already", StringComparison.OrdinalIgnoreCase));
        var node = await fleet.NodeAsync("um890", node => (bool)node["up"]!);
        Assert.Contains("UM890", (string)node["board"]!, StringComparison.OrdinalIgnoreCase);
        Assert.False(impostor.HasExited, "a refused agent keeps trying: the other may be the wrong one");
        Assert.False(aggregator.HasExited);
    }

    [Fact]
    public async Task GarbageBytes_OnTheGrpcPort_DisturbNobody()
    {
        await using var fleet = new Fleet();
        var aggregator = fleet.StartAggregator();
        await fleet.StartHostsAsync("um890");
        fleet.StartAgent("um890");
        await fleet.NodeAsync("um890", node => (bool)node["up"]!);

        for (var round = 0; round < 20; round++)
        {
            using var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
            await socket.ConnectAsync(IPAddress.Loopback, fleet.GrpcPort);
            await socket.SendAsync(RandomNumberGenerator.GetBytes(4096));
        }

        var before = (string)(await fleet.NodeAsync("um890", _ => true))["lastSeen"]!;
        await fleet.NodeAsync("um890", node => (bool)node["up"]! && string.CompareOrdinal((string)node["lastSeen"]!, before) > 0);
        Assert.False(aggregator.HasExited);
        Assert.Equal(0, (int)(await fleet.NodeAsync("um890", _ => true))["reconnects"]!);
    }

    [Fact]
    public async Task HostHeader_OfAForeignName_IsRefused()
    {
        await using var fleet = new Fleet();
        fleet.StartAggregator();
        await Eventually.GetAsync("ready", () => fleet.TextAsync("/readyz"), _ => true);
        using var http = new HttpClient();
        using var request = new HttpRequestMessage(HttpMethod.Get, fleet.Url + "/api/v1/fleet");
        request.Headers.Host = "evil.example";
        using var response = await http.SendAsync(request);
        Assert.Equal(HttpStatusCode.MisdirectedRequest, response.StatusCode);
    }

    [Fact]
    public async Task Listening_InPlaintextOnEveryInterface_IsRefusedWithTheFix()
    {
        await using var fleet = new Fleet();
        var (exitCode, _, said) = await RunningProgram.RunAsync(Published.Aggregator,
            ["run", "--http", "0.0.0.0:1", "--grpc", "0.0.0.0:2", "--storage", fleet.Folder]);
        Assert.Equal(2, exitCode);
        Assert.Contains("insecure", said);
        Assert.Contains("tls", said);
    }

    [Fact]
    public async Task AgentConfig_WithSeveralMistakes_NamesThemAllAtOnce()
    {
        await using var fleet = new Fleet();
        var file = Path.Combine(fleet.Folder, "agent.yaml");
        await File.WriteAllTextAsync(file, "node: Not A Name\ninterval:\n  sample: soon\naggregator: http://10.0.0.1:8766\n");
        var (exitCode, _, said) = await RunningProgram.RunAsync(Published.Agent, ["run", "--config", file]);
        Assert.Equal(2, exitCode);
        Assert.Contains(file, said);
        Assert.Contains("node", said);
        Assert.Contains("interval.sample", said);
        Assert.Contains("insecure", said);
    }
}
