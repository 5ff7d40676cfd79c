namespace Homelab.NodeAgent.Sensors.PowerPmu;

/// <summary>An energy counter of the processor, as powercap would give it.</summary>
internal sealed class PmuSensor(SensorInfo info, PmuCounter counter) : ISensor
{
    private const string NeverMoved = "the counter reads 0 and never moved: a virtual machine, or a plane that this part does not meter";

    private bool _moved;

    public SensorInfo Info => info;

    public Reading Read()
    {
        var reading = counter.Read();
        _moved |= reading.Micros is > 0;
        return reading is { Quality: Units.Quality.Ok, Micros: 0 } && !_moved ? Reading.None(Units.Quality.Unsupported, NeverMoved) : reading;
    }
}
