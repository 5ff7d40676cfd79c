using System.Runtime.InteropServices;
using System.Text;

namespace Homelab.NodeAgent.Gpio;

/// <summary>What the kernel says of a line.</summary>
/// <param name="Name">As the board's device tree calls it; empty for most.</param>
/// <param name="Consumer">Who has it; empty when free.</param>
/// <param name="Flags">Direction, bias, whether it is taken.</param>
internal sealed record GpioLineState(string Name, string Consumer, GpioFlags Flags);

/// <summary>Looks at GPIO chips and takes lines of them. Stands where <c>System.Device.Gpio.GpioController</c> would, which can not be restored here.</summary>
/// <remarks>Source: <c>Documentation/userspace-api/gpio/chardev.rst</c>. Everything returns 0 or more, or the negative errno.</remarks>
internal static class GpioChip
{
    /// <summary>The chip's own name, its label and how many lines it has.</summary>
    /// <param name="path">The device node on this machine, <c>/dev/gpiochip0</c>.</param>
    public static unsafe int Look(IGpioCalls calls, string path, out string name, out string label, out int lines)
    {
        (name, label, lines) = ("", "", 0);
        var chip = Open(calls, path);
        if (chip < 0)
            return chip;
        GpioChipInfo info = default;
        var outcome = calls.Control(chip, GpioRequest.ChipInfo, (nint)(&info));
        calls.Close(chip);
        if (outcome < 0)
            return outcome;
        (name, label, lines) = (Text(info.Name), Text(info.Label), (int)Math.Min(info.Lines, int.MaxValue));
        return 0;
    }

    /// <summary>Who has a line and how.</summary>
    public static unsafe int Look(IGpioCalls calls, string path, int offset, out GpioLineState state)
    {
        state = new GpioLineState("", "", GpioFlags.None);
        var chip = Open(calls, path);
        if (chip < 0)
            return chip;
        GpioLineInfo info = default;
        info.Offset = (uint)offset;
        var outcome = calls.Control(chip, GpioRequest.LineInfo, (nint)(&info));
        calls.Close(chip);
        if (outcome < 0)
            return outcome;
        state = new GpioLineState(Text(info.Name), Text(info.Consumer), info.Flags);
        return 0;
    }

    /// <summary>Takes one line. EBUSY: another program or a driver has it.</summary>
    /// <param name="consumer">What others see it held by, at most 31 bytes.</param>
    /// <param name="isHigh">For an output: its level from the first moment on.</param>
    /// <returns>The line's descriptor.</returns>
    public static unsafe int Take(IGpioCalls calls, string path, int offset, string consumer, GpioFlags flags, bool isHigh)
    {
        var chip = Open(calls, path);
        if (chip < 0)
            return chip;
        // All that is not said is zero: the kernel refuses padding that is not.
        GpioLineRequest request = default;
        request.Offsets[0] = (uint)offset;
        request.LineCount = 1;
        request.Flags = flags;
        Span<byte> name = request.Consumer;
        Encoding.UTF8.TryGetBytes(consumer, name[..31], out _);
        if ((flags & GpioFlags.Output) != 0)
        {
            request.AttributeCount = 1;
            request.Attributes[0] = new GpioConfigAttribute { Attribute = new GpioAttribute { Id = GpioAttribute.OutputValues, Value = isHigh ? 1UL : 0 }, Mask = 1 };
        }
        var outcome = calls.Control(chip, GpioRequest.TakeLine, (nint)(&request));
        // The line stays ours without its chip.
        calls.Close(chip);
        return outcome < 0 ? outcome : request.Descriptor;
    }

    private static int Open(IGpioCalls calls, string path)
    {
        Span<byte> name = stackalloc byte[256];
        name.Clear();
        const int nameTooLong = 36;
        return Encoding.UTF8.TryGetBytes(path, name[..^1], out var count) ? calls.Open(name[..(count + 1)]) : -nameTooLong;
    }

    private static string Text(GpioName name)
    {
        ReadOnlySpan<byte> bytes = MemoryMarshal.CreateReadOnlySpan(ref name[0], 32);
        var end = bytes.IndexOf((byte)0);
        return Encoding.UTF8.GetString(end < 0 ? bytes : bytes[..end]);
    }
}
