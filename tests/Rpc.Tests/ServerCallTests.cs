using System.Net;
using Google.Protobuf;
using Google.Protobuf.WellKnownTypes;
using Homelab.Rpc.Server;
using Microsoft.AspNetCore.Routing;

namespace Homelab.Rpc.Tests;

/// <summary>What the server answers to peers without manners, and to handlers that fail.</summary>
public sealed class ServerCallTests
{
    private const string Path = "/test.Echo/Echo";
    private static readonly byte[] s_hi = RawPeer.Frame(Loopback.Text("hi").ToByteArray());

    [Fact]
    public async Task ServeAsync_WellFormedCall_IsAnswered()
    {
        var answer = await AskAsync(s_hi);
        Assert.Equal((HttpStatusCode.OK, RpcCode.Ok), (answer.Http, answer.Code));
        Assert.Equal(s_hi, answer.Body);
        Assert.False(answer.TrailersOnly);
    }

    [Theory]
    [InlineData(new byte[] { 0xde, 0xad, 0xbe, 0xef, 1, 2, 3 })]
    [InlineData(new byte[] { 0, 0, 0, 0, 9, 1 })]
    [InlineData(new byte[] { 0, 0 })]
    [InlineData(new byte[] { 0, 0, 0, 0, 2, 0xff, 0xff })]
    [InlineData(new byte[] { 1, 0, 0, 0, 1, 0 })]
    public async Task ServeAsync_GarbageFrame_IsInternalWithoutBody(byte[] garbage)
    {
        var answer = await AskAsync(garbage);
        Assert.Equal((HttpStatusCode.OK, RpcCode.Internal), (answer.Http, answer.Code));
        Assert.True(answer.TrailersOnly);
    }

    [Fact]
    public async Task ServeAsync_OversizedClaim_IsExhaustedBeforeTheBytesCome()
    {
        var answer = await AskAsync([0, 0x7f, 0xff, 0xff, 0xff]);
        Assert.Equal(RpcCode.ResourceExhausted, answer.Code);
    }

    [Fact]
    public async Task ServeAsync_OversizedMessage_IsExhaustedAndTheConnectionLives()
    {
        await using var server = await StartAsync(options: options => options.MaxReceiveBytes = 1000);
        using var channel = server.Connect();
        var failure = await Loopback.FailsAsync(channel.UnaryAsync(Loopback.Echo, Loopback.Text(new string('x', 300_000))));
        Assert.Equal(RpcCode.ResourceExhausted, failure.Status.Code);
        Assert.Equal("ok", (await channel.UnaryAsync(Loopback.Echo, Loopback.Text("ok"))).Value);
    }

    [Fact]
    public async Task ServeAsync_UnknownEncoding_IsUnimplementedAndNamesOurs()
    {
        var answer = await AskAsync(RawPeer.Frame([1, 2, 3], 1), headers: ("grpc-encoding", "gzip"));
        Assert.Equal(RpcCode.Unimplemented, answer.Code);
        Assert.Equal("identity", answer.Fields["grpc-accept-encoding"]);
    }

    [Fact]
    public async Task ServeAsync_UnknownEncodingUnused_IsServed() =>
        Assert.Equal(RpcCode.Ok, (await AskAsync(s_hi, headers: ("grpc-encoding", "gzip"))).Code);

    [Theory]
    [InlineData("gzip", RpcCode.Unimplemented)]
    [InlineData("identity", RpcCode.Internal)]
    internal async Task ServeAsync_CompressedFlag_DependsOnTheEncoding(string encoding, RpcCode expected) =>
        Assert.Equal(expected, (await AskAsync(RawPeer.Frame([1], 1), headers: ("grpc-encoding", encoding))).Code);

    [Fact]
    public async Task ServeAsync_NoMessage_IsUnimplemented() => Assert.Equal(RpcCode.Unimplemented, (await AskAsync([])).Code);

    [Fact]
    public async Task ServeAsync_TwoMessagesForOne_IsUnimplemented() =>
        Assert.Equal(RpcCode.Unimplemented, (await AskAsync([.. s_hi, .. s_hi])).Code);

