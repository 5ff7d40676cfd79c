using Homelab.Units;

namespace Homelab.NodeAgent.Sensors.PowerSupply;

/// <summary>A flag from the word in a file: 0 for the good word, 1 for any other that means something.</summary>
internal sealed class HealthSensor(SensorInfo info, HostRoot root) : ISensor
{
    private static readonly Reading Unknown = Reading.None(Quality.Unsupported, "the driver does not know the battery's health");

    private readonly PseudoPath _path = root.Locate(info.Path);
    private readonly ReadFailure _failure = new(info.Path);

    public SensorInfo Info => info;

    public Reading Read()
    {
        Span<byte> buffer = stackalloc byte[64];
        var count = root.Files.Read(_path, buffer);
        if (count < 0)
            return _failure.Of(-count);
        var word = buffer[..count].TrimEnd(" \t\r\n\0"u8);
        if (word.IsEmpty)
            return _failure.OfEmpty();
        if (word.SequenceEqual("Unknown"u8))
            return Unknown;
        if (word.SequenceEqual("Good"u8))
            return Reading.Ok(0);
        return IsWord(word) ? Reading.Ok(1_000_000) : _failure.OfGarbage("a word of the kernel's for a battery's health");
    }

    // A later kernel's word is one, too: it means something, and that is not "Good".
    private static bool IsWord(ReadOnlySpan<byte> text)
    {
        foreach (var letter in text)
        {
            if (letter != (byte)' ' && !char.IsAsciiLetter((char)letter))
                return false;
        }
        return char.IsAsciiLetterUpper((char)text[0]);
    }
}
