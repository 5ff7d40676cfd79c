using System.Collections.Immutable;
using Homelab.Units;

namespace Homelab.RecordedHosts;

/// <summary>What the plant needs to know of a machine: how its watts follow its work, and its heat its watts.</summary>
/// <remarks>Good for a demo and for tests of control loops; not a calibration of any real machine.</remarks>
internal sealed record MachineModel
{
    public required ImmutableArray<ClusterShape> Clusters { get; init; }

    /// <summary>Power with nothing to do.</summary>
    public required Power Idle { get; init; }

    /// <summary>Power with every core busy at its highest frequency.</summary>
    public required Power Busy { get; init; }

    /// <summary>Dynamic power goes with this power of the frequency: voltage falls with it, but not to zero.</summary>
    public double Exponent { get; init; } = 2.4;

    /// <summary>First-order lag of power behind work: regulators and what they feed.</summary>
    public TimeSpan PowerLag { get; init; } = TimeSpan.FromMilliseconds(100);

    /// <summary>Thermal resistance from die to room, °C/W.</summary>
    public required double CelsiusPerWatt { get; init; }

    /// <summary>First-order lag of temperature behind power.</summary>
    public TimeSpan ThermalLag { get; init; } = TimeSpan.FromSeconds(40);

    public Temperature Ambient { get; init; } = new(27_000);

    /// <summary>Where the kernel or the firmware begins to slow the cores.</summary>
    public Temperature PassiveTrip { get; init; } = new(85_000);

    /// <summary>The temperature a given power settles at, were nothing to cool it.</summary>
    public double SettledCelsius(Power power) => Ambient.Celsius + CelsiusPerWatt * power.Watts;

    /// <summary>The figures for a recorded tree by its folder's name; a tree nobody gave figures for gets those of a small mini-PC.</summary>
    /// <remarks>
    /// Idle and busy: wall watts of geerlingguy/sbc-reviews (idle and stress-ng) for RK1 and Pi 4B, idle and HPL for an N100 board.
    /// For the UM890 no measurement is known: 54 W is the processor's default power limit, 5 W a guess. The NUC 11 holds the 40 W its firmware sets.
    /// Nothing outside the package is modelled for machines with RAPL: their package is the machine.
    /// Thermal figures are chosen so that busy machines settle 5 to 20 °C below their trip.
    /// </remarks>
    public static MachineModel For(string machine, ImmutableArray<ClusterShape> clusters) => machine switch
    {
        "um890" => Of(5, 54, 1.05) with { PassiveTrip = new(95_000) },
        "nuc11" => Of(6, 40, 1.3) with { PassiveTrip = new(95_000) },
        "rk1" => Of(2.85, 15, 3) with { ThermalLag = TimeSpan.FromSeconds(25) },
        "pi4b" => Of(1.6, 5, 7) with { PassiveTrip = new(80_000) },
        _ => Of(5.5, 25, 1.9) with { PassiveTrip = new(95_000) },
    } with
    { Clusters = clusters };

    /// <summary>The same machine with a dustier fan and other silicon: each instance after the first gets rid of less heat and draws some percent
    /// more or less for the same work, so that copies are not all alike and no table fits all of them.</summary>
    public MachineModel Instance(int ordinal) => this with
    {
        CelsiusPerWatt = CelsiusPerWatt * (1 + 0.5 * ordinal),
        Busy = Idle + (Busy - Idle) * (1 + Silicon[ordinal % Silicon.Length]),
    };

    private static readonly double[] Silicon = [0, 0.04, -0.05, 0.02];

    private static MachineModel Of(double idle, double busy, double celsiusPerWatt) => new()
    {
        Clusters = [],
        Idle = Power.FromWatts(idle),
        Busy = Power.FromWatts(busy),
        CelsiusPerWatt = celsiusPerWatt,
    };
}
