using FsCheck;
using FsCheck.Fluent;

namespace Homelab.Rpc.Tests;

public sealed class FrameReaderTests
{
    private static readonly RpcStatus s_compressed = new(RpcCode.Unimplemented, "compressed");

    [Fact]
    public void ReadAsync_AnyMessagesInAnyPieces_ComeOutWhole() =>
        Check.QuickThrowOnFailure(Prop.ForAll(
            ArbMap.Default.ArbFor<byte[][]>(), ArbMap.Default.ArbFor<PositiveInt>(), (messages, piece) =>
            {
                var wire = messages.SelectMany(message => RawPeer.Frame(message)).ToArray();
                var read = ReadAll(new PieceStream(wire, piece.Get), 1 << 20);
                return read.Count == messages.Length && read.Zip(messages).All(pair => pair.First.AsSpan().SequenceEqual(pair.Second));
            }));

    [Theory]
    [InlineData(1)]
    [InlineData(7)]
    [InlineData(4096)]
    [InlineData(1 << 20)]
    public void ReadAsync_LargeAmongSmall_ComeOutWhole(int piece)
    {
        byte[][] messages = [[1], new byte[70_000], [], [2, 3], Enumerable.Range(0, 5000).Select(i => (byte)i).ToArray(), [4]];
        var wire = messages.SelectMany(message => RawPeer.Frame(message)).ToArray();
        Assert.Equal(messages, ReadAll(new PieceStream(wire, piece), 1 << 20));
    }

    [Fact]
    public void ReadAsync_AnyGarbage_EndsOrGivesAStatus() =>
        Check.QuickThrowOnFailure(Prop.ForAll(
            ArbMap.Default.ArbFor<byte[]>(), ArbMap.Default.ArbFor<PositiveInt>(), (garbage, piece) =>
            {
                try
                {
                    return ReadAll(new PieceStream(garbage, piece.Get), 64).All(message => message.Length <= 64);
                }
                catch (RpcException e)
                {
                    return e.Status.Code is RpcCode.Internal or RpcCode.ResourceExhausted or RpcCode.Unimplemented;
                }
            }));

    [Fact]
    public void ReadAsync_EveryCutOfAFrame_IsTruncation()
    {
        var frame = RawPeer.Frame([1, 2, 3]);
        for (var cut = 1; cut < frame.Length; cut++)
            Assert.Equal(RpcCode.Internal, FailureOf(frame[..cut]).Code);
    }

    [Theory]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(128)]
    [InlineData(255)]
    public void ReadAsync_UnknownFlag_IsInternal(byte flag) => Assert.Equal(RpcCode.Internal, FailureOf(RawPeer.Frame([1], flag)).Code);

    [Fact]
    public void ReadAsync_CompressedFlag_IsTheGivenAnswer() => Assert.Same(s_compressed, FailureOf(RawPeer.Frame([1], 1)));

    [Fact]
    public void ReadAsync_AtTheLimit_IsTaken() => Assert.Single(ReadAll(new MemoryStream(RawPeer.Frame(new byte[16])), 16));

    [Fact]
    public void ReadAsync_OverTheLimit_IsExhausted()
    {
        Assert.Equal(RpcCode.ResourceExhausted, FailureOf(RawPeer.Frame(new byte[17]), 16).Code);
        Assert.Equal(RpcCode.ResourceExhausted, FailureOf([0, 0xff, 0xff, 0xff, 0xff], int.MaxValue).Code);
    }

    [Fact]
    public void ReadAsync_ClaimOfAGigabyte_CostsNoMemory()
    {
        var reader = new FrameReader(int.MaxValue, s_compressed);
        var stream = new PieceStream([0, 0x40, 0, 0, 0, 1, 2, 3], 8);
        var before = GC.GetAllocatedBytesForCurrentThread();
        Assert.Throws<RpcException>(() => reader.ReadAsync(stream, default).AsTask().GetAwaiter().GetResult());
        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 64 * 1024);
    }

    [Fact]
    public void ReadAsync_SmallMessages_AreNotCopied()
    {
        var wire = Enumerable.Repeat(RawPeer.Frame(new byte[200]), 2000).SelectMany(frame => frame).ToArray();
        var reader = new FrameReader(1024, s_compressed);
        var stream = new MemoryStream(wire);
        ReadSome(reader, stream, 1000);
        var before = GC.GetAllocatedBytesForCurrentThread();
        ReadSome(reader, stream, 900);
        // Nothing in Release; in Debug the compiler makes an object of each state machine. A message's copy would be over 200.
        Assert.InRange((GC.GetAllocatedBytesForCurrentThread() - before) / 900, 0, 150);
    }

    [Fact]
    public async Task ReadAsync_CancelledHalfway_LosesNothing()
    {
        var frame = RawPeer.Frame([1, 2, 3]);
        var reader = new FrameReader(64, s_compressed);
        using var cancel = new CancellationTokenSource();
        await cancel.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(
            () => reader.ReadAsync(new StallingStream(frame[..6]), cancel.Token).AsTask());
        Assert.True(await reader.ReadAsync(new MemoryStream(frame[6..]), default));
        Assert.Equal([1, 2, 3], reader.Message.ToArray());
    }

    private static void ReadSome(FrameReader reader, Stream stream, int count)
    {
        for (var i = 0; i < count; i++)
        {
            var read = reader.ReadAsync(stream, default);
            if (!read.IsCompletedSuccessfully || !read.Result)
                throw new InvalidOperationException("No message.");
        }
    }

    private static List<byte[]> ReadAll(Stream stream, int limit)
    {
        var reader = new FrameReader(limit, s_compressed);
        var messages = new List<byte[]>();
        while (reader.ReadAsync(stream, default).AsTask().GetAwaiter().GetResult())
            messages.Add(reader.Message.ToArray());
        return messages;
    }

    private static RpcStatus FailureOf(byte[] wire, int limit = 64) =>
        Assert.Throws<RpcException>(() => ReadAll(new MemoryStream(wire), limit)).Status;

    /// <summary>Gives at most so many bytes a read.</summary>
    private sealed class PieceStream(byte[] bytes, int piece) : MemoryStream(bytes)
    {
        public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default) =>
            base.ReadAsync(buffer[..Math.Min(buffer.Length, piece)], cancellationToken);
    }

    /// <summary>Gives what it has once, then minds only the cancellation.</summary>
    private sealed class StallingStream(byte[] bytes) : MemoryStream(bytes)
    {
        public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
        {
            if (Position == Length)
                await Task.Delay(Timeout.InfiniteTimeSpan, TimeProvider.System, cancellationToken);
            return Read(buffer.Span);
        }
    }
}
