namespace Homelab.NodeAgent.Sensors.RaspberryPi;

/// <summary>A command that answers one number: a clock, a temperature, a voltage.</summary>
internal sealed class FirmwareNumberSensor(SensorInfo info, FirmwareAnswer answer) : ISensor
{
    private readonly ReadFailure _failure = new(info.Path);
    private readonly Bounds _bounds = Plausibility.For(info.Quantity, info.Shape);
    private uint _used;

    public SensorInfo Info => info;

    public Reading Read()
    {
        var count = answer.Read(ref _used, out var text);
        if (count < 0)
            return _failure.Of(-count);
        if (!FirmwareText.TryNumber(text, out var micros))
            return _failure.OfGarbage("a number");
        return _bounds.Reject(micros) is { } reason ? Reading.Implausible(micros, reason) : Reading.Ok(micros);
    }
}
