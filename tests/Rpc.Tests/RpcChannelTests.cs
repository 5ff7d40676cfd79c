using Homelab.Rpc.Server;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;

namespace Homelab.Rpc.Tests;

/// <summary>Client against our server and, where the server must misbehave, against bare HTTP answers.</summary>
public sealed class RpcChannelTests
{
    [Fact]
    public async Task UnaryAsync_ServerAnswers_GivesTheMessage()
    {
        await using var server = await Loopback.StartAsync(map => map.MapRpcUnary(Loopback.Echo, (request, _) => Task.FromResult(Loopback.Text(request.Value + "!"))));
        using var channel = server.Connect();
        Assert.Equal("hi!", (await channel.UnaryAsync(Loopback.Echo, Loopback.Text("hi"))).Value);
    }

    [Fact]
    public async Task UnaryAsync_HandlerThrowsStatus_GivesItWhole()
    {
        byte[] details = [8, 5, 18, 1, 120];
        await using var server = await Loopback.StartAsync(map => map.MapRpcUnary(Loopback.Echo, (_, context) =>
        {
            context.Trailers.Add("x-more", "yes");
            throw new RpcException(new RpcStatus(RpcCode.NotFound, "no café 😈", details));
        }));
        using var channel = server.Connect();
        var failure = await Loopback.FailsAsync(channel.UnaryAsync(Loopback.Echo, Loopback.Text("hi")));
        Assert.Equal((RpcCode.NotFound, "no café 😈"), (failure.Status.Code, failure.Status.Message));
        Assert.Equal(details, failure.Status.Details.ToArray());
        Assert.Equal("yes", failure.Trailers.Find("x-more"));
    }

    [Fact]
    public async Task UnaryAsync_NobodyListens_IsUnavailable()
    {
        var server = await Loopback.StartAsync(_ => { });
        using var channel = server.Connect();
        await server.DisposeAsync();
        Assert.Equal(RpcCode.Unavailable, (await Loopback.FailsAsync(channel.UnaryAsync(Loopback.Echo, Loopback.Text("hi")))).Status.Code);
    }

    [Fact]
    public async Task UnaryAsync_ServerCameBack_DialsAgain()
    {
        await using var first = await Loopback.StartAsync(map => map.MapRpcUnary(Loopback.Echo, (request, _) => Task.FromResult(request)));
        using var channel = first.Connect();
        await channel.UnaryAsync(Loopback.Echo, Loopback.Text("1"));
        await first.App.StopAsync();
        await Loopback.FailsAsync(channel.UnaryAsync(Loopback.Echo, Loopback.Text("2")));
        await using var second = await Loopback.StartAsync(
            map => map.MapRpcUnary(Loopback.Echo, (request, _) => Task.FromResult(request)),
            kestrel: kestrel => kestrel.Listen(System.Net.IPAddress.Loopback, first.Address.Port, listen => KestrelRpc.Configure(listen)),
            ownPort: false);
        Assert.Equal("3", (await channel.UnaryAsync(Loopback.Echo, Loopback.Text("3"))).Value);
    }

    [Fact]
    public async Task UnaryAsync_OwnDeadlinePasses_IsDeadlineExceeded()
    {
        var time = new ManualTime();
        var reached = new TaskCompletionSource();
        await using var server = await Loopback.StartAsync(map => map.MapPost("/test.Echo/Echo", (RequestDelegate)(http =>
        {
            reached.TrySetResult();
            return Task.Delay(Timeout.InfiniteTimeSpan, TimeProvider.System, http.RequestAborted);
        })));
        using var channel = server.Connect(time);
        var call = channel.UnaryAsync(Loopback.Echo, Loopback.Text("hi"), new RpcCallOptions { Timeout = TimeSpan.FromMinutes(1) });
        await reached.Task.WaitAsync(Loopback.Limit);
        time.Advance(TimeSpan.FromSeconds(59));
        Assert.False(call.IsCompleted);
        time.Advance(TimeSpan.FromSeconds(1));
        Assert.Equal(RpcCode.DeadlineExceeded, (await Loopback.FailsAsync(call)).Status.Code);
        Assert.Equal(0, time.Timers);
    }

