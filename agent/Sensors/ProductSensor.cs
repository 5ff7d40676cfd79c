using Homelab.Units;

namespace Homelab.NodeAgent.Sensors;

/// <summary>Power as voltage × current, for monitors whose driver leaves the product to the reader (INA3221).</summary>
/// <remarks>Uses the readings that the two channels gave in this pass and reads a channel again only if it was not read since.</remarks>
internal sealed class ProductSensor(SensorInfo info, FileSensor volts, FileSensor amperes) : ISensor
{
    private static readonly Bounds Bounds = Plausibility.For(Quantity.Power, SensorShape.Gauge);

    private uint _usedVolts;
    private uint _usedAmperes;

    public SensorInfo Info => info;

    public Reading Read()
    {
        var voltage = Latest(volts, ref _usedVolts);
        var current = Latest(amperes, ref _usedAmperes);
        if (voltage.Quality != Quality.Ok)
            return Reading.None(voltage.Quality, voltage.Detail ?? "no voltage");
        if (current.Quality != Quality.Ok)
            return Reading.None(current.Quality, current.Detail ?? "no current");
        var micros = (long)((Int128)voltage.Micros!.Value * current.Micros!.Value / 1_000_000);
        return Bounds.Reject(micros) is { } reason ? Reading.Implausible(micros, reason) : Reading.Ok(micros);
    }

    private static Reading Latest(FileSensor channel, ref uint used)
    {
        var reading = channel.Generation == used ? channel.Read() : channel.Last;
        used = channel.Generation;
        return reading;
    }
}
