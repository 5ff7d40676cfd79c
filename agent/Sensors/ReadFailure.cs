using Homelab.Units;

namespace Homelab.NodeAgent.Sensors;

/// <summary>The reading for a failed look at one file, made once per kind of failure: a sensor that fails every second allocates nothing.</summary>
internal sealed class ReadFailure(string machinePath)
{
    private const int Empty = -1;
    private const int NotNumber = -2;

    private int _kind;
    private Reading _reading;

    /// <summary>The kernel refused with this errno; the quality is <see cref="Errno.ToQuality"/>.</summary>
    public Reading Of(int errno) => Is(errno) ? _reading : Keep(errno, Errno.ToQuality(errno), Errno.Name(errno) + " reading " + FileName + Hint(errno));

    /// <summary>As the other, with a quality of the caller's.</summary>
    public Reading Of(int errno, Quality quality, string hint) => Is(errno) ? _reading : Keep(errno, quality, Errno.Name(errno) + " reading " + FileName + hint);

    /// <summary>The file was read and held nothing: the driver has no figure.</summary>
    public Reading OfEmpty() => Is(Empty) ? _reading : Keep(Empty, Quality.Unsupported, FileName + " is empty");

    /// <summary>The file was read and is not what its kind should hold.</summary>
    public Reading OfGarbage(string expected) => Is(NotNumber) ? _reading : Keep(NotNumber, Quality.Fault, FileName + " is not " + expected);

    private string FileName => machinePath[(machinePath.LastIndexOf('/') + 1)..];

    private bool Is(int kind) => _kind == kind && kind != 0;

    private Reading Keep(int kind, Quality quality, string detail)
    {
        _kind = kind;
        return _reading = Reading.None(quality, detail);
    }

    private static string Hint(int errno) => errno is Errno.NoEntry or Errno.NoDeviceOrAddress or Errno.NoDevice ? Reading.Gone : "";
}
