using System.Buffers.Binary;

namespace Homelab.NodeAgent.Vcio;

/// <summary>A property message that carries one <c>vcgencmd</c> command, as 32-bit little-endian words:
/// 0 length in bytes, 1 request (0) or outcome, 2 tag, 3 size of the value, 4 length of the answer, 5 status, then text from byte 24, and an end tag of 0.</summary>
/// <remarks>Source: <c>drivers/char/broadcom/vcio.c</c> of the Raspberry Pi kernel and <c>vcgencmd.c</c> of raspberrypi/utils, whose sizes are kept.
/// Only this tag is ever sent: <c>/dev/vcio_gencmd</c> lets no other through, and GET_THROTTLED (0x00030046) would clear what it is handed.</remarks>
internal static class GencmdMessage
{
    public const int Bytes = 4124;

    public const uint Tag = 0x00030080;

    private const int TextAt = 24;
    private const int TextBytes = 4096;
    private const uint Answered = 0x8000_0000;
    private const int InputOutput = 5;
    private const int TooBig = 27;
    private const int NotSupported = 95;

    /// <summary>Fills the message with a request. False when the command does not fit.</summary>
    public static bool Write(Span<byte> message, ReadOnlySpan<byte> command)
    {
        if (command.Length >= TextBytes)
            return false;
        message.Clear();
        BinaryPrimitives.WriteUInt32LittleEndian(message, Bytes);
        BinaryPrimitives.WriteUInt32LittleEndian(message[8..], Tag);
        BinaryPrimitives.WriteUInt32LittleEndian(message[12..], TextBytes);
        command.CopyTo(message[TextAt..]);
        return true;
    }

    /// <summary>The text of an answered message. A command that the firmware refuses is EOPNOTSUPP; a message that it did not answer is EIO.</summary>
    /// <returns>Bytes copied, or the negative errno.</returns>
    public static int Read(ReadOnlySpan<byte> message, Span<byte> answer)
    {
        if (message.Length != Bytes)
            return -TooBig;
        if (BinaryPrimitives.ReadUInt32LittleEndian(message[4..]) != Answered)
            return -InputOutput;
        var text = message.Slice(TextAt, TextBytes);
        var end = text.IndexOf((byte)0);
        if (end >= 0)
            text = text[..end];
        // An unknown command sets the status, says error=1 error_msg="Command not registered", or both.
        if (BinaryPrimitives.ReadUInt32LittleEndian(message[20..]) != 0 || text.StartsWith("error="u8))
            return -NotSupported;
        text = text[..Math.Min(text.Length, answer.Length)];
        text.CopyTo(answer);
        return text.Length;
    }
}
