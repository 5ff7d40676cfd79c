namespace Homelab.NodeAgent.Gpio;

/// <summary>A line that is driven. Only Actuators use it. Holds the line until it is disposed of; what the pin does then is up to the chip, most keep their level.</summary>
internal sealed class GpioOutput : IDisposable
{
    private readonly IGpioCalls _calls;
    private int _descriptor;

    private GpioOutput(IGpioCalls calls, int descriptor) => (_calls, _descriptor) = (calls, descriptor);

    /// <summary>Takes the line with its level set from the first moment, without a glitch between.</summary>
    /// <param name="errno">The negative errno when there is none.</param>
    public static GpioOutput? Take(IGpioCalls calls, string path, int offset, string consumer, bool isHigh, out int errno)
    {
        var descriptor = GpioChip.Take(calls, path, offset, consumer, GpioFlags.Output, isHigh);
        errno = Math.Min(descriptor, 0);
        return descriptor < 0 ? null : new GpioOutput(calls, descriptor);
    }

    /// <returns>0 or the negative errno.</returns>
    public unsafe int Set(bool isHigh)
    {
        var values = new GpioValues { Bits = isHigh ? 1UL : 0, Mask = 1 };
        var outcome = _calls.Control(_descriptor, GpioRequest.SetValues, (nint)(&values));
        return Math.Min(outcome, 0);
    }

    public void Dispose()
    {
        if (_descriptor >= 0)
            _calls.Close(_descriptor);
        _descriptor = -1;
    }
}
