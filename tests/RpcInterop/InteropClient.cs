using Google.Protobuf;
using Grpc.Testing;
using Homelab.Rpc;
using DuplexCall = Homelab.Rpc.RpcCall<Grpc.Testing.StreamingOutputCallRequest, Grpc.Testing.StreamingOutputCallResponse>;

namespace RpcInterop;

/// <summary>The client side of gRPC's interoperability suite: each case returns when it passed and throws what was wrong.</summary>
/// <remarks>https://github.com/grpc/grpc/blob/master/doc/interop-test-descriptions.md</remarks>
internal static class InteropClient
{
    private const string EchoInitial = "x-grpc-test-echo-initial";
    private const string EchoTrailing = "x-grpc-test-echo-trailing-bin";
    private const string InitialValue = "test_initial_metadata_value";
    private const string SpecialMessage = "\t\ntest with whitespace\r\nand Unicode BMP ☺ and non-BMP 😈\t\n";
    private static readonly byte[] s_trailingValue = [0xab, 0xab, 0xab];
    private static readonly (int Request, int Response)[] s_pingPong = [(27182, 31415), (8, 9), (1828, 2653), (45904, 58979)];

    public static IReadOnlyDictionary<string, Func<RpcChannel, Task>> Cases { get; } = new Dictionary<string, Func<RpcChannel, Task>>
    {
        ["empty_unary"] = EmptyUnaryAsync,
        ["large_unary"] = LargeUnaryAsync,
        ["client_streaming"] = ClientStreamingAsync,
        ["server_streaming"] = ServerStreamingAsync,
        ["ping_pong"] = PingPongAsync,
        ["empty_stream"] = EmptyStreamAsync,
        ["cancel_after_begin"] = CancelAfterBeginAsync,
        ["cancel_after_first_response"] = CancelAfterFirstResponseAsync,
        ["timeout_on_sleeping_server"] = TimeoutOnSleepingServerAsync,
        ["custom_metadata"] = CustomMetadataAsync,
        ["status_code_and_message"] = channel => StatusAsync(channel, "test status message", duplexToo: true),
        ["special_status_message"] = channel => StatusAsync(channel, SpecialMessage, duplexToo: false),
        ["unimplemented_method"] = channel => ExpectAsync(RpcCode.Unimplemented, () => channel.UnaryAsync(InteropMethods.UnimplementedMethod, new Empty())),
        ["unimplemented_service"] = channel => ExpectAsync(RpcCode.Unimplemented, () => channel.UnaryAsync(InteropMethods.UnimplementedService, new Empty())),
    };

    private static async Task EmptyUnaryAsync(RpcChannel channel) =>
        Equal(new Empty(), await channel.UnaryAsync(InteropMethods.EmptyCall, new Empty()));

    private static async Task LargeUnaryAsync(RpcChannel channel)
    {
        var response = await channel.UnaryAsync(InteropMethods.UnaryCall, LargeRequest());
        Equal(Zeros(314159), response.Payload);
    }

    private static async Task ClientStreamingAsync(RpcChannel channel)
    {
        await using var call = channel.Open(InteropMethods.StreamingInputCall);
        foreach (var size in (int[])[27182, 8, 1828, 45904])
            await call.WriteAsync(new StreamingInputCallRequest { Payload = Zeros(size) });
        await call.CompleteAsync();
        Equal(74922, (await call.ReadAsync())?.AggregatedPayloadSize);
        Equal(null, await call.ReadAsync());
    }

    private static async Task ServerStreamingAsync(RpcChannel channel)
    {
        int[] sizes = [31415, 9, 2653, 58979];
        await using var call = channel.Open(InteropMethods.StreamingOutputCall);
        await call.WriteAsync(new StreamingOutputCallRequest { ResponseParameters = { sizes.Select(size => new ResponseParameters { Size = size }) } });
        await call.CompleteAsync();
        foreach (var size in sizes)
            Equal(Zeros(size), (await call.ReadAsync())?.Payload);
        Equal(null, await call.ReadAsync());
    }

    private static async Task PingPongAsync(RpcChannel channel)
    {
        await using var call = channel.Open(InteropMethods.FullDuplexCall);
        foreach (var (request, response) in s_pingPong)
            await PingAsync(call, request, response);
        await call.CompleteAsync();
        Equal(null, await call.ReadAsync());
    }

    private static async Task EmptyStreamAsync(RpcChannel channel)
    {
        await using var call = channel.Open(InteropMethods.FullDuplexCall);
        await call.CompleteAsync();
        Equal(null, await call.ReadAsync());
    }

