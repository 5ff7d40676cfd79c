using Homelab.Units;

namespace Homelab.NodeAgent.Sensors.RaspberryPi;

/// <summary>Voltage, current or power of one rail, by the quantity of <paramref name="info"/>; without a rail the sum of them all.</summary>
internal sealed class PmicSensor(SensorInfo info, PmicRails rails, int? rail) : ISensor
{
    private static readonly Reading NoNumber = Reading.None(Quality.Unsupported, "the power chip gave no number for this rail");
    private static readonly Reading NoSum = Reading.None(Quality.Unsupported, "the power chip gave no number for one of the rails");

    private readonly ReadFailure _failure = new(info.Path);
    private readonly Bounds _bounds = Plausibility.For(info.Quantity, info.Shape);
    private uint _used;

    public SensorInfo Info => info;

    public Reading Read()
    {
        var errno = rails.Refresh(ref _used);
        if (errno != 0)
            return _failure.Of(errno);
        var value = (rail, info.Quantity) switch
        {
            (null, _) => rails.Sum(),
            ({ } index, Quantity.Voltage) => rails.Voltage(index),
            ({ } index, Quantity.Current) => rails.Current(index),
            ({ } index, _) => rails.Power(index),
        };
        if (value is not { } micros)
            return rail is null ? NoSum : NoNumber;
        return _bounds.Reject(micros) is { } reason ? Reading.Implausible(micros, reason) : Reading.Ok(micros);
    }
}
