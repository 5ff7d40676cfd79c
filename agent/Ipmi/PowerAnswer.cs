using System.Buffers.Binary;

namespace Homelab.NodeAgent.Ipmi;

/// <summary>Whether an answer to <see cref="IpmiRequest.PowerReading"/> can be used.</summary>
internal enum PowerAnswerKind
{
    /// <summary>The watts are measured.</summary>
    Measured,

    /// <summary>The controller says that it does not measure now: its numbers are to be thrown away.</summary>
    Inactive,

    /// <summary>Measured, and 0 W, which nothing that answers can draw.</summary>
    Zero,

    /// <summary>Too short, or not DCMI.</summary>
    Malformed,
}

/// <summary>A DCMI power reading, in whole watts: now, and least, most and mean since the controller's statistics began.</summary>
/// <remarks>DCMI 1.5, table 6-16: completion code, 0xDC, four times u16 W, u32 time, u32 period in ms, state with bit 6 "measurement active"; little-endian.</remarks>
internal readonly struct PowerAnswer(PowerAnswerKind kind, ushort now, ushort least, ushort most, ushort mean)
{
    public const int Bytes = 19;

    private const byte DcmiGroup = 0xDC;
    private const byte MeasuresBit = 1 << 6;

    public PowerAnswerKind Kind => kind;

    public ushort Now => now;

    public ushort Least => least;

    public ushort Most => most;

    public ushort Mean => mean;

    /// <param name="answer">With a completion code of 0.</param>
    public static PowerAnswer Of(ReadOnlySpan<byte> answer)
    {
        if (answer.Length < Bytes || answer[0] != CompletionCode.Success || answer[1] != DcmiGroup)
            return new(PowerAnswerKind.Malformed, 0, 0, 0, 0);
        if ((answer[18] & MeasuresBit) == 0)
            return new(PowerAnswerKind.Inactive, 0, 0, 0, 0);
        var now = Watts(answer, 2);
        return new(now == 0 ? PowerAnswerKind.Zero : PowerAnswerKind.Measured, now, Watts(answer, 4), Watts(answer, 6), Watts(answer, 8));
    }

    private static ushort Watts(ReadOnlySpan<byte> answer, int at) => BinaryPrimitives.ReadUInt16LittleEndian(answer[at..]);
}
