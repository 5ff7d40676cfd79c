using System.Globalization;

namespace Homelab.NodeAgent.Sensors.I2c;

/// <summary>What a chip can not do, said before it is asked to. Pure.</summary>
internal static class MonitorLimits
{
    /// <summary>Why the settings do not go together; empty when they do.</summary>
    public static string Check(MonitorSpec spec) => spec.Kind switch
    {
        MonitorKind.Ina260 when spec.Shunts[0] != Resistance.None || spec.Range is not null => "an ina260 has its shunt inside: leave out shunt and range",
        not MonitorKind.Ina260 when !spec.Shunts.Any(static shunt => shunt != Resistance.None) => "says no shunt, and without its resistance there is no current: add shunt=2mOhm",
        MonitorKind.Ina3221 when spec.Range is not null => "an ina3221 takes no range: its registers are not scaled",
        MonitorKind.Ina3221 when spec.Limit is not null => "an ina3221 compares no power: leave out limit",
        not MonitorKind.Ina3221 when spec.Sum.Count > 0 => "sum is for the ina3221; this chip has one channel",
        MonitorKind.Ina3221 when spec.Sum.Any(channel => spec.Shunts[channel] == Resistance.None) => "sum names a channel that has no shunt",
        MonitorKind.Ina3221 when spec is { IsInput: true, Sum.Count: 0 } => "role=input needs sum= with the channels that feed the machine, like sum=1",
        MonitorKind.Ina219 when spec.Alert is not null || spec.Limit is not null => "an ina219 has no ALERT pin: leave out alert and limit",
        _ => CheckRange(spec),
    };

    private static string CheckRange(MonitorSpec spec)
    {
        if (spec.Range is { } range)
        {
            // µA × nΩ is 10⁻¹⁵ V; here in microvolts.
            var drop = (Int128)range.Microamperes * spec.Shunts[0].Nanoohms / 1_000_000_000;
            var most = FullScale(spec.Kind);
            if (drop > most)
                return string.Create(CultureInfo.InvariantCulture, $"{range.Microamperes / 1e6:0.###} A over this shunt is {(double)drop / 1e3:0.###} mV, and the chip sees {most / 1e3:0.###} mV: a smaller shunt or range");
            if (Calibration.Of(spec) is < 16 or > 0x7FFF)
                return "range and shunt leave no calibration of this chip: a range nearer to what the shunt can carry";
        }
        return spec.Limit is { } limit && Calibration.AlertLimit(spec) is < 1 or > 0xFFFF
            ? string.Create(CultureInfo.InvariantCulture, $"limit={limit.Watts:0.###}W is not within what the chip can measure")
            : "";
    }

    /// <summary>Microvolts that the shunt register can count; an INA219's converter ends a little before, at 320 mV.</summary>
    public static long FullScale(MonitorKind kind) => kind switch
    {
        MonitorKind.Ina219 => 327_680,
        MonitorKind.Ina226 => 81_920,
        _ => 163_840,
    };
}
