using System.Buffers.Binary;

namespace Homelab.NodeAgent.Sensors.Graphics;

/// <summary>A number in amdgpu's <c>gpu_metrics</c> table.</summary>
/// <param name="Offset">Bytes from the start of the file.</param>
/// <param name="Width">2, 4 or 8 bytes, little endian; all ones mean that the chip does not fill it.</param>
internal readonly record struct MetricsField(int Offset, int Width)
{
    /// <summary>Null where the chip has no figure.</summary>
    public ulong? In(ReadOnlySpan<byte> table) => Width switch
    {
        2 => BinaryPrimitives.ReadUInt16LittleEndian(table[Offset..]) is var two && two == ushort.MaxValue ? null : two,
        4 => BinaryPrimitives.ReadUInt32LittleEndian(table[Offset..]) is var four && four == uint.MaxValue ? null : four,
        _ => BinaryPrimitives.ReadUInt64LittleEndian(table[Offset..]) is var eight && eight == ulong.MaxValue ? null : eight,
    };
}

/// <summary>Where a version of amdgpu's <c>gpu_metrics</c> has what is read of it. Null: the version has it not, or in a unit that differs from chip to chip.</summary>
/// <remarks>Source: <c>drivers/gpu/drm/amd/include/kgd_pp_interface.h</c>. The header is a 16-bit size, and the format's and the content's revision. Power is left out
/// before 3.0: one chip's table mixes watts and milliwatts (Raphael: socket 27, processor 12846). Temperatures are degrees in format 1, hundredths in 2 and 3.</remarks>
/// <param name="Format">Revision of the format.</param>
/// <param name="Content">Revision of the content.</param>
/// <param name="Size">Bytes that it has at least.</param>
internal sealed record GpuMetrics(byte Format, byte Content, int Size)
{
    /// <summary>Longer than any known table.</summary>
    public const int Capacity = 512;

    private static readonly GpuMetrics[] Known =
    [
        new(1, 0, 76) { Slowdown = new(68, 4), RegulatorHeat = [new(22, 2), new(24, 2), new(26, 2)] },
        new(1, 1, 96) { Slowdown = new(68, 4), RegulatorHeat = [new(10, 2), new(12, 2), new(14, 2)] },
        new(1, 2, 104) { Slowdown = new(68, 4), RegulatorHeat = [new(10, 2), new(12, 2), new(14, 2)] },
        new(1, 3, 120) { Slowdown = new(68, 4), Causes = new(112, 8), RegulatorHeat = [new(10, 2), new(12, 2), new(14, 2)] },
        new(2, 0, 120) { Slowdown = new(112, 4), SocHeat = new(18, 2) },
        new(2, 1, 120) { Slowdown = new(108, 4), SocHeat = new(6, 2) },
        new(2, 2, 128) { Slowdown = new(108, 4), Causes = new(120, 8), SocHeat = new(6, 2) },
        new(2, 3, 152) { Slowdown = new(108, 4), Causes = new(120, 8), SocHeat = new(6, 2) },
        new(2, 4, 164) { Slowdown = new(108, 4), Causes = new(120, 8), SocHeat = new(6, 2) },
        new(3, 0, 264)
        {
            SocHeat = new(6, 2),
            SocketPower = new(112, 4),
            NeuralPower = new(116, 2),
            GraphicsPower = new(124, 4),
            // prochot, then the sustained, fast and slow power limits, then the cores', graphics' and SoC's heat.
            BrakeTime = [new(228, 4)],
            PowerTimes = [new(232, 4), new(236, 4), new(240, 4)],
            HeatTimes = [new(244, 4), new(248, 4), new(252, 4)],
        },
    ];

    /// <summary>Bits whose meaning differs from chip to chip: any of them says that something holds the clocks down.</summary>
    public MetricsField? Slowdown { get; init; }

    /// <summary>Bits of the kernel's own: 0 to 15 power, 16 to 31 current, 32 to 47 heat (<c>SMU_THROTTLER_*</c>).</summary>
    public MetricsField? Causes { get; init; }

    /// <summary>Hundredths of a degree.</summary>
    public MetricsField? SocHeat { get; init; }

    /// <summary>Degrees: of the voltage regulators of graphics, SoC and memory.</summary>
    public MetricsField[] RegulatorHeat { get; init; } = [];

    /// <summary>Milliwatts: what counts for the package's limits.</summary>
    public MetricsField? SocketPower { get; init; }

    /// <summary>Milliwatts.</summary>
    public MetricsField? NeuralPower { get; init; }

    /// <summary>Milliwatts.</summary>
    public MetricsField? GraphicsPower { get; init; }

    /// <summary>Time held down, in a unit that the firmware keeps to itself: that it grows says enough.</summary>
    public MetricsField[] BrakeTime { get; init; } = [];

    public MetricsField[] PowerTimes { get; init; } = [];

    public MetricsField[] HeatTimes { get; init; } = [];

    /// <summary>Null for a table that is cut off or of a version that is not known here.</summary>
    public static GpuMetrics? Of(ReadOnlySpan<byte> table)
    {
        foreach (var known in Known)
        {
            if (known.Fits(table))
                return known;
        }
        return null;
    }

    /// <summary>The table's own words for its version, <c>1.3</c>; empty when it is too short for any.</summary>
    public static string Version(ReadOnlySpan<byte> table) => table.Length < 4 ? "" : FormattableString.Invariant($"{table[2]}.{table[3]}");

    public bool Fits(ReadOnlySpan<byte> table) =>
        table.Length >= Size && table[2] == Format && table[3] == Content && BinaryPrimitives.ReadUInt16LittleEndian(table) >= Size;
}
