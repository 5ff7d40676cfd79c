using Homelab.Units;

namespace Homelab.NodeAgent.Sensors.I2c;

/// <summary>INA3221: three channels of 26 V, 13 bits. Source: TI SBOS576. Shunt 40 µV a bit and bus 8 mV, both three bits up; current and power are arithmetic on them.</summary>
/// <remarks>Its CRITICAL and WARNING pins keep the functions that something else gave them.</remarks>
internal sealed class Ina3221(MonitorSpec spec) : MonitorChip(spec)
{
    private const long Ready = 0b1;
    private const int Most = 4_095;
    private const int Least = -4_096;

    // Means of 16 samples of 1.1 ms of all that is on, in turn without end.
    private const ushort Continuous = 0x0527;

    private readonly Ratio[] _steps = [.. spec.Shunts.Select(static shunt => new Ratio(40_000_000_000, Math.Max(shunt.Nanoohms, 1)))];

    public override IReadOnlyList<MonitorIdentity> Identity { get; } = [new(0xFE, 0xFFFF, TexasInstruments), new(0xFF, 0xFFFF, 0x3220)];

    public override IReadOnlyList<MonitorSetting> Settings { get; } = [new(0x00, 0x7FFF, (ushort)(Continuous | Enabled(spec)))];

    public override IReadOnlyList<MonitorRegister> Registers { get; } = [new(0x01), new(0x02), new(0x03), new(0x04), new(0x05), new(0x06), new(0x0F)];

    public override IReadOnlyList<MonitorChannel> Channels => field ??= [.. List()];

    public override TimeSpan Settling => TimeSpan.FromMilliseconds(220);

    public override bool IsConverted(ReadOnlySpan<long> words) => (words[6] & Ready) != 0;

    public override void Decode(ReadOnlySpan<long> words, Span<Reading> readings)
    {
        Span<Reading> powers = [default, default, default];
        var next = 0;
        for (var i = 0; i < 3; i++)
        {
            if (Spec.Shunts[i] == Resistance.None)
                continue;
            var of = readings.Slice(next, 4);
            Channel(i, next, (short)words[2 * i] >> 3, (short)words[(2 * i) + 1] >> 3, of);
            (powers[i], next) = (of[3], next + 4);
        }
        if (Spec.Sum.Count > 0)
            readings[next] = Sum(next, powers);
    }

    private void Channel(int channel, int first, int shunt, int bus, Span<Reading> readings)
    {
        var (microvolts, microamperes) = (bus * 8_000L, _steps[channel].Apply(shunt));
        var fault = bus is < 0 or Most ? MonitorFault.NoBus : shunt is Most or Least ? MonitorFault.Saturated : null;
        var microwatts = Fixed.Divide((Int128)microvolts * microamperes, 1_000_000);
        readings[0] = bus is < 0 or Most ? Reading.Implausible(microvolts, MonitorFault.NoBus) : Channels[first].Judge(microvolts);
        readings[1] = Channels[first + 1].Judge(shunt * 40L);
        readings[2] = fault is null ? Channels[first + 2].Judge(microamperes) : Reading.Implausible(microamperes, fault);
        readings[3] = fault is null ? Channels[first + 3].Judge(microwatts) : Reading.Implausible(microwatts, fault);
    }

    /// <summary>A sum with a part that is no measurement is none either.</summary>
    private Reading Sum(int channel, ReadOnlySpan<Reading> powers)
    {
        var total = 0L;
        for (var i = 0; i < Spec.Sum.Count; i++)
        {
            var power = powers[Spec.Sum[i]];
            if (power.Quality != Quality.Ok)
                return Reading.None(power.Quality == Quality.Implausible ? Quality.Fault : power.Quality, power.Detail ?? "");
            total += power.Micros!.Value;
        }
        return Channels[channel].Judge(total);
    }

    private IEnumerable<MonitorChannel> List()
    {
        for (var i = 0; i < 3; i++)
        {
            if (Spec.Shunts[i] == Resistance.None)
                continue;
            var (number, label) = ((char)('1' + i), Spec.Labels[i]);
            yield return new MonitorChannel("voltage" + number, label, Quantity.Voltage);
            yield return new MonitorChannel("shunt_voltage" + number, label, Quantity.Voltage);
            yield return new MonitorChannel("current" + number, label, Quantity.Current);
            yield return new MonitorChannel("power" + number, label, Quantity.Power);
        }
        if (Spec.Sum.Count > 0)
            yield return new MonitorChannel("power_sum", Spec.IsInput ? InputRail : "sum", Quantity.Power);
    }

    private static int Enabled(MonitorSpec spec)
    {
        var bits = 0;
        for (var i = 0; i < 3; i++)
            bits |= spec.Shunts[i] == Resistance.None ? 0 : 0x4000 >> i;
        return bits;
    }
}