    [Theory]
    [InlineData("5")]
    [InlineData("-1S")]
    [InlineData("123456789S")]
    public async Task ServeAsync_MalformedTimeout_IsInternal(string timeout) =>
        Assert.Equal(RpcCode.Internal, (await AskAsync(s_hi, headers: ("grpc-timeout", timeout))).Code);

    [Theory]
    [InlineData("application/grpc+proto")]
    [InlineData("application/grpc; charset=utf-8")]
    public async Task ServeAsync_ContentTypeVariant_IsServed(string contentType) =>
        Assert.Equal(RpcCode.Ok, (await AskAsync(s_hi, contentType)).Code);

    [Theory]
    [InlineData("application/json")]
    [InlineData("application/grpc-web")]
    public async Task ServeAsync_NoGrpc_IsHttp415(string contentType) =>
        Assert.Equal(HttpStatusCode.UnsupportedMediaType, (await AskAsync(s_hi, contentType)).Http);

    [Theory]
    [InlineData("/test.Echo/Other")]
    [InlineData("/other.Service/Echo")]
    [InlineData("/x")]
    public async Task MapRpcFallback_UnknownMethod_IsUnimplemented(string path)
    {
        var answer = await AskAsync(s_hi, path: path);
        Assert.Equal((HttpStatusCode.OK, RpcCode.Unimplemented), (answer.Http, answer.Code));
        Assert.True(answer.TrailersOnly);
    }

    [Fact]
    public async Task MapRpcFallback_NoGrpc_StaysNotFound() =>
        Assert.Equal(HttpStatusCode.NotFound, (await AskAsync(s_hi, "text/plain", "/nowhere")).Http);

