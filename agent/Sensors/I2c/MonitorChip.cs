using Homelab.Units;

namespace Homelab.NodeAgent.Sensors.I2c;

/// <summary>A register that is read.</summary>
/// <param name="Bytes">2, 3 or 5, most significant first.</param>
internal readonly record struct MonitorRegister(byte Address, int Bytes = 2);

/// <summary>A register that must hold a value; where it does not, the value is written.</summary>
/// <param name="Mask">Bits that count.</param>
/// <param name="Value">Written as it is.</param>
internal readonly record struct MonitorSetting(byte Address, ushort Mask, ushort Value);

/// <summary>A register by which a chip says what it is.</summary>
internal readonly record struct MonitorIdentity(byte Address, ushort Mask, ushort Value);

/// <summary>A figure that a monitor gives.</summary>
/// <param name="WrapMicros">As <see cref="SensorInfo.WrapMicros"/>.</param>
internal sealed record MonitorChannel(string Name, string Label, Quantity Quantity, SensorShape Shape = SensorShape.Gauge, long WrapMicros = 0)
{
    public Bounds Bounds { get; } = Plausibility.For(Quantity, Shape);

    public Reading Judge(long micros) => Bounds.Reject(micros) is { } reason ? Reading.Implausible(micros, reason) : Reading.Ok(micros);
}

/// <summary>One kind of monitor: which registers, and what their bits mean. Pure; the words of the registers go in, readings come out.</summary>
internal abstract class MonitorChip(MonitorSpec spec)
{
    /// <summary>"TI" of the manufacturer's register.</summary>
    public const ushort TexasInstruments = 0x5449;

    /// <summary>The name that the node's figure knows the rail by that feeds a whole board.</summary>
    public const string InputRail = "VDD_IN";

    public MonitorSpec Spec => spec;

    /// <summary>What the chip's identity registers say; empty when it has none.</summary>
    public abstract IReadOnlyList<MonitorIdentity> Identity { get; }

    /// <summary>In the order to be written.</summary>
    public abstract IReadOnlyList<MonitorSetting> Settings { get; }

    /// <summary>Read in each look, in this order.</summary>
    public abstract IReadOnlyList<MonitorRegister> Registers { get; }

    public abstract IReadOnlyList<MonitorChannel> Channels { get; }

    /// <summary>From a change of the settings until all figures are made with them.</summary>
    public abstract TimeSpan Settling { get; }

    /// <summary>Whether the chip says that a conversion has ended since its settings were written.</summary>
    public abstract bool IsConverted(ReadOnlySpan<long> words);

    /// <summary>Registers as unsigned numbers, by <see cref="Registers"/>, into readings, by <see cref="Channels"/>.</summary>
    public abstract void Decode(ReadOnlySpan<long> words, Span<Reading> readings);

    public static MonitorChip For(MonitorSpec spec) => spec.Kind switch
    {
        MonitorKind.Ina219 => new Ina219(spec),
        MonitorKind.Ina226 => new Ina226(spec),
        MonitorKind.Ina228 => new Ina228(spec),
        MonitorKind.Ina260 => new Ina260(spec),
        _ => new Ina3221(spec),
    };

    protected string Label => spec.Labels[0];

    protected string PowerLabel => spec.IsInput ? InputRail : Label;

    /// <summary>Current and power from the chip's own registers. Its power is without a sign: it gets that of the current, since a rail that feeds back is no load.</summary>
    protected static void Flow(MonitorChannel current, MonitorChannel power, long microamperes, long microwatts, string? fault, out Reading amperes, out Reading watts)
    {
        if (microamperes < 0)
            microwatts = -microwatts;
        amperes = fault is null ? current.Judge(microamperes) : Reading.Implausible(microamperes, fault);
        watts = fault is null ? power.Judge(microwatts) : Reading.Implausible(microwatts, fault);
    }
}

/// <summary>Reasons why a register that was read is no measurement. Constant: a steady failure allocates nothing.</summary>
internal static class MonitorFault
{
    public const string Overflow = "the chip's arithmetic ran over: more current than its range";
    public const string Saturated = "the converter is at its stop: more voltage over the shunt than it can see";
    public const string NoBus = "not a bus voltage of this chip: the lines float, or another chip answers";
    public const string Memory = "the chip's trim memory fails its own checksum";
}
