using Microsoft.AspNetCore.Builder;
using RpcInterop;

namespace Homelab.Rpc.Tests;

/// <summary>A foreign server and ours, for all cases of one language.</summary>
public abstract class InteropPair(string language) : IAsyncLifetime
{
    private ForeignPeer? _foreign;
    private WebApplication? _ours;

    public string Language { get; } = language;

    public Uri ForeignServer => _foreign!.Address;

    public Uri OurServer => InteropServer.AddressOf(_ours!);

    public async Task InitializeAsync()
    {
        _ours = await InteropServer.StartAsync();
        _foreign = await ForeignPeer.ServeAsync(Language);
    }

    public async Task DisposeAsync()
    {
        if (_foreign is not null)
            await _foreign.DisposeAsync();
        if (_ours is not null)
            await _ours.DisposeAsync();
    }
}
