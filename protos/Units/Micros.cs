namespace Homelab.Units;

/// <summary>The one rounding rule from base units to the millionths that every unit here is stored in.</summary>
internal static class Micros
{
    private const double Limit = 9.2e18;

    public static long FromUnits(double units)
    {
        var micros = Math.Round(units * 1e6, MidpointRounding.ToEven);
        return Math.Abs(micros) <= Limit
            ? (long)micros
            : throw new OverflowException($"{units} does not fit into 64-bit millionths");
    }
}