    private static async Task CancelAfterBeginAsync(RpcChannel channel)
    {
        using var cancel = new CancellationTokenSource();
        await using var call = channel.Open(InteropMethods.StreamingInputCall, cancel: cancel.Token);
        await cancel.CancelAsync();
        await ExpectAsync(RpcCode.Cancelled, () => call.ReadAsync().AsTask());
    }

    private static async Task CancelAfterFirstResponseAsync(RpcChannel channel)
    {
        using var cancel = new CancellationTokenSource();
        await using var call = channel.Open(InteropMethods.FullDuplexCall, cancel: cancel.Token);
        await PingAsync(call, 27182, 31415);
        await cancel.CancelAsync();
        await ExpectAsync(RpcCode.Cancelled, () => call.ReadAsync().AsTask());
    }

    private static async Task TimeoutOnSleepingServerAsync(RpcChannel channel)
    {
        await using var call = channel.Open(InteropMethods.FullDuplexCall, new RpcCallOptions { Timeout = TimeSpan.FromMilliseconds(1) });
        await ExpectAsync(RpcCode.DeadlineExceeded, async () =>
        {
            try
            {
                await call.WriteAsync(new StreamingOutputCallRequest { Payload = Zeros(27182) });
            }
            catch (RpcException)
            {
                // The server's own deadline may be the quicker one and close its ear; the call's status is what a read says.
            }
            return await call.ReadAsync();
        });
    }

    private static async Task CustomMetadataAsync(RpcChannel channel)
    {
        var headers = new RpcMetadata();
        headers.Add(EchoInitial, InitialValue);
        headers.AddBinary(EchoTrailing, s_trailingValue);
        var options = new RpcCallOptions { Headers = headers };

        await using var unary = channel.Open(InteropMethods.UnaryCall, options);
        await unary.WriteAsync(LargeRequest());
        await unary.CompleteAsync();
        Equal(Zeros(314159), (await unary.ReadAsync())?.Payload);
        Equal(null, await unary.ReadAsync());
        Equal(InitialValue, (await unary.ResponseHeaders).Find(EchoInitial));
        Equal("ABABAB", Hex(unary.Trailers));

        await using var duplex = channel.Open(InteropMethods.FullDuplexCall, options);
        await PingAsync(duplex, 271828, 314159);
        await duplex.CompleteAsync();
        Equal(null, await duplex.ReadAsync());
        Equal(InitialValue, (await duplex.ResponseHeaders).Find(EchoInitial));
        Equal("ABABAB", Hex(duplex.Trailers));
    }

    private static async Task StatusAsync(RpcChannel channel, string message, bool duplexToo)
    {
        var status = new EchoStatus { Code = (int)RpcCode.Unknown, Message = message };
        var unary = await ExpectAsync(RpcCode.Unknown, () => channel.UnaryAsync(InteropMethods.UnaryCall, new SimpleRequest { ResponseStatus = status }));
        Equal(message, unary.Message);
        if (!duplexToo)
            return;
        await using var call = channel.Open(InteropMethods.FullDuplexCall);
        await call.WriteAsync(new StreamingOutputCallRequest { ResponseStatus = status });
        await call.CompleteAsync();
        var duplex = await ExpectAsync(RpcCode.Unknown, () => call.ReadAsync().AsTask());
        Equal(message, duplex.Message);
    }

    private static async Task PingAsync(DuplexCall call, int requestSize, int responseSize)
    {
        await call.WriteAsync(new StreamingOutputCallRequest
        {
            ResponseParameters = { new ResponseParameters { Size = responseSize } },
            Payload = Zeros(requestSize),
        });
        Equal(Zeros(responseSize), (await call.ReadAsync())?.Payload);
    }

    private static async Task<RpcStatus> ExpectAsync<T>(RpcCode code, Func<Task<T>> action)
    {
        try
        {
            await action();
        }
        catch (RpcException e) when (e.Status.Code == code)
        {
            return e.Status;
        }

        throw new InvalidOperationException($"Expected {code}, but the call went on.");
    }

    private static void Equal<T>(T expected, T actual)
    {
        if (!EqualityComparer<T>.Default.Equals(expected, actual))
            throw new InvalidOperationException($"Expected {expected}, got {actual}.");
    }

    private static string? Hex(RpcMetadata trailers) =>
        trailers.FindBinary(EchoTrailing) is { } bytes ? Convert.ToHexString(bytes.Span) : null;

    private static SimpleRequest LargeRequest() => new() { ResponseSize = 314159, Payload = Zeros(271828) };

    private static Payload Zeros(int size) => new() { Body = ByteString.CopyFrom(new byte[size]) };
}
