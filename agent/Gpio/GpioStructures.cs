using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace Homelab.NodeAgent.Gpio;

/// <summary>ioctl numbers of <c>linux/gpio.h</c>, version 2 of the character device (Linux 5.10).</summary>
internal static class GpioRequest
{
    public const uint ChipInfo = 0x8044_B401;
    public const uint LineInfo = 0xC100_B405;
    public const uint TakeLine = 0xC250_B407;
    public const uint Values = 0xC010_B40E;
    public const uint SetValues = 0xC010_B40F;
}

/// <summary><c>GPIO_V2_LINE_FLAG_*</c>.</summary>
[Flags]
internal enum GpioFlags : ulong
{
    None = 0,

    /// <summary>The kernel or another program has the line.</summary>
    Used = 0x1,
    ActiveLow = 0x2,
    Input = 0x4,
    Output = 0x8,
    EdgeRising = 0x10,
    EdgeFalling = 0x20,
    PullUp = 0x100,
}

/// <summary>Names of the kernel's: 32 bytes with a closing NUL.</summary>
[InlineArray(32)]
internal struct GpioName
{
    private byte _first;
}

/// <summary><c>struct gpiochip_info</c>, 68 bytes.</summary>
[StructLayout(LayoutKind.Sequential)]
internal struct GpioChipInfo
{
    public GpioName Name;
    public GpioName Label;
    public uint Lines;
}

/// <summary><c>struct gpio_v2_line_attribute</c>, 16 bytes.</summary>
[StructLayout(LayoutKind.Sequential)]
internal struct GpioAttribute
{
    public const uint OutputValues = 2;

    public uint Id;
    public uint Padding;

    /// <summary>Flags, values or microseconds, by id.</summary>
    public ulong Value;
}

/// <summary><c>struct gpio_v2_line_info</c>, 256 bytes.</summary>
[StructLayout(LayoutKind.Sequential)]
internal struct GpioLineInfo
{
    public GpioName Name;
    public GpioName Consumer;
    public uint Offset;
    public uint AttributeCount;
    public GpioFlags Flags;
    public TenAttributes Attributes;
    public FourWords Padding;

    [InlineArray(10)]
    internal struct TenAttributes
    {
        private GpioAttribute _first;
    }

    [InlineArray(4)]
    internal struct FourWords
    {
        private uint _first;
    }
}

/// <summary><c>struct gpio_v2_line_config_attribute</c>, 24 bytes.</summary>
[StructLayout(LayoutKind.Sequential)]
internal struct GpioConfigAttribute
{
    public GpioAttribute Attribute;

    /// <summary>The lines of the request that it is for, by index.</summary>
    public ulong Mask;
}

/// <summary><c>struct gpio_v2_line_request</c> with its <c>gpio_v2_line_config</c>, 592 bytes.</summary>
[StructLayout(LayoutKind.Sequential)]
internal struct GpioLineRequest
{
    public SixtyFourOffsets Offsets;
    public GpioName Consumer;
    public GpioFlags Flags;
    public uint AttributeCount;
    public FiveWords ConfigPadding;
    public TenAttributes Attributes;
    public uint LineCount;
    public uint EventBufferSize;
    public FiveWords Padding;

    /// <summary>The kernel's answer.</summary>
    public int Descriptor;

    [InlineArray(64)]
    internal struct SixtyFourOffsets
    {
        private uint _first;
    }

    [InlineArray(5)]
    internal struct FiveWords
    {
        private uint _first;
    }

    [InlineArray(10)]
    internal struct TenAttributes
    {
        private GpioConfigAttribute _first;
    }
}

/// <summary><c>struct gpio_v2_line_values</c>, 16 bytes.</summary>
[StructLayout(LayoutKind.Sequential)]
internal struct GpioValues
{
    public ulong Bits;
    public ulong Mask;
}

/// <summary><c>struct gpio_v2_line_event</c>, 48 bytes.</summary>
[StructLayout(LayoutKind.Sequential)]
internal struct GpioEvent
{
    /// <summary>Of the monotonic clock.</summary>
    public ulong Nanoseconds;

    /// <summary>1 for an edge to active, 2 for one to inactive.</summary>
    public uint Id;
    public uint Offset;

    /// <summary>Counts the events of all lines of the request, from 1; a gap: the kernel's buffer ran over.</summary>
    public uint Sequence;
    public uint LineSequence;
    public SixWords Padding;

    [InlineArray(6)]
    internal struct SixWords
    {
        private uint _first;
    }
}
