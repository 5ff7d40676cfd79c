using Homelab.Units;

namespace Homelab.NodeAgent.Sensors.Cpu;

/// <summary>1 when any of some throttle counts is above 0, from what their own sensors saw last: it reads nothing itself.</summary>
internal sealed class ThrottledSinceBootSensor(SensorInfo info, IReadOnlyList<ThrottledSensor> counted) : ISensor
{
    public SensorInfo Info => info;

    public Reading Read()
    {
        Reading? failure = null;
        for (var i = 0; i < counted.Count; i++)
        {
            if (counted[i].HasEver)
                return Reading.Ok(1_000_000);
            if (counted[i].Last.Quality != Quality.Ok)
                failure = counted[i].Last;
        }
        return failure ?? Reading.Ok(0);
    }
}
