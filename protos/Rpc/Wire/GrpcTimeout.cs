using System.Globalization;

namespace Homelab.Rpc;

/// <summary>The header grpc-timeout: one to eight digits and a unit of H, M, S, m, u or n.</summary>
internal static class GrpcTimeout
{
    private const long MaxDigits = 99_999_999;

    /// <summary>The longest time a timer can hold; a longer deadline is no deadline.</summary>
    public static readonly TimeSpan Longest = TimeSpan.FromMilliseconds(uint.MaxValue - 1);

    private static readonly (char Unit, long Ticks)[] s_coarser =
    [
        ('u', TimeSpan.TicksPerMicrosecond),
        ('m', TimeSpan.TicksPerMillisecond),
        ('S', TimeSpan.TicksPerSecond),
        ('M', TimeSpan.TicksPerMinute),
        ('H', TimeSpan.TicksPerHour),
    ];

    /// <summary>In the finest unit that fits, rounded up: a peer never gives up before we do.</summary>
    public static string Format(TimeSpan timeout)
    {
        var ticks = Math.Max(0, timeout.Ticks);
        if (ticks <= MaxDigits / TimeSpan.NanosecondsPerTick)
            return string.Create(CultureInfo.InvariantCulture, $"{ticks * TimeSpan.NanosecondsPerTick}n");
        foreach (var (unit, size) in s_coarser)
        {
            var count = (ticks / size) + (ticks % size == 0 ? 0 : 1);
            if (count <= MaxDigits)
                return string.Create(CultureInfo.InvariantCulture, $"{count}{unit}");
        }

        return string.Create(CultureInfo.InvariantCulture, $"{MaxDigits}H");
    }

    /// <summary>False for anything the standard's grammar does not allow.</summary>
    public static bool TryParse(ReadOnlySpan<char> text, out TimeSpan timeout)
    {
        timeout = default;
        if (text.Length is < 2 or > 9 || !long.TryParse(text[..^1], NumberStyles.None, CultureInfo.InvariantCulture, out var count))
            return false;
        if (text[^1] == 'n')
        {
            timeout = TimeSpan.FromTicks((count + TimeSpan.NanosecondsPerTick - 1) / TimeSpan.NanosecondsPerTick);
            return true;
        }

        foreach (var (unit, size) in s_coarser)
        {
            if (unit != text[^1])
                continue;
            timeout = TimeSpan.FromTicks(count * size);
            return true;
        }

        return false;
    }
}
