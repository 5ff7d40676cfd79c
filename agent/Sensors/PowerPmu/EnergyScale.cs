using System.Globalization;

namespace Homelab.NodeAgent.Sensors.PowerPmu;

/// <summary>What one count of an energy event is worth, exact for all scales of the kernel (2⁻³² J).</summary>
/// <param name="microjoulesTimes2To64">As a fraction of 2⁶⁴: counts times this, without the lower 64 bits, are microjoules.</param>
internal readonly struct EnergyScale(ulong microjoulesTimes2To64)
{
    private const double Least = 1e-15;
    private const double Most = 1e-6;

    public ulong MicrojoulesTimes2To64 => microjoulesTimes2To64;

    /// <param name="text">Joules per count: <c>2.3283064365386962890625e-10</c>.</param>
    /// <param name="scale">Of one count.</param>
    /// <returns>False for anything that is not a number from 10⁻¹⁵ up to, and without, 10⁻⁶.</returns>
    public static bool TryParse(string? text, out EnergyScale scale)
    {
        scale = default;
        if (!double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out var joules) || joules is not (>= Least and < Most))
            return false;
        scale = new((ulong)(joules * 1e6 * 18446744073709551616.0));
        return true;
    }

    /// <returns>Microjoules, rounded down; at most what a <see cref="long"/> holds.</returns>
    public long Apply(ulong count)
    {
        var micros = Math.BigMul(count, MicrojoulesTimes2To64, out _);
        return micros > long.MaxValue ? long.MaxValue : (long)micros;
    }
}
