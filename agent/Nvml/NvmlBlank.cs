namespace Homelab.NodeAgent.Nvml;

/// <summary>Numbers that stand for "no number". The driver writes all ones; DCGM and what sits on it fill in 0x7ffffff0 and up (blank, not found, not supported, not
/// permitted), the same with 64 bits, and 2⁴⁷ and up as floating point.</summary>
internal static class NvmlBlank
{
    private const uint First = 0x7FFF_FFF0;
    private const ulong FirstWide = 0x7FFF_FFFF_FFFF_FFF0;
    private const double FirstFloat = 140737488355328.0;

    // DCGM keeps 16 values from the first, and names 4.
    private const uint Width = 16;

    public static bool Is(uint value) => value == uint.MaxValue || value - First < Width;

    /// <summary>All ones are -1 here, which a temperature below a limit can be.</summary>
    public static bool Is(int value) => (uint)value - First < Width;

    /// <summary>Also of a number above what a signed one can hold, which no counter reaches.</summary>
    public static bool Is(ulong value) => value >= FirstWide;

    /// <summary>Also of what is no number, and of bits that were meant as something else.</summary>
    public static bool Is(double value) => !(Math.Abs(value) < FirstFloat) || double.IsSubnormal(value);
}
