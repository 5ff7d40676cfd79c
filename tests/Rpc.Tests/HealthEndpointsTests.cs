using Grpc.Health.V1;
using Homelab.Rpc.Server;
using Status = Grpc.Health.V1.HealthCheckResponse.Types.ServingStatus;

namespace Homelab.Rpc.Tests;

public sealed class HealthEndpointsTests
{
    [Fact]
    public async Task Check_KnownServices_TellTheirStatus()
    {
        var health = new HealthState();
        health.Set("a", true);
        health.Set("b", false);
        await using var server = await Loopback.StartAsync(map => map.MapRpcHealth(health));
        using var channel = server.Connect();
        Assert.Equal(Status.Serving, await CheckAsync(channel, ""));
        Assert.Equal(Status.Serving, await CheckAsync(channel, "a"));
        Assert.Equal(Status.NotServing, await CheckAsync(channel, "b"));
    }

    [Fact]
    public async Task Check_UnknownService_IsNotFound()
    {
        await using var server = await Loopback.StartAsync(map => map.MapRpcHealth(new HealthState()));
        using var channel = server.Connect();
        var failure = await Loopback.FailsAsync(CheckAsync(channel, "nobody"));
        Assert.Equal(RpcCode.NotFound, failure.Status.Code);
    }

    [Fact]
    public async Task Watch_StatusChanges_AreToldOnceEach()
    {
        var health = new HealthState();
        await using var server = await Loopback.StartAsync(map => map.MapRpcHealth(health));
        using var channel = server.Connect();
        await using var call = channel.Open(HealthEndpoints.Watch);
        await call.WriteAsync(new HealthCheckRequest { Service = "a" });
        await call.CompleteAsync();
        Assert.Equal(Status.ServiceUnknown, (await call.ReadAsync())?.Status);
        health.Set("a", true);
        Assert.Equal(Status.Serving, (await call.ReadAsync())?.Status);
        health.Set("b", true);
        health.Set("a", true);
        health.Set("a", false);
        Assert.Equal(Status.NotServing, (await call.ReadAsync())?.Status);
    }

    [Fact]
    public async Task Watch_ServerDrains_SaysNotServingThenEnds()
    {
        var time = new ManualTime();
        await using var server = await Loopback.StartAsync(map => map.MapRpcHealth(new HealthState()), options => options.TimeProvider = time);
        using var channel = server.Connect();
        await using var call = channel.Open(HealthEndpoints.Watch);
        await call.WriteAsync(new HealthCheckRequest());
        await call.CompleteAsync();
        Assert.Equal(Status.Serving, (await call.ReadAsync())?.Status);
        var stopping = server.App.StopAsync();
        Assert.Equal(Status.NotServing, (await call.ReadAsync())?.Status);
        time.Advance(TimeSpan.FromSeconds(1));
        Assert.Equal(RpcCode.Unavailable, (await Loopback.FailsAsync(call.ReadAsync())).Status.Code);
        await stopping.WaitAsync(Loopback.Limit);
    }

    private static async Task<Status> CheckAsync(RpcChannel channel, string service) =>
        (await channel.UnaryAsync(HealthEndpoints.Check, new HealthCheckRequest { Service = service })).Status;
}
