using Homelab.Units;

namespace Homelab.NodeAgent.Sensors.I2c;

/// <summary>INA226: 36 V, 16 bits. Source: TI SBOS547. Bus voltage 1.25 mV a bit, shunt 2.5 µV, current by the calibration, power 25 current steps.</summary>
internal sealed class Ina226(MonitorSpec spec) : MonitorChip(spec)
{
    /// <summary>POL: the pin compares power with register 07, active low, not latched.</summary>
    public const ushort PowerOverLimit = 0x0800;

    /// <summary>Functions, polarity and latch of register 06; the rest are flags.</summary>
    public const ushort AlertMask = 0xFC03;

    private const long Ready = 0b1000;
    private const long Overflow = 0b0100;

    private readonly Ratio _current = Calibration.CurrentStep(spec);
    private readonly Ratio _power = Calibration.PowerStep(spec);

    public override IReadOnlyList<MonitorIdentity> Identity { get; } = [new(0xFE, 0xFFFF, TexasInstruments), new(0xFF, 0xFFF0, 0x2260)];

    // Means of 64 samples of 1.1 ms, shunt and bus in turn without end.
    public override IReadOnlyList<MonitorSetting> Settings { get; } = AlertSettings(
        spec,
        new(0x00, 0x0FFF, 0x4727),
        new(0x05, 0x7FFF, (ushort)Calibration.Of(spec)));

    public override IReadOnlyList<MonitorRegister> Registers { get; } = [new(0x02), new(0x01), new(0x04), new(0x03), new(0x06)];

    public override IReadOnlyList<MonitorChannel> Channels => field ??=
    [
        new("voltage", Label, Quantity.Voltage),
        new("shunt_voltage", Label, Quantity.Voltage),
        new("current", Label, Quantity.Current),
        new("power", PowerLabel, Quantity.Power),
    ];

    public override TimeSpan Settling => TimeSpan.FromMilliseconds(300);

    public override bool IsConverted(ReadOnlySpan<long> words) => (words[4] & Ready) != 0;

    public override void Decode(ReadOnlySpan<long> words, Span<Reading> readings)
    {
        var (bus, shunt) = (words[0], (short)words[1]);
        // The highest bit is always 0: a bus whose lines float reads all ones.
        var isBus = bus <= short.MaxValue;
        var fault = !isBus ? MonitorFault.NoBus
            : (words[4] & Overflow) != 0 ? MonitorFault.Overflow
            : shunt is short.MaxValue or short.MinValue ? MonitorFault.Saturated : null;
        readings[0] = isBus ? Channels[0].Judge(bus * 1_250) : Reading.Implausible(bus * 1_250, MonitorFault.NoBus);
        readings[1] = Channels[1].Judge(Fixed.Divide(shunt * 5, 2));
        Flow(Channels[2], Channels[3], _current.Apply((short)words[2]), _power.Apply(words[3]), fault, out readings[2], out readings[3]);
    }

    /// <summary>Settings, with those of the ALERT pin where it is to watch over power: the limit before the function.</summary>
    public static IReadOnlyList<MonitorSetting> AlertSettings(MonitorSpec spec, params MonitorSetting[] settings) => spec.Limit is null
        ? settings
        : [.. settings, new(0x07, 0xFFFF, (ushort)Calibration.AlertLimit(spec)), new(0x06, AlertMask, PowerOverLimit)];
}
