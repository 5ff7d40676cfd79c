using Microsoft.AspNetCore.Builder;
using RpcInterop;

namespace Homelab.Rpc.Tests;

/// <summary>gRPC's own interoperability cases, both ways against two official implementations.</summary>
public abstract class InteropTests(string language) : IAsyncLifetime
{
    // The foreign server or ours: one per test, so that no case can lean on another's connection.
    private ForeignPeer? _peer;
    private WebApplication? _server;

    public static TheoryData<string> Cases => [.. InteropClient.Cases.Keys];

    public Task InitializeAsync() => Task.CompletedTask;

    public async Task DisposeAsync()
    {
        if (_peer is not null)
            await _peer.DisposeAsync();
        if (_server is not null)
            await _server.DisposeAsync();
    }

    [Theory]
    [MemberData(nameof(Cases))]
    public async Task OurClient_AgainstForeignServer_Passes(string name)
    {
        _peer = await ForeignPeer.ServeAsync(language);
        using var channel = new RpcChannel(new RpcChannelOptions { Address = _peer.Address });
        await InteropClient.Cases[name](channel).WaitAsync(ForeignPeer.Limit);
    }

    [Theory]
    [MemberData(nameof(Cases))]
    public async Task ForeignClient_AgainstOurServer_Passes(string name)
    {
        _server = await InteropServer.StartAsync();
        await ForeignPeer.RunCaseAsync(language, InteropServer.AddressOf(_server), name);
    }
}

public sealed class GrpcJsInteropTests() : InteropTests("js");

public sealed class GrpcioInteropTests() : InteropTests("python");
