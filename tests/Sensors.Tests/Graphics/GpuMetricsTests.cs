using FsCheck;
using FsCheck.Fluent;
using Homelab.NodeAgent.Sensors.Graphics;

namespace Homelab.NodeAgent.Sensors.Tests.Graphics;

public sealed class GpuMetricsTests
{
    [Theory]
    [InlineData(1, 0, 80)]
    [InlineData(1, 1, 96)]
    [InlineData(1, 2, 104)]
    [InlineData(1, 3, 120)]
    [InlineData(2, 0, 120)]
    [InlineData(2, 1, 120)]
    [InlineData(2, 2, 128)]
    [InlineData(2, 3, 152)]
    [InlineData(2, 4, 168)]
    [InlineData(3, 0, 264)]
    public void Of_EveryVersion_IsKnownWholeAndNotCutOff(byte format, byte content, int size)
    {
        var table = Table(format, content, size);

        Assert.Equal((format, content), (GpuMetrics.Of(table)!.Format, GpuMetrics.Of(table)!.Content));
        Assert.Null(GpuMetrics.Of(table.AsSpan(0, size - 8)));
    }

    [Theory]
    [InlineData(1, 4)]
    [InlineData(1, 8)]
    [InlineData(2, 5)]
    [InlineData(4, 0)]
    public void Of_AnotherVersion_IsNotGuessedAt(byte format, byte content)
    {
        Assert.Null(GpuMetrics.Of(Table(format, content, 400)));
        Assert.Equal($"{format}.{content}", GpuMetrics.Version(Table(format, content, 400)));
    }

    [Fact]
    public void Of_SizeInTheHeaderTooSmall_IsNotBelieved()
    {
        var table = Table(1, 3, 120);
        table[0] = 8;

        Assert.Null(GpuMetrics.Of(table));
    }

    [Fact]
    public void Of_AnyBytes_NeverThrowsAndEveryFieldIsInside() => Check.QuickThrowOnFailure(Prop.ForAll(
        ArbMap.Default.ArbFor<byte[]>(),
        bytes =>
        {
            var table = Prefixed(bytes);
            return GpuMetrics.Of(table) is not { } known || Fields(known).All(field => field.Offset + field.Width <= known.Size && field.In(table) != ulong.MaxValue);
        }));

    [Theory]
    [InlineData(2, 0xFFFF)]
    [InlineData(4, 0xFFFFFFFF)]
    [InlineData(8, 0xFFFFFFFFFFFFFFFF)]
    public void In_AllOnes_IsNoFigure(int width, ulong ones)
    {
        var table = new byte[8];
        Assert.Equal(0UL, new MetricsField(0, width).In(table));
        BitConverter.GetBytes(ones).CopyTo(table, 0);
        Assert.Null(new MetricsField(0, width).In(table));
    }

    internal static byte[] Table(byte format, byte content, int size)
    {
        var table = new byte[size];
        BitConverter.GetBytes((ushort)size).CopyTo(table, 0);
        (table[2], table[3]) = (format, content);
        return table;
    }

    private static IEnumerable<MetricsField> Fields(GpuMetrics known)
    {
        MetricsField?[] single = [known.Slowdown, known.Causes, known.SocHeat, known.SocketPower, known.NeuralPower, known.GraphicsPower];
        return [.. single.OfType<MetricsField>(), .. known.RegulatorHeat, .. known.BrakeTime, .. known.PowerTimes, .. known.HeatTimes];
    }

    /// <summary>Most random bytes are no known version: these are, of some length.</summary>
    private static byte[] Prefixed(byte[] bytes)
    {
        var length = bytes.Length * 7;
        var table = new byte[Math.Max(4, length)];
        bytes.CopyTo(table, 0);
        BitConverter.GetBytes((ushort)length).CopyTo(table, 0);
        (table[2], table[3]) = ((byte)(1 + (bytes.Length % 3)), (byte)(bytes.Length % 5));
        return table;
    }
}
