using Homelab.Units;

namespace Homelab.NodeAgent.Sensors.I2c;

/// <summary>INA260: 36 V, 15 A, 16 bits, with a shunt of 2 mΩ inside. Source: TI SBOS656. Current 1.25 mA a bit, bus voltage 1.25 mV, power 10 mW: nothing to calibrate.</summary>
internal sealed class Ina260(MonitorSpec spec) : MonitorChip(spec)
{
    private const long Ready = 0b1000;
    private const long Overflow = 0b0100;

    public override IReadOnlyList<MonitorIdentity> Identity { get; } = [new(0xFE, 0xFFFF, TexasInstruments), new(0xFF, 0xFFF0, 0x2270)];

    // Means of 64 samples of 1.1 ms, current and voltage in turn without end.
    public override IReadOnlyList<MonitorSetting> Settings { get; } = Ina226.AlertSettings(spec, new MonitorSetting(0x00, 0x0FFF, 0x6727));

    public override IReadOnlyList<MonitorRegister> Registers { get; } = [new(0x02), new(0x01), new(0x03), new(0x06)];

    public override IReadOnlyList<MonitorChannel> Channels => field ??=
    [
        new("voltage", Label, Quantity.Voltage),
        new("current", Label, Quantity.Current),
        new("power", PowerLabel, Quantity.Power),
    ];

    public override TimeSpan Settling => TimeSpan.FromMilliseconds(300);

    public override bool IsConverted(ReadOnlySpan<long> words) => (words[3] & Ready) != 0;

    public override void Decode(ReadOnlySpan<long> words, Span<Reading> readings)
    {
        var (bus, current) = (words[0], (short)words[1]);
        var isBus = bus <= short.MaxValue;
        var fault = !isBus ? MonitorFault.NoBus
            : (words[3] & Overflow) != 0 ? MonitorFault.Overflow
            : current is short.MaxValue or short.MinValue ? MonitorFault.Saturated : null;
        readings[0] = isBus ? Channels[0].Judge(bus * 1_250) : Reading.Implausible(bus * 1_250, MonitorFault.NoBus);
        Flow(Channels[1], Channels[2], current * 1_250L, words[2] * 10_000, fault, out readings[1], out readings[2]);
    }
}
