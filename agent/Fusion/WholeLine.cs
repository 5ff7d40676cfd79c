using Homelab.Units;

namespace Homelab.NodeAgent.Fusion;

/// <summary>The whole node's draw from a part of it, or from its activity: base + slope · x, watts.</summary>
/// <param name="Base">Watts at x = 0.</param>
/// <param name="Slope">Watts for each unit of x.</param>
/// <param name="Deviation">Standard deviation of what was measured about the line, watts.</param>
/// <param name="From">Least x that the line was learned at.</param>
/// <param name="To">Greatest x that the line was learned at.</param>
/// <param name="Scale">What x spans on this machine, above zero.</param>
/// <param name="Scope">What the teaching meter covers.</param>
internal readonly record struct WholeLine(double Base, double Slope, double Deviation, double From, double To, double Scale, PowerScope Scope)
{
    /// <summary>A meter's own error, and what no line says.</summary>
    public const double LeastUncertainty = 0.05;

    public Power At(double x) => Power.FromWatts(Math.Max(0, Base + (Slope * x)));

    /// <summary>± share of <see cref="At"/>: twice the deviation, and beyond what was learned the more of <paramref name="unlearned"/> the farther it is.</summary>
    /// <param name="x">Where the line is asked.</param>
    /// <param name="unlearned">The share that holds without any learning, 0 to 1.</param>
    public double Uncertainty(double x, double unlearned)
    {
        var watts = Base + (Slope * x);
        if (!(watts > 0))
            return 1;
        var beyond = Math.Max(0, Math.Max(From - x, x - To)) / Scale;
        var known = Math.Max(LeastUncertainty, 2 * Deviation / watts);
        return Math.Clamp(Math.Max(known, LeastUncertainty + (unlearned * Math.Min(1, beyond))), LeastUncertainty, 1);
    }
}