    [Fact]
    public async Task ServeAsync_HandlerThrows_PeerGetsNeutralWordsAndTheLogTheRest()
    {
        var log = new MemoryLog();
        await using var server = await Loopback.StartAsync(
            map => map.MapRpcUnary(Loopback.Echo, (_, _) => throw new InvalidOperationException("secret /etc/path")), log: log);
        using var channel = server.Connect();
        var failure = await Loopback.FailsAsync(channel.UnaryAsync(Loopback.Echo, Loopback.Text("hi")));
        Assert.Equal(new RpcStatus(RpcCode.Unknown, "The server failed to answer."), failure.Status);
        Assert.Contains(log.Lines, line => line.Contains(Path, StringComparison.Ordinal) && line.Contains("secret /etc/path", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task ServeAsync_DeadlinePasses_StatusComesWhateverTheHandlerDoes(bool handlerListens)
    {
        var time = new ManualTime();
        var reached = new TaskCompletionSource();
        var release = new TaskCompletionSource();
        await using var server = await StartAsync(options: options => options.TimeProvider = time, handler: async (request, context) =>
        {
            reached.SetResult();
            await release.Task.WaitAsync(handlerListens ? context.Cancelled : default);
            return request;
        });
        using var peer = new RawPeer(server.Address);
        var asking = peer.PostAsync(Path, s_hi, headers: ("grpc-timeout", "5S"));
        await reached.Task.WaitAsync(Loopback.Limit);
        time.Advance(TimeSpan.FromSeconds(4));
        Assert.False(asking.IsCompleted);
        time.Advance(TimeSpan.FromSeconds(1));
        Assert.Equal(RpcCode.DeadlineExceeded, (await asking.WaitAsync(Loopback.Limit)).Code);
        release.TrySetResult();
    }

    [Fact]
    public async Task ServeAsync_PeerGoesAway_HandlerIsToldAndNothingIsLogged()
    {
        var log = new MemoryLog();
        var ended = new TaskCompletionSource<Exception>();
        await using var server = await Loopback.StartAsync(map => map.MapRpcDuplex(Loopback.Echo, async (reader, _, _) =>
        {
            try
            {
                await reader.ReadAsync();
            }
            catch (Exception e)
            {
                ended.SetResult(e);
                throw;
            }
        }), log: log);
        using (var channel = server.Connect())
        {
            await using var call = channel.Open(Loopback.Echo);
            await call.ResponseHeaders;
        }

        Assert.IsAssignableFrom<OperationCanceledException>(await ended.Task.WaitAsync(Loopback.Limit));
        await server.App.StopAsync();
        Assert.Empty(log.Lines);
    }

    [Fact]
    public async Task WriteAsync_ClientDoesNotRead_WaitsInBoundedMemory()
    {
        var stalledAfter = new TaskCompletionSource<long>();
        var message = Loopback.Text(new string('x', 16 * 1024));
        await using var server = await Loopback.StartAsync(map => map.MapRpcServerStreaming(Loopback.Echo, async (_, writer, context) =>
            stalledAfter.SetResult(await RpcCallTests.BytesUntilStallAsync(() => writer.WriteAsync(message, context.Cancelled), 16 * 1024))));
        using var channel = server.Connect();
        await using var call = channel.Open(Loopback.Echo);
        await call.WriteAsync(Loopback.Text("go"));
        await call.CompleteAsync();
        Assert.InRange(await stalledAfter.Task.WaitAsync(Loopback.Limit), 0, 2 * 1024 * 1024);
    }

    [Fact]
    public async Task WriteAsync_DeadlineWithASlowReader_StreamIsResetAfterTheGrace()
    {
        var time = new ManualTime();
        var stalled = new TaskCompletionSource();
        var over = new TaskCompletionSource();
        var message = Loopback.Text(new string('x', 16 * 1024));
        await using var server = await Loopback.StartAsync(
            map => map.MapRpcServerStreaming(Loopback.Echo, async (_, writer, _) =>
            {
                await RpcCallTests.BytesUntilStallAsync(() => writer.WriteAsync(message), 16 * 1024);
                stalled.SetResult();
                await writer.WriteAsync(message);
            }),
            options => options.TimeProvider = time,
            onRequest: http => http.Response.OnCompleted(() => Task.FromResult(over.TrySetResult())));
        using var channel = server.Connect();
        await using var call = channel.Open(Loopback.Echo, new RpcCallOptions { Timeout = TimeSpan.FromMinutes(1) });
        await call.WriteAsync(Loopback.Text("go"));
        await call.CompleteAsync();
        await stalled.Task.WaitAsync(Loopback.Limit);
        time.Advance(TimeSpan.FromMinutes(1));
        // The status waits behind the unread messages; when the grace's timer starts is up to other threads.
        for (var i = 0; i < 500 && !over.Task.IsCompleted; i++)
        {
            time.Advance(TimeSpan.FromSeconds(1));
            await Task.WhenAny(over.Task, Task.Delay(TimeSpan.FromMilliseconds(10), TimeProvider.System));
        }

        // Without the reset the status would still arrive, after all that was held for it.
        var failure = await Assert.ThrowsAsync<RpcException>(async () =>
        {
            while (await call.ReadAsync().AsTask().WaitAsync(Loopback.Limit) is not null)
                continue;
        });
        Assert.Equal(RpcCode.Cancelled, failure.Status.Code);
    }

    private static async Task<RawAnswer> AskAsync(
        byte[] body, string contentType = "application/grpc", string path = Path, params (string Name, string Value)[] headers)
    {
        await using var server = await StartAsync();
        using var peer = new RawPeer(server.Address);
        return await peer.PostAsync(path, body, contentType, headers: headers);
    }

    private static Task<Loopback> StartAsync(
        Action<RpcServerOptions>? options = null, Func<StringValue, RpcServerContext, Task<StringValue>>? handler = null) =>
        Loopback.StartAsync(Map(handler ?? ((request, _) => Task.FromResult(request))), options);

    private static Action<IEndpointRouteBuilder> Map(Func<StringValue, RpcServerContext, Task<StringValue>> handler) => map =>
    {
        map.MapRpcUnary(Loopback.Echo, handler);
        map.MapRpcFallback();
    };
}