    [Fact]
    public async Task UnaryAsync_DeadlineAlreadyPast_IsDeadlineExceeded()
    {
        await using var server = await Loopback.StartAsync(_ => { });
        using var channel = server.Connect(new ManualTime());
        var failure = await Loopback.FailsAsync(channel.UnaryAsync(Loopback.Echo, Loopback.Text("hi"), new RpcCallOptions { Timeout = TimeSpan.Zero }));
        Assert.Equal(RpcCode.DeadlineExceeded, failure.Status.Code);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(2)]
    public async Task UnaryAsync_NotExactlyOneAnswer_IsUnimplemented(int answers)
    {
        await using var server = await Loopback.StartAsync(map => map.MapRpcServerStreaming(Loopback.Echo, async (request, writer, _) =>
        {
            for (var i = 0; i < answers; i++)
                await writer.WriteAsync(request);
        }));
        using var channel = server.Connect();
        Assert.Equal(RpcCode.Unimplemented, (await Loopback.FailsAsync(channel.UnaryAsync(Loopback.Echo, Loopback.Text("hi")))).Status.Code);
    }

    [Fact]
    public async Task UnaryAsync_AnswerOverTheLimit_IsExhausted()
    {
        await using var server = await Loopback.StartAsync(map => map.MapRpcUnary(Loopback.Echo, (request, _) => Task.FromResult(request)));
        using var channel = server.Connect(maxReceiveBytes: 100);
        var failure = await Loopback.FailsAsync(channel.UnaryAsync(Loopback.Echo, Loopback.Text(new string('x', 200))));
        Assert.Equal(RpcCode.ResourceExhausted, failure.Status.Code);
    }

    [Fact]
    public async Task UnaryAsync_ServerCompresses_IsInternal() =>
        Assert.Equal(RpcCode.Internal, await CodeOfBareAnswerAsync(RawPeer.Frame([1], 1), "0"));

    [Fact]
    public async Task UnaryAsync_AnswerIsGarbage_IsInternal() =>
        Assert.Equal(RpcCode.Internal, await CodeOfBareAnswerAsync([0xde, 0xad, 0xbe, 0xef, 0, 1, 2], "0"));

    [Fact]
    public async Task UnaryAsync_AnswerIsNoSuchMessage_IsInternal() =>
        Assert.Equal(RpcCode.Internal, await CodeOfBareAnswerAsync(RawPeer.Frame([0xff, 0xff, 0xff]), "0"));

    [Fact]
    public async Task UnaryAsync_AnswerWithoutStatus_IsUnknown() =>
        Assert.Equal(RpcCode.Unknown, await CodeOfBareAnswerAsync([], null));

    [Theory]
    [InlineData("text/html", 200, RpcCode.Unknown)]
    [InlineData("text/html", 404, RpcCode.Unimplemented)]
    [InlineData("text/html", 503, RpcCode.Unavailable)]
    [InlineData("application/grpc-web", 200, RpcCode.Unknown)]
    internal async Task UnaryAsync_PeerIsNoGrpcServer_MapsTheHttpStatus(string contentType, int status, RpcCode expected) =>
        Assert.Equal(expected, await CodeOfBareAnswerAsync([], null, contentType, status));

    private static async Task<RpcCode> CodeOfBareAnswerAsync(byte[] body, string? grpcStatus, string contentType = "application/grpc", int status = 200)
    {
        await using var server = await Loopback.StartAsync(map => map.MapPost("/test.Echo/Echo", (RequestDelegate)(async http =>
        {
            // The whole request first: what an answer that overtakes it does is another test's matter.
            await http.Request.Body.CopyToAsync(Stream.Null);
            http.Response.StatusCode = status;
            http.Response.ContentType = contentType;
            await http.Response.StartAsync();
            await http.Response.Body.WriteAsync(body);
            if (grpcStatus is not null)
                http.Response.AppendTrailer("grpc-status", grpcStatus);
        })));
        using var channel = server.Connect();
        return (await Loopback.FailsAsync(channel.UnaryAsync(Loopback.Echo, Loopback.Text("hi")))).Status.Code;
    }
}
