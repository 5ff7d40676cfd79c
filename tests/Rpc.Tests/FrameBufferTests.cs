using Google.Protobuf;
using Google.Protobuf.WellKnownTypes;

namespace Homelab.Rpc.Tests;

public sealed class FrameBufferTests
{
    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(1000)]
    [InlineData(100_000)]
    public void Frame_Message_IsPrefixedWithFlagAndLength(int size)
    {
        var message = new BytesValue { Value = ByteString.CopyFrom(new byte[size]) };
        Assert.Equal(RawPeer.Frame(message.ToByteArray()), new FrameBuffer().Frame(message).ToArray());
    }

    [Fact]
    public void Frame_SmallAfterLarge_IsNotMixedUp()
    {
        var buffer = new FrameBuffer();
        buffer.Frame(new StringValue { Value = new string('x', 100_000) });
        var small = new StringValue { Value = "y" };
        Assert.Equal(RawPeer.Frame(small.ToByteArray()), buffer.Frame(small).ToArray());
    }

    [Fact]
    public void Frame_OneAfterAnother_AllocatesNothing()
    {
        var buffer = new FrameBuffer();
        var message = new StringValue { Value = new string('x', 500) };
        for (var i = 0; i < 100; i++)
            buffer.Frame(message);
        var before = GC.GetAllocatedBytesForCurrentThread();
        for (var i = 0; i < 100; i++)
            buffer.Frame(message);
        Assert.Equal(0, GC.GetAllocatedBytesForCurrentThread() - before);
    }

    [Fact]
    public void Frame_LargeOnesThatGrowALittle_AllocateNothing()
    {
        var buffer = new FrameBuffer();
        StringValue[] messages = [.. Enumerable.Range(0, 20).Select(static i => new StringValue { Value = new string('x', 20_000 + i) })];
        buffer.Frame(messages[0]);
        var before = GC.GetAllocatedBytesForCurrentThread();
        foreach (var message in messages)
            buffer.Frame(message);
        Assert.Equal(0, GC.GetAllocatedBytesForCurrentThread() - before);
    }
}
