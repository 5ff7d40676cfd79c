using System.Collections.Immutable;
using Homelab.Aggregator.Budgeting;
using Homelab.Aggregator.Control;
using Homelab.Aggregator.Leadership;
using Homelab.Aggregator.Orders;
using Homelab.Units;

namespace Homelab.Aggregator.Tests.Leadership;

public sealed class SharedMemoryTextTests
{
    [Theory]
    [InlineData(0)]
    [InlineData(50)]
    [InlineData(4000)]
    public void Write_Fleet_IsReadBackWhole(int nodes)
    {
        var stored = Stored(nodes);

        var text = SharedMemoryText.Write(stored)!;

        Assert.Equal(text, SharedMemoryText.Write(stored));
        var read = SharedMemoryText.Read(text)!;
        Assert.Equal(stored.Memory.Epoch, read.Memory.Epoch);
        Assert.Equal(stored.Memory.Nodes, read.Memory.Nodes);
        Assert.True(read.Orders.IsOnBattery);
    }

    [Fact]
    public void Write_FiftyNodes_IsAFewKilobytes() => Assert.InRange(SharedMemoryText.Write(Stored(50))!.Length, 100, 2500);

    [Fact]
    public void Write_MoreThanALeaseCarries_IsNull() => Assert.Null(SharedMemoryText.Write(Stored(60_000)));

    [Theory]
    [InlineData("")]
    [InlineData("not base 64")]
    [InlineData("AAAA")]
    public void Read_Garbage_IsNull(string text) => Assert.Null(SharedMemoryText.Read(text));

    [Fact]
    public void Read_AnyByteChanged_IsNull()
    {
        var packed = Convert.FromBase64String(SharedMemoryText.Write(Stored(20))!);
        for (var at = 0; at < packed.Length - 1; at++)
        {
            packed[at] ^= 0x10;
            // A bit that deflate does not use changes nothing; none may change what is read.
            Assert.True(SharedMemoryText.Read(Convert.ToBase64String(packed)) is not { } read || read.Memory.Nodes.SequenceEqual(Stored(20).Memory.Nodes));
            packed[at] ^= 0x10;
        }
    }

    [Fact]
    public void Read_TextThatUnpacksWithoutEnd_IsNull()
    {
        using var packed = new MemoryStream();
        using (var deflate = new System.IO.Compression.DeflateStream(packed, System.IO.Compression.CompressionLevel.Optimal, leaveOpen: true))
        {
            for (var i = 0; i < 64; i++)
                deflate.Write(new byte[1 << 20]);
        }

        Assert.Null(SharedMemoryText.Read(Convert.ToBase64String(packed.ToArray())));
    }

    private static StoredControl Stored(int nodes)
    {
        var dice = new Random(nodes);
        var all = Enumerable.Range(0, nodes).ToImmutableSortedDictionary(
            number => NodeName.Parse($"worker-{number}"), _ => new RememberedNode(new Power(dice.NextInt64(1_000_000, 90_000_000)), new Power(dice.NextInt64(1_000_000, 300_000_000))));
        return new StoredControl(new ControlMemory(77ul << 20, all), StandingOrders.None with { IsOnBattery = true });
    }
}
