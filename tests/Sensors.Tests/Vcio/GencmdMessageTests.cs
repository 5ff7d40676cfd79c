using System.Buffers.Binary;
using System.Text;
using FsCheck;
using FsCheck.Fluent;
using Homelab.NodeAgent.Vcio;

namespace Homelab.NodeAgent.Sensors.Tests.Vcio;

public sealed class GencmdMessageTests
{
    [Fact]
    public void Write_Command_IsLaidOutAsVcgencmdDoes()
    {
        var message = Filled(0xFF);

        Assert.True(GencmdMessage.Write(message, "get_throttled"u8));

        Assert.Equal([4124u, 0u, 0x30080u, 4096u, 0u, 0u], Words(message)[..6]);
        Assert.Equal("get_throttled", Encoding.ASCII.GetString(message, 24, 13));
        // The text's NUL, the rest of its room and the end tag.
        Assert.Equal(-1, message.AsSpan(24 + 13).IndexOfAnyExcept((byte)0));
    }

    [Fact]
    public void Write_CommandWithoutRoom_IsRefused() => Assert.False(GencmdMessage.Write(new byte[GencmdMessage.Bytes], new byte[4096]));

    [Fact]
    public void Write_AnyCommand_NeverNamesTheTagThatClears()
    {
        Check.QuickThrowOnFailure(Prop.ForAll<byte[]>(command =>
        {
            var message = new byte[GencmdMessage.Bytes];
            GencmdMessage.Write(message, command);
            return Words(message)[2] == GencmdMessage.Tag;
        }));
        Assert.NotEqual(0x0003_0046u, GencmdMessage.Tag);
    }

    [Fact]
    public void Read_AnsweredMessage_GivesItsText()
    {
        Span<byte> answer = stackalloc byte[64];

        Assert.Equal("throttled=0x50005".Length, GencmdMessage.Read(Answered("throttled=0x50005\0rest"), answer));
        Assert.Equal("throttled=0x50005", Encoding.ASCII.GetString(answer[..17]));
        Assert.Equal(4, GencmdMessage.Read(Answered("throttled=0x50005"), answer[..4]));
    }

    [Theory]
    [InlineData("error=1 error_msg=\"Command not registered\"", 0u, 0x8000_0000u, -Errno.NotSupported)]
    [InlineData("", 1u, 0x8000_0000u, -Errno.NotSupported)]
    [InlineData("throttled=0x0", 0u, 0x8000_0001u, -Errno.InputOutput)]
    [InlineData("throttled=0x0", 0u, 0u, -Errno.InputOutput)]
    [InlineData("", 0u, 0x8000_0000u, 0)]
    public void Read_RefusedOrUnanswered_IsAnErrno(string text, uint status, uint outcome, int expected)
    {
        var message = Answered(text);
        BinaryPrimitives.WriteUInt32LittleEndian(message.AsSpan(4), outcome);
        BinaryPrimitives.WriteUInt32LittleEndian(message.AsSpan(20), status);

        Assert.Equal(expected, GencmdMessage.Read(message, new byte[64]));
    }

    [Fact]
    public void Read_AnyBytes_StaysInsideTheAnswer() => Check.QuickThrowOnFailure(Prop.ForAll<byte[], byte>((bytes, room) =>
    {
        var message = Filled(bytes.Length > 0 ? bytes[0] : (byte)1);
        bytes.AsSpan(0, Math.Min(bytes.Length, message.Length)).CopyTo(message);
        BinaryPrimitives.WriteUInt32LittleEndian(message.AsSpan(4), 0x8000_0000);
        return GencmdMessage.Read(message, new byte[room]) <= room && GencmdMessage.Read(bytes, new byte[room]) < 0;
    }));

    private static byte[] Answered(string text)
    {
        var message = new byte[GencmdMessage.Bytes];
        GencmdMessage.Write(message, "get_throttled"u8);
        BinaryPrimitives.WriteUInt32LittleEndian(message.AsSpan(4), 0x8000_0000);
        message.AsSpan(24, 4096).Clear();
        Encoding.ASCII.GetBytes(text, message.AsSpan(24));
        return message;
    }

    private static byte[] Filled(byte value)
    {
        var message = new byte[GencmdMessage.Bytes];
        message.AsSpan().Fill(value);
        return message;
    }

    private static uint[] Words(byte[] message)
    {
        var words = new uint[message.Length / 4];
        for (var i = 0; i < words.Length; i++)
            words[i] = BinaryPrimitives.ReadUInt32LittleEndian(message.AsSpan(i * 4));
        return words;
    }
}
