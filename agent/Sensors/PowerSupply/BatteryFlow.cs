using Homelab.Units;

namespace Homelab.NodeAgent.Sensors.PowerSupply;

/// <summary>What flows into or out of one battery, as one sensor sees it.</summary>
/// <remarks>Drivers disagree about the sign: ACPI gives a magnitude, fuel gauges give minus for one direction, and which one differs. So the sign is dropped
/// and <c>status</c> says the direction. Where the driver has no <c>power_now</c>, or it answers nothing, it is volts times amperes.</remarks>
internal sealed class BatteryFlow(BatteryFiles battery)
{
    private static readonly Reading NoRate = Reading.None(Quality.Unsupported, "the driver gives no power and no current");
    private static readonly Reading TooMuch = Reading.None(Quality.Implausible, "volts times amperes are above 4000 W");

    private readonly FollowedFile? _voltage = battery.Voltage is null ? null : new FollowedFile(battery.Voltage);
    private readonly FollowedFile? _current = battery.Current is null ? null : new FollowedFile(battery.Current);
    private readonly FollowedFile? _power = battery.Power is null ? null : new FollowedFile(battery.Power);
    private uint _usedStatus;

    /// <summary>What the battery says it does; unknown where it does not.</summary>
    public SupplyStatus Status()
    {
        if (battery.Status is null || battery.Status.Read(ref _usedStatus, out var text) < 0)
            return SupplyStatus.Unknown;
        return SupplyStatusText.Parse(text);
    }

    /// <summary>Amperes without a direction.</summary>
    public Reading Current() => _current is null ? NoRate : Magnitude(_current.Read());

    /// <summary>Watts without a direction.</summary>
    public Reading Power()
    {
        var said = _power?.Read() ?? NoRate;
        if ((said.Quality == Quality.Ok && said.Micros != 0) || _voltage is null || _current is null)
            return Magnitude(said);
        var volts = _voltage.Read();
        var amperes = _current.Read();
        if (volts.Quality != Quality.Ok || amperes.Quality != Quality.Ok)
            return _power is not null ? Magnitude(said) : volts.Quality != Quality.Ok ? volts : amperes;
        return OfProduct(volts.Micros!.Value, amperes.Micros!.Value);
    }

    /// <summary>Microvolts times microamperes, as microwatts without a direction.</summary>
    internal static Reading OfProduct(long microvolts, long microamperes)
    {
        var micros = Int128.Abs((Int128)microvolts * microamperes / 1_000_000);
        return micros > 4_000_000_000 ? TooMuch : Reading.Ok((long)micros);
    }

    private static Reading Magnitude(Reading reading) => reading is { Quality: Quality.Ok, Micros: < 0 } ? Reading.Ok(-reading.Micros.Value) : reading;
}
