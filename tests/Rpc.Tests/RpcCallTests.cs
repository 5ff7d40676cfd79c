using Homelab.Rpc.Server;
using Microsoft.AspNetCore.Connections.Features;

namespace Homelab.Rpc.Tests;

public sealed class RpcCallTests
{
    [Fact]
    public async Task ReadAsync_DuplexEcho_KeepsOrderAndEndsWithNull()
    {
        await using var server = await EchoAsync();
        using var channel = server.Connect();
        await using var call = channel.Open(Loopback.Echo);
        for (var i = 0; i < 100; i++)
            await call.WriteAsync(Loopback.Text($"{i}"));
        await call.CompleteAsync();
        for (var i = 0; i < 100; i++)
            Assert.Equal($"{i}", (await call.ReadAsync())?.Value);
        Assert.Null(await call.ReadAsync());
        Assert.Null(await call.ReadAsync());
        Assert.Equal(RpcStatus.Ok, call.Status);
    }

    [Fact]
    public async Task ResponseHeaders_BeforeAnyWrite_Arrive()
    {
        await using var server = await Loopback.StartAsync(map => map.MapRpcDuplex(Loopback.Echo, async (reader, _, context) =>
        {
            context.ResponseHeaders.Add("x-early", "yes");
            context.ResponseHeaders.AddBinary("x-early-bin", new byte[] { 1, 2 });
            await reader.ReadAsync();
        }));
        using var channel = server.Connect();
        await using var call = channel.Open(Loopback.Echo);
        var headers = await call.ResponseHeaders.WaitAsync(Loopback.Limit);
        Assert.Equal("yes", headers.Find("x-early"));
        Assert.Equal([1, 2], headers.FindBinary("x-early-bin")!.Value.ToArray());
    }

    [Fact]
    public async Task ResponseHeaders_NobodyListens_Fault()
    {
        var server = await EchoAsync();
        using var channel = server.Connect();
        await server.DisposeAsync();
        await using var call = channel.Open(Loopback.Echo);
        Assert.Equal(RpcCode.Unavailable, (await Loopback.FailsAsync(call.ResponseHeaders)).Status.Code);
    }

    [Fact]
    public async Task WriteAsync_NobodyListens_FailsInsteadOfWaiting()
    {
        var server = await EchoAsync();
        using var channel = server.Connect();
        await server.DisposeAsync();
        await using var call = channel.Open(Loopback.Echo);
        var failure = await Assert.ThrowsAsync<RpcException>(() => call.WriteAsync(Loopback.Text("hi")).AsTask().WaitAsync(Loopback.Limit));
        Assert.Equal(RpcCode.Unavailable, failure.Status.Code);
    }

    [Fact]
    public async Task WriteAsync_FromManyTasks_NeverMixesMessages()
    {
        await using var server = await EchoAsync();
        using var channel = server.Connect();
        await using var call = channel.Open(Loopback.Echo);
        var sent = Enumerable.Range(0, 50).Select(i => new string((char)('A' + (i % 26)), 1 + (i * 40))).ToArray();
        await Task.WhenAll(sent.Select(text => Task.Run(() => call.WriteAsync(Loopback.Text(text)).AsTask())));
        await call.CompleteAsync();
        var received = new List<string>();
        while (await call.ReadAsync() is { } message)
            received.Add(message.Value);
        Assert.Equal(sent.Order(StringComparer.Ordinal), received.Order(StringComparer.Ordinal));
    }

    [Fact]
    public async Task WriteAsync_AfterCompletion_IsABugOfTheCaller()
    {
        await using var server = await EchoAsync();
        using var channel = server.Connect();
        await using var call = channel.Open(Loopback.Echo);
        await call.CompleteAsync();
        await Assert.ThrowsAsync<InvalidOperationException>(() => call.WriteAsync(Loopback.Text("late")).AsTask());
    }

    [Fact]
    public async Task WriteAsync_ServerEndedTheCall_ReadTellsWhy()
    {
        await using var server = await Loopback.StartAsync(map => map.MapRpcDuplex(Loopback.Echo, async (reader, _, _) =>
        {
            await reader.ReadAsync();
            throw new RpcException(RpcCode.AlreadyExists, "another agent holds this name");
        }));
        using var channel = server.Connect();
        await using var call = channel.Open(Loopback.Echo);
        var writing = Assert.ThrowsAsync<RpcException>(async () =>
        {
            while (true)
                await call.WriteAsync(Loopback.Text(new string('x', 1000)));
        });
        await writing.WaitAsync(Loopback.Limit);
        var failure = await Loopback.FailsAsync(call.ReadAsync());
        Assert.Equal((RpcCode.AlreadyExists, "another agent holds this name"), (failure.Status.Code, failure.Status.Message));
    }

