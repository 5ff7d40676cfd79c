using System.Buffers.Text;
using System.Globalization;
using System.Text;

namespace Homelab.NodeAgent.Actuators;

/// <summary>What came of putting a value.</summary>
/// <param name="Path">The file; null when nothing was done.</param>
/// <param name="Code">0, an errno, or a <see cref="ControlCode"/>.</param>
/// <param name="OnWrite">The write failed rather than the read before or after it.</param>
/// <param name="Holds">What the file reads afterwards; null when it can not be read.</param>
internal readonly record struct PutResult(string? Path, bool WasWritten, int Code, bool OnWrite, long? Holds)
{
    /// <summary>Of several files: written if one was, failed as the first that failed.</summary>
    public PutResult And(PutResult next) =>
        (Code == 0 && next.Code != 0 ? next : this) with { WasWritten = WasWritten || next.WasWritten };
}

/// <summary>One file of the kernel that a limiter writes. It writes only what is not there already, and believes only what it reads back.</summary>
internal sealed class ControlFile(string path, PseudoPath located, IControlFiles files, OriginalsJournal? originals)
{
    private const int MaxText = 128;

    /// <summary>cpufreq brings a new ceiling into force in a work item of its own (cpufreq_notifier_max): right after the write the old one may still stand.</summary>
    private const int LooksAfterWrite = 50;

    private byte[]? _found;
    private bool _isOurs;
    private bool _isReachable;
    private long _asked;
    private long _granted;

    public string Path => path;

    /// <summary>A driver refused this file or ignored a write: left alone by <see cref="TryPut(long)"/> until <see cref="PutOriginal"/>.</summary>
    public bool IsGivenUp { get; private set; }

    /// <summary>The text before anyone of us wrote: from the journal, else as this object found it; null when it was never read.</summary>
    public string? Original => originals?.Original(path) ?? (_found is null ? null : Encoding.UTF8.GetString(_found));

    /// <summary>The number in the journal: what the machine came with, and not a passing hold by a governor; null when none is recorded.</summary>
    public long? RecordedNumber => TryNumber(originals?.Original(path), out var number) ? number : null;

    public long? OriginalNumber => TryNumber(Original, out var number) ? number : null;

    /// <summary>The whole text, with its newline; null and the errno when it can not be read.</summary>
    public string? ReadText(out int errno)
    {
        Span<byte> buffer = stackalloc byte[MaxText];
        var count = Look(buffer, out errno);
        return errno == 0 ? Encoding.UTF8.GetString(buffer[..count]) : null;
    }

    /// <summary>The number in the file; null with an errno, or with <see cref="ControlCode.Garbage"/>. Allocates nothing while the file stays the same.</summary>
    public long? ReadNumber(out int code)
    {
        Span<byte> buffer = stackalloc byte[MaxText];
        var count = Look(buffer, out code);
        if (code != 0)
            return null;
        var text = buffer[..count].Trim("\0\n\r\t "u8);
        if (Utf8Parser.TryParse(text, out long number, out var used) && used == text.Length && text[0] != (byte)'+')
            return number;
        code = ControlCode.Garbage;
        return null;
    }

    /// <summary>0 when a write would reach the driver: asked until it is so for the first time.</summary>
    public int Probe()
    {
        var code = _isReachable ? 0 : -files.Probe(located);
        _isReachable = code == 0;
        return code;
    }

    /// <summary>Puts a ceiling: nothing is written while the value asked for last time, or a lower one, is still there.</summary>
    /// <remarks>Lower than asked is a driver that rounds, or a thermal governor that needs it so; raising it again would be a fight. Zero is no
    /// ceiling at all. A value that stays above the one asked is <see cref="ControlCode.Ignored"/>, and is written again next time.</remarks>
    public PutResult PutCeiling(long value)
    {
        if (ReadNumber(out var code) is not { } before)
            return new PutResult(path, false, code, false, null);
        if (before == value || (_asked == value && before > 0 && before <= Math.Max(value, _granted)))
            return new PutResult(path, false, 0, false, before);
        (_asked, _granted) = (0, 0);
        code = WriteText(value.ToString(CultureInfo.InvariantCulture) + "\n");
        if (code != 0)
            return new PutResult(path, true, code, true, before);
        if (ReadNumber(out code) is not { } after)
            return new PutResult(path, true, code, false, null);
        for (var look = 0; look < LooksAfterWrite && after > value && after == before; look++)
        {
            _ = Thread.Yield();
            after = ReadNumber(out _) ?? after;
        }
        if (after > value && after == before)
            return new PutResult(path, true, ControlCode.Ignored, true, after);
        (_asked, _granted) = (value, after);
        return new PutResult(path, true, 0, false, after);
    }

    /// <summary>Puts a word or a switch; what the driver makes of it is not looked at.</summary>
    public PutResult PutText(string word)
    {
        if (ReadText(out var errno) is not { } before)
            return new PutResult(path, false, errno, false, null);
        if (string.Equals(before.Trim(), word, StringComparison.Ordinal))
            return new PutResult(path, false, 0, false, null);
        errno = WriteText(word + "\n");
        return new PutResult(path, true, errno, errno != 0, null);
    }

    /// <summary><see cref="PutCeiling"/> of a file that helps and that the limit does not hang on: after one failure it is left alone.</summary>
    public PutResult TryPut(long value) => IsGivenUp ? default : Remember(PutCeiling(value));

    /// <inheritdoc cref="TryPut(long)"/>
    public PutResult TryPut(string word) => IsGivenUp ? default : Remember(PutText(word));

    /// <summary>Puts back what was there at first; nothing is written where it is there already, or was never read.</summary>
    public PutResult PutOriginal()
    {
        IsGivenUp = false;
        (_asked, _granted) = (0, 0);
        if (Original is not { } original || !_isOurs && originals?.Original(path) is null)
            return default;
        if (ReadText(out var errno) is not { } before)
            return new PutResult(path, false, errno, false, null);
        if (string.Equals(before.Trim(), original.Trim(), StringComparison.Ordinal))
            return default;
        errno = WriteText(original);
        return new PutResult(path, true, errno, errno != 0, null);
    }

    /// <summary>A whole decimal number with optional minus sign, between blanks.</summary>
    public static bool TryNumber(string? text, out long number) =>
        long.TryParse(text.AsSpan().Trim("\0\n\r\t "), NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out number);

    /// <summary>Writes a text as it is. 0, an errno or a <see cref="ControlCode"/>.</summary>
    public int PutRaw(string text) => WriteText(text);

    private int WriteText(string text)
    {
        Span<byte> buffer = stackalloc byte[MaxText];
        if (!Encoding.UTF8.TryGetBytes(text, buffer, out var count))
            return Errno.TooBig;
        _isOurs = true;
        var code = -files.Write(located, buffer[..count]);
        _isReachable = code == 0;
        return code;
    }

    private int Look(Span<byte> buffer, out int errno)
    {
        var count = files.Read(located, buffer);
        errno = count < 0 ? -count : 0;
        if (count >= 0 && !_isOurs && !buffer[..count].SequenceEqual(_found))
            _found = buffer[..count].ToArray();
        return count;
    }

    private PutResult Remember(PutResult result)
    {
        IsGivenUp = result.Code != 0;
        return result;
    }
}
