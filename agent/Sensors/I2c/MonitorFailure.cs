using System.Globalization;
using Homelab.Units;

namespace Homelab.NodeAgent.Sensors.I2c;

/// <summary>The reading for a monitor that can not be read, made once per errno: one that fails each second allocates nothing.</summary>
internal sealed class MonitorFailure(MonitorSpec spec)
{
    public static readonly Reading Stranger = Reading.None(Quality.Unsupported, "another chip than the configuration names answers");
    public static readonly Reading Stubborn = Reading.None(Quality.Fault, "the chip does not keep its settings");

    private int _errno;
    private Reading _reading;

    public Reading Of(int errno)
    {
        if (errno == _errno)
            return _reading;
        _errno = errno;
        var place = string.Create(CultureInfo.InvariantCulture, $"0x{spec.Address:x2} on {spec.Node}");
        return _reading = Reading.None(ToQuality(errno), Errno.Name(errno) + errno switch
        {
            Errno.NoDeviceOrAddress or Errno.RemoteInputOutput or Errno.NoDevice or Errno.InputOutput => $": nothing answers at {place}",
            Errno.TimedOut => $": the bus hung at {place}",
            Errno.TryAgain => $": another master keeps the bus, or the adapter went away",
            Errno.Busy => ": a driver of the kernel has the chip",
            Errno.NotSupported => ": the adapter can not read registers of this chip",
            Errno.NoEntry => $" opening {spec.Node}: gone",
            _ => $" at {place}",
        });
    }

    private static Quality ToQuality(int errno) => errno switch
    {
        Errno.Access or Errno.NotPermitted => Quality.Denied,
        Errno.Busy or Errno.NotSupported => Quality.Unsupported,
        _ => Quality.Fault,
    };
}
