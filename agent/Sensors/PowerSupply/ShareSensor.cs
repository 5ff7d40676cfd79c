using Homelab.Units;

namespace Homelab.NodeAgent.Sensors.PowerSupply;

/// <summary>One file as a share of another that it is a part of: what is stored of what fits, or what fits of what once did.</summary>
internal sealed class ShareSensor(SensorInfo info, FileSensor part, FileSensor whole, long most) : ISensor
{
    private readonly Reading _outside = Reading.None(Quality.Implausible, "outside what a share of a battery can be");
    private readonly Reading _noWhole = Reading.None(Quality.Unsupported, "the driver does not know the full capacity");

    public SensorInfo Info => info;

    public Reading Read()
    {
        var of = whole.Read();
        if (of.Quality != Quality.Ok)
            return of;
        if (of.Micros is not > 0)
            return _noWhole;
        var now = part.Read();
        if (now.Quality != Quality.Ok)
            return now;
        var share = (Int128)now.Micros!.Value * 1_000_000 / of.Micros.Value;
        return share < 0 || share > most ? _outside : Reading.Ok((long)share);
    }
}
