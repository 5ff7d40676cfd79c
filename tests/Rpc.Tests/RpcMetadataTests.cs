using FsCheck;
using FsCheck.Fluent;

namespace Homelab.Rpc.Tests;

public sealed class RpcMetadataTests
{
    [Fact]
    public void Find_TwoValuesOfAName_GivesTheFirst()
    {
        var metadata = new RpcMetadata();
        metadata.Add("b", "1");
        metadata.Add("a", "2");
        metadata.Add("b", "3");
        Assert.Equal("1", metadata.Find("b"));
        Assert.Equal(["1", "2", "3"], metadata.Select(entry => entry.Text));
        Assert.Null(metadata.Find("c"));
    }

    [Theory]
    [InlineData("")]
    [InlineData("Upper")]
    [InlineData("sp ace")]
    [InlineData(":path")]
    [InlineData("grpc-status")]
    [InlineData("content-type")]
    [InlineData("te")]
    [InlineData("bytes-bin")]
    [InlineData("ü")]
    public void Add_NameNotFree_Throws(string name) => Assert.Throws<ArgumentException>(() => new RpcMetadata().Add(name, "x"));

    [Theory]
    [InlineData("line\nbreak")]
    [InlineData("ü")]
    [InlineData("\u007f")]
    public void Add_ValueNotAscii_Throws(string value) => Assert.Throws<ArgumentException>(() => new RpcMetadata().Add("x", value));

    [Theory]
    [InlineData("text")]
    [InlineData("grpc-status-details-bin")]
    public void AddBinary_NameNotFree_Throws(string name) => Assert.Throws<ArgumentException>(() => new RpcMetadata().AddBinary(name, default));

    [Fact]
    public void AddFromWire_BinaryValue_ComesBackAsSent() =>
        Check.QuickThrowOnFailure(Prop.ForAll(ArbMap.Default.ArbFor<byte[]>(), bytes =>
        {
            var sent = new RpcMetadata();
            sent.AddBinary("x-bin", bytes);
            var wire = sent.Single().WireValue;
            var received = new RpcMetadata();
            received.AddFromWire("X-Bin", wire);
            return !wire.EndsWith('=') && received.FindBinary("x-bin")!.Value.Span.SequenceEqual(bytes);
        }));

    [Theory]
    [InlineData("q6ur")]
    [InlineData("q6urAQ==")]
    [InlineData("q6urAQ")]
    public void AddFromWire_WithOrWithoutPadding_Decodes(string wire)
    {
        var metadata = new RpcMetadata();
        metadata.AddFromWire("x-bin", wire);
        Assert.Equal(0xab, metadata.FindBinary("x-bin")!.Value.Span[0]);
    }

    [Fact]
    public void AddFromWire_JoinedBinaryValues_AreTakenApart()
    {
        var metadata = new RpcMetadata();
        metadata.AddFromWire("x-bin", "AQ, Ag==,Aw");
        Assert.Equal([1, 2, 3], metadata.Select(entry => (int)entry.Bytes.Span[0]));
    }

    [Theory]
    [InlineData("x-bin", "!!!")]
    [InlineData("x-bin", "A")]
    [InlineData(":status", "200")]
    [InlineData("grpc-status", "0")]
    [InlineData("content-type", "application/grpc")]
    public void AddFromWire_ProtocolHeaderOrNoBase64_IsLeftOut(string name, string value)
    {
        var metadata = new RpcMetadata();
        metadata.AddFromWire(name, value);
        Assert.Empty(metadata);
    }
}
