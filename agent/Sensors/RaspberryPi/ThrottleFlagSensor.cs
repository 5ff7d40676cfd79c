using Homelab.Units;

namespace Homelab.NodeAgent.Sensors.RaspberryPi;

/// <summary>One flag of the throttle word.</summary>
/// <param name="info">A state.</param>
/// <param name="answer">Of <c>get_throttled</c>.</param>
/// <param name="flag">Index into <see cref="ThrottleFlag.Names"/>.</param>
/// <param name="isSinceBoot">False for now.</param>
/// <param name="forgets">True where bits since boot get lost: a bit that was seen stays, and one that was not says nothing.</param>
internal sealed class ThrottleFlagSensor(SensorInfo info, FirmwareAnswer answer, int flag, bool isSinceBoot, bool forgets) : ISensor
{
    private static readonly Reading Forgotten = Reading.None(Quality.Unsupported, "the kernel's copy of the throttle word forgets what was before");

    private readonly ReadFailure _failure = new(info.Path);
    private bool _wasSet;
    private uint _used;

    public SensorInfo Info => info;

    public Reading Read()
    {
        var count = answer.Read(ref _used, out var text);
        if (count < 0)
            return _failure.Of(-count);
        if (!FirmwareText.TryThrottled(text, out var word))
            return _failure.OfGarbage("a throttle word");
        var isSet = ThrottleFlag.IsSet(word, flag, isSinceBoot);
        if (!isSinceBoot || !forgets)
            return Reading.Ok(isSet ? 1_000_000 : 0);
        // What is so now was so since boot.
        _wasSet |= isSet || ThrottleFlag.IsSet(word, flag, isSinceBoot: false);
        return _wasSet ? Reading.Ok(1_000_000) : Forgotten;
    }
}
