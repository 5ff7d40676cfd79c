using System.Buffers.Text;

namespace Homelab.NodeAgent.Sensors.Devfreq;

/// <summary>Text of <c>rknpu/load</c>: <c>NPU load:  Core0:  0%, Core1:  5%, Core2:  0%,</c> (RK3588) or <c>NPU load:  0%</c> (RK3566, RK3568). Pure.</summary>
internal static class NpuLoadText
{
    private const int MostCores = 8;

    /// <summary>How many cores the text names in order from 0; 0 for a part that names none.</summary>
    public static int CountCores(ReadOnlySpan<byte> text)
    {
        var cores = 0;
        while (cores < MostCores && After(text, cores).Length > 0)
            cores++;
        return cores;
    }

    /// <summary>The percentage of a core, or of the only one; false when there is none: it may be blank.</summary>
    public static bool TryPercent(ReadOnlySpan<byte> text, int? core, out uint percent)
    {
        percent = 0;
        var colon = text.IndexOf((byte)':');
        var rest = core is { } number ? After(text, number) : colon < 0 ? default : text[(colon + 1)..];
        rest = rest.TrimStart((byte)' ');
        if (!Utf8Parser.TryParse(rest, out percent, out var used) || used == 0)
            return false;
        rest = rest[used..].TrimStart((byte)' ');
        return rest.StartsWith("%"u8);
    }

    /// <summary>What follows <c>CoreN:</c>.</summary>
    private static ReadOnlySpan<byte> After(ReadOnlySpan<byte> text, int core)
    {
        ReadOnlySpan<byte> key = [(byte)'C', (byte)'o', (byte)'r', (byte)'e', (byte)('0' + core), (byte)':'];
        var at = text.IndexOf(key);
        return at < 0 ? default : text[(at + key.Length)..];
    }
}
