using Homelab.Units;

namespace Homelab.NodeAgent.Sensors.I2c;

/// <summary>INA228: 85 V, 20 bits, with an energy counter and a thermometer. Source: TI SLYS021. Bus voltage 195.3125 µV a bit, shunt 312.5 nV (78.125 nV in the finer range),
/// current by the calibration, power 3.2 current steps, energy 16 power steps, temperature 7.8125 m°C.</summary>
internal sealed class Ina228(MonitorSpec spec) : MonitorChip(spec)
{
    private const long Ready = 1 << 1;
    private const long MemoryIsGood = 1 << 0;
    private const long Overflow = 1 << 9;
    private const int Most = (1 << 19) - 1;
    private const int Least = -(1 << 19);
    private const ushort FineRange = 0x0010;

    private readonly Ratio _shunt = new(3_125, Calibration.IsFine(spec) ? 40_000 : 10_000);
    private readonly Ratio _current = Calibration.CurrentStep(spec);
    private readonly Ratio _power = Calibration.PowerStep(spec);
    private readonly Ratio _energy = Calibration.PowerStep(spec).Times(16);

    public override IReadOnlyList<MonitorIdentity> Identity { get; } = [new(0x3E, 0xFFFF, TexasInstruments), new(0x3F, 0xFFF0, 0x2280)];

    // The range; means of 64 samples of 1.05 ms of shunt, bus and temperature in turn without end; the calibration.
    // Bits that reset the chip or its energy counter are never set.
    public override IReadOnlyList<MonitorSetting> Settings { get; } = WithLimit(
        spec,
        new(0x00, FineRange, Calibration.IsFine(spec) ? FineRange : (ushort)0),
        new(0x01, 0xFFFF, 0xFB6B),
        new(0x02, 0x7FFF, (ushort)Calibration.Of(spec)));

    public override IReadOnlyList<MonitorRegister> Registers { get; } = [new(0x05, 3), new(0x04, 3), new(0x07, 3), new(0x08, 3), new(0x09, 5), new(0x06), new(0x0B)];

    public override IReadOnlyList<MonitorChannel> Channels => field ??=
    [
        new("voltage", Label, Quantity.Voltage),
        new("shunt_voltage", Label, Quantity.Voltage),
        new("current", Label, Quantity.Current),
        new("power", PowerLabel, Quantity.Power),
        new("energy", PowerLabel, Quantity.Energy, SensorShape.Counter, Wrap),
        new("temp", Label, Quantity.Temperature),
    ];

    public override TimeSpan Settling => TimeSpan.FromMilliseconds(420);

    /// <summary>2⁴⁰ energy steps, in microjoules.</summary>
    private long Wrap => _energy.Apply(1L << 40);

    public override bool IsConverted(ReadOnlySpan<long> words) => (words[6] & Ready) != 0;

    public override void Decode(ReadOnlySpan<long> words, Span<Reading> readings)
    {
        if ((words[6] & MemoryIsGood) == 0)
        {
            readings.Fill(Reading.None(Quality.Fault, MonitorFault.Memory));
            return;
        }
        var (bus, shunt, current) = (Signed20(words[0]), Signed20(words[1]), Signed20(words[2]));
        var isBus = bus is >= 0 and < Most;
        var fault = !isBus ? MonitorFault.NoBus
            : (words[6] & Overflow) != 0 ? MonitorFault.Overflow
            : shunt is Most or Least ? MonitorFault.Saturated : null;
        var microvolts = Fixed.Divide((Int128)bus * 1_953_125, 10_000);
        readings[0] = isBus ? Channels[0].Judge(microvolts) : Reading.Implausible(microvolts, MonitorFault.NoBus);
        readings[1] = Channels[1].Judge(_shunt.Apply(shunt));
        Flow(Channels[2], Channels[3], _current.Apply(current), _power.Apply(words[3]), fault, out readings[2], out readings[3]);
        // The counter is kept by the chip: what is wrong with this moment's current is not wrong with it, but lines that float are.
        readings[4] = isBus ? Channels[4].Judge(_energy.Apply(words[4])) : Reading.None(Quality.Fault, MonitorFault.NoBus);
        readings[5] = Channels[5].Judge(Fixed.Divide((short)words[5] * 15_625L, 2));
    }

    // 24 bits, of which the lowest four are not there.
    private static int Signed20(long word) => (int)(word << 8) >> 12;

    private static MonitorSetting[] WithLimit(MonitorSpec spec, params MonitorSetting[] settings) => spec.Limit is null
        ? settings
        : [.. settings, new(0x11, 0xFFFF, (ushort)Calibration.AlertLimit(spec))];
}
