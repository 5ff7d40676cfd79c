using System.Text;

namespace Homelab.NodeAgent.Sensors.Pressure;

/// <summary>One figure of one line of a pressure file.</summary>
internal sealed class PressureSensor(SensorInfo info, SharedFile file, string line) : ISensor
{
    private readonly ReadFailure _failure = new(info.Path);
    private readonly byte[] _line = Encoding.ASCII.GetBytes(line);
    private uint _used;

    public SensorInfo Info => info;

    public Reading Read()
    {
        var count = file.Read(ref _used, out var text);
        if (count < 0)
            return _failure.Of(-count);
        var found = info.Shape == SensorShape.Counter
            ? PressureText.TryTotal(text, _line, out var micros)
            : PressureText.TryAverage(text, _line, out micros);
        return found ? Reading.Ok(micros) : _failure.OfGarbage("a pressure file");
    }
}
