using Homelab.Units;

namespace Homelab.NodeAgent.Sensors.I2c;

/// <summary>INA219: 26 V, 12 bits. Source: TI SBOS448. Bus voltage 4 mV a bit above three flags, shunt 10 µV, current by the calibration, power twenty current steps.</summary>
/// <remarks>The one chip of the family without identity registers.</remarks>
internal sealed class Ina219(MonitorSpec spec) : MonitorChip(spec)
{
    private const long Ready = 0b10;
    private const long Overflow = 0b01;

    // 32 V; the highest number that the converter gives is 8000.
    private const long MostBus = 8_000;

    // 320 mV.
    private const long MostShunt = 32_000;

    private readonly Ratio _current = Calibration.CurrentStep(spec);
    private readonly Ratio _power = Calibration.PowerStep(spec);

    public override IReadOnlyList<MonitorIdentity> Identity => [];

    // 32 V, 320 mV, 128 samples of each in turn without end; then the calibration.
    public override IReadOnlyList<MonitorSetting> Settings { get; } =
    [
        new(0x00, 0x3FFF, 0x3FFF),
        new(0x05, 0xFFFE, (ushort)Calibration.Of(spec)),
    ];

    public override IReadOnlyList<MonitorRegister> Registers { get; } = [new(0x02), new(0x01), new(0x04), new(0x03)];

    public override IReadOnlyList<MonitorChannel> Channels => field ??=
    [
        new("voltage", Label, Quantity.Voltage),
        new("shunt_voltage", Label, Quantity.Voltage),
        new("current", Label, Quantity.Current),
        new("power", PowerLabel, Quantity.Power),
    ];

    public override TimeSpan Settling => TimeSpan.FromMilliseconds(280);

    public override bool IsConverted(ReadOnlySpan<long> words) => (words[0] & Ready) != 0;

    public override void Decode(ReadOnlySpan<long> words, Span<Reading> readings)
    {
        var (bus, shunt) = (words[0] >> 3, (short)words[1]);
        var fault = bus > MostBus ? MonitorFault.NoBus
            : (words[0] & Overflow) != 0 ? MonitorFault.Overflow
            : Math.Abs((int)shunt) >= MostShunt ? MonitorFault.Saturated : null;
        readings[0] = bus > MostBus ? Reading.Implausible(bus * 4_000, MonitorFault.NoBus) : Channels[0].Judge(bus * 4_000);
        readings[1] = Channels[1].Judge(shunt * 10L);
        Flow(Channels[2], Channels[3], _current.Apply((short)words[2]), _power.Apply(words[3]), fault, out readings[2], out readings[3]);
    }
}
