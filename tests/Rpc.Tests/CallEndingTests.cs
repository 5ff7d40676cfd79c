using Homelab.Rpc.Server;

namespace Homelab.Rpc.Tests;

/// <summary>Shutdown: streams end with UNAVAILABLE or a goodbye, never with a dropped connection, and soon.</summary>
public sealed class CallEndingTests
{
    [Fact]
    public async Task StopAsync_HandlerWaitsForTheClient_ClientGetsUnavailableAfterTheGrace()
    {
        var time = new ManualTime();
        await using var server = await Loopback.StartAsync(
            map => map.MapRpcDuplex(Loopback.Echo, async (reader, _, _) => await reader.ReadAsync()), options => options.TimeProvider = time);
        using var channel = server.Connect();
        await using var call = channel.Open(Loopback.Echo);
        await call.ResponseHeaders;
        var stopping = server.App.StopAsync();
        var read = call.ReadAsync().AsTask();
        Assert.False(read.IsCompleted);
        time.Advance(TimeSpan.FromSeconds(1));
        Assert.Equal(CallEnding.Drained, (await Loopback.FailsAsync(read)).Status);
        await stopping.WaitAsync(Loopback.Limit);
    }

    [Fact]
    public async Task StopAsync_HandlerSaysGoodbye_ClientReadsItAndACleanEnd()
    {
        await using var server = await Loopback.StartAsync(map => map.MapRpcDuplex(Loopback.Echo, async (reader, writer, context) =>
        {
            try
            {
                await reader.ReadAsync(context.Draining);
            }
            catch (OperationCanceledException) when (context.Draining.IsCancellationRequested)
            {
                await writer.WriteAsync(Loopback.Text("goodbye"));
            }
        }), options => options.TimeProvider = new ManualTime());
        using var channel = server.Connect();
        await using var call = channel.Open(Loopback.Echo);
        await call.ResponseHeaders;
        var stopping = server.App.StopAsync();
        Assert.Equal("goodbye", (await call.ReadAsync())?.Value);
        Assert.Null(await call.ReadAsync());
        await stopping.WaitAsync(Loopback.Limit);
    }

    [Fact]
    public async Task StopAsync_HandlerLetsTheDrainOut_ClientGetsUnavailableAtOnce()
    {
        await using var server = await Loopback.StartAsync(
            map => map.MapRpcDuplex(Loopback.Echo, async (reader, _, context) => await reader.ReadAsync(context.Draining)),
            options => options.TimeProvider = new ManualTime());
        using var channel = server.Connect();
        await using var call = channel.Open(Loopback.Echo);
        await call.ResponseHeaders;
        var stopping = server.App.StopAsync();
        Assert.Equal(CallEnding.Drained, (await Loopback.FailsAsync(call.ReadAsync())).Status);
        await stopping.WaitAsync(Loopback.Limit);
    }

    [Fact]
    public async Task StopAsync_CallOpenedDuringTheDrain_IsUnavailable()
    {
        var time = new ManualTime();
        await using var server = await Loopback.StartAsync(map =>
        {
            map.MapRpcDuplex(Loopback.Echo, async (reader, _, _) => await reader.ReadAsync());
            map.MapRpcHealth(new HealthState());
        }, options => options.TimeProvider = time);
        using var channel = server.Connect();
        await using var call = channel.Open(Loopback.Echo);
        await call.ResponseHeaders;
        var stopping = server.App.StopAsync();
        var late = await Loopback.FailsAsync(channel.UnaryAsync(HealthEndpoints.Check, new Grpc.Health.V1.HealthCheckRequest()));
        Assert.Equal(RpcCode.Unavailable, late.Status.Code);
        time.Advance(TimeSpan.FromSeconds(1));
        await stopping.WaitAsync(Loopback.Limit);
    }
}
