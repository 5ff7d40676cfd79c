using System.Globalization;
using Homelab.NodeAgent.Gpio;
using Homelab.Units;

namespace Homelab.NodeAgent.Sensors.I2c;

/// <summary>Power monitors of Texas Instruments that are spoken to here.</summary>
internal enum MonitorKind
{
    Ina219,
    Ina226,
    Ina228,
    Ina260,
    Ina3221,
}

/// <summary>A shunt, in billionths of an ohm; zero: there is none.</summary>
internal readonly record struct Resistance(long Nanoohms)
{
    public static readonly Resistance None;
}

/// <summary>A current, in whole microamperes.</summary>
internal readonly record struct Current(long Microamperes);

/// <summary>One monitor as the operator names it; valid by construction, only <see cref="MonitorText"/> makes one.</summary>
internal sealed record MonitorSpec
{
    public required MonitorKind Kind { get; init; }

    /// <summary>N of <c>/dev/i2c-N</c>.</summary>
    public required int Bus { get; init; }

    /// <summary>0x40 to 0x4f.</summary>
    public required int Address { get; init; }

    /// <summary>By channel, one for all but the INA3221; none for the INA260, which has its own inside.</summary>
    public IReadOnlyList<Resistance> Shunts { get; init; } = [];

    /// <summary>The most that will flow; null: the most that the converter can see over the shunt.</summary>
    public Current? Range { get; init; }

    /// <summary>By channel; empty texts where nothing was said.</summary>
    public IReadOnlyList<string> Labels { get; init; } = ["", "", ""];

    /// <summary>The power above which the chip pulls its ALERT pin; null: its alert registers are left alone.</summary>
    public Power? Limit { get; init; }

    /// <summary>Where its ALERT pin is wired to; null: nowhere.</summary>
    public GpioLineName? Alert { get; init; }

    /// <summary>Channels of an INA3221, from 0, whose power is added up; empty: none.</summary>
    public IReadOnlyList<int> Sum { get; init; } = [];

    /// <summary>As the operator wrote it, with single spaces.</summary>
    public string Written { get; init; } = "";

    /// <summary>True for the rail that feeds the whole machine.</summary>
    public bool IsInput { get; init; }

    /// <summary>The word of the configuration, which is the chip's name in lower case.</summary>
    public string Word => WordOf(Kind);

    public string Device => string.Create(CultureInfo.InvariantCulture, $"{Word}@{Bus}-0x{Address:x2}");

    public string Node => string.Create(CultureInfo.InvariantCulture, $"/dev/i2c-{Bus}");

    public static string WordOf(MonitorKind kind) => kind switch
    {
        MonitorKind.Ina219 => "ina219",
        MonitorKind.Ina226 => "ina226",
        MonitorKind.Ina228 => "ina228",
        MonitorKind.Ina260 => "ina260",
        _ => "ina3221",
    };
}