    [Fact]
    public async Task WriteAsync_ServerDoesNotRead_WaitsInBoundedMemory()
    {
        var done = new TaskCompletionSource();
        await using var server = await Loopback.StartAsync(map => map.MapRpcDuplex(Loopback.Echo, (_, _, _) => done.Task));
        using var channel = server.Connect();
        await using var call = channel.Open(Loopback.Echo);
        var message = Loopback.Text(new string('x', 16 * 1024));
        Assert.InRange(await BytesUntilStallAsync(() => call.WriteAsync(message), 16 * 1024), 0, 2 * 1024 * 1024);
        done.SetResult();
    }

    [Fact]
    public async Task ReadAsync_OneReadCancelled_CallGoesOn()
    {
        await using var server = await EchoAsync();
        using var channel = server.Connect();
        await using var call = channel.Open(Loopback.Echo);
        await call.ResponseHeaders;
        using (var cancel = new CancellationTokenSource())
        {
            var read = call.ReadAsync(cancel.Token).AsTask();
            await cancel.CancelAsync();
            await Assert.ThrowsAnyAsync<OperationCanceledException>(() => read.WaitAsync(Loopback.Limit));
        }

        await call.WriteAsync(Loopback.Text("still here"));
        Assert.Equal("still here", (await call.ReadAsync())?.Value);
    }

    [Fact]
    public async Task Open_CallerCancels_BothSidesEnd()
    {
        var gone = new TaskCompletionSource();
        await using var server = await Loopback.StartAsync(map => map.MapRpcDuplex(Loopback.Echo, async (reader, _, context) =>
        {
            using var told = context.Cancelled.Register(() => gone.TrySetResult());
            await reader.ReadAsync();
        }));
        using var channel = server.Connect();
        using var cancel = new CancellationTokenSource();
        await using var call = channel.Open(Loopback.Echo, cancel: cancel.Token);
        await call.ResponseHeaders;
        var read = call.ReadAsync(cancel.Token);
        await cancel.CancelAsync();
        Assert.Equal(RpcCode.Cancelled, (await Loopback.FailsAsync(read)).Status.Code);
        await gone.Task.WaitAsync(Loopback.Limit);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task DisposeAsync_CallStillOpen_ServerSeesItGo(bool halfClosed)
    {
        var gone = new TaskCompletionSource();
        await using var server = await Loopback.StartAsync(map => map.MapRpcDuplex(Loopback.Echo, async (reader, writer, context) =>
        {
            using var told = context.Cancelled.Register(() => gone.TrySetResult());
            await writer.WriteAsync(Loopback.Text("welcome"));
            await Task.Delay(Timeout.InfiniteTimeSpan, TimeProvider.System, context.Cancelled);
        }));
        using var channel = server.Connect();
        await using (var call = channel.Open(Loopback.Echo))
        {
            Assert.Equal("welcome", (await call.ReadAsync())?.Value);
            if (halfClosed)
                await call.CompleteAsync();
        }

        await gone.Task.WaitAsync(Loopback.Limit);
    }

    [Fact]
    public async Task DisposeAsync_Twice_IsHarmless()
    {
        await using var server = await EchoAsync();
        using var channel = server.Connect();
        var call = channel.Open(Loopback.Echo);
        await call.DisposeAsync();
        await call.DisposeAsync();
        Assert.Equal(RpcCode.Cancelled, call.Status?.Code);
    }

    [Fact]
    public async Task ReadAsync_ConnectionDropped_IsUnavailable()
    {
        IConnectionLifetimeFeature? connection = null;
        await using var server = await Loopback.StartAsync(
            map => map.MapRpcDuplex(Loopback.Echo, async (reader, _, _) => await reader.ReadAsync()),
            onRequest: http => connection = http.Features.Get<IConnectionLifetimeFeature>());
        using var channel = server.Connect();
        await using var call = channel.Open(Loopback.Echo);
        await call.ResponseHeaders;
        connection!.Abort();
        Assert.Equal(RpcCode.Unavailable, (await Loopback.FailsAsync(call.ReadAsync())).Status.Code);
    }

    internal static Task<Loopback> EchoAsync() => Loopback.StartAsync(map => map.MapRpcDuplex(Loopback.Echo, async (reader, writer, _) =>
    {
        while (await reader.ReadAsync() is { } message)
            await writer.WriteAsync(message);
    }));

    /// <summary>Writes until one write does not end; a slow machine stalls early, which proves no less.</summary>
    internal static async Task<long> BytesUntilStallAsync(Func<ValueTask> write, int messageBytes)
    {
        long bytes = 0;
        while (bytes < 64 * 1024 * 1024)
        {
            try
            {
                await write().AsTask().WaitAsync(TimeSpan.FromMilliseconds(500));
            }
            catch (TimeoutException)
            {
                return bytes;
            }

            bytes += messageBytes;
        }

        return bytes;
    }
}
