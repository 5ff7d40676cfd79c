using Homelab.Units;

namespace Homelab.NodeAgent.HostFiles;

/// <summary>Linux error numbers (asm-generic; the same on x86 and ARM) and what each says about a sensor.</summary>
internal static class Errno
{
    public const int NotPermitted = 1;
    public const int NoEntry = 2;
    public const int Interrupted = 4;
    public const int InputOutput = 5;
    public const int NoDeviceOrAddress = 6;
    public const int TryAgain = 11;
    public const int Access = 13;
    public const int Busy = 16;
    public const int NoDevice = 19;
    public const int NotDirectory = 20;
    public const int IsDirectory = 21;
    public const int Invalid = 22;
    public const int TooBig = 27;
    public const int NoSpace = 28;
    public const int ReadOnlyFileSystem = 30;
    public const int NotImplemented = 38;
    public const int Loop = 40;
    public const int NoData = 61;
    public const int NotSupported = 95;
    public const int TimedOut = 110;
    public const int RemoteInputOutput = 121;

    /// <summary>The kernel's name, <c>EIO</c>; <c>errno 77</c> for one that sensors do not meet.</summary>
    public static string Name(int errno) => errno switch
    {
        NotPermitted => "EPERM",
        NoEntry => "ENOENT",
        Interrupted => "EINTR",
        InputOutput => "EIO",
        NoDeviceOrAddress => "ENXIO",
        TryAgain => "EAGAIN",
        Access => "EACCES",
        Busy => "EBUSY",
        NoDevice => "ENODEV",
        NotDirectory => "ENOTDIR",
        IsDirectory => "EISDIR",
        Invalid => "EINVAL",
        TooBig => "EFBIG",
        NoSpace => "ENOSPC",
        ReadOnlyFileSystem => "EROFS",
        NotImplemented => "ENOSYS",
        Loop => "ELOOP",
        NoData => "ENODATA",
        NotSupported => "EOPNOTSUPP",
        TimedOut => "ETIMEDOUT",
        RemoteInputOutput => "EREMOTEIO",
        _ => "errno " + errno.ToString(System.Globalization.CultureInfo.InvariantCulture),
    };

    /// <summary>Denied: a privilege mends it. Unsupported: this channel has nothing to say, now or ever. Fault: it should have worked; try again.</summary>
    /// <remarks>ENODATA is the hwmon ABI's "disabled or no reading"; EINVAL, ENODEV, EOPNOTSUPP and ENOSYS are how drivers refuse a channel that the
    /// hardware lacks (an APU's <c>vddgfx</c>, RAPL in a guest). ENOENT is a fault: the file was there at discovery.</remarks>
    public static Quality ToQuality(int errno) => errno switch
    {
        NotPermitted or Access => Quality.Denied,
        NoData or NoDevice or NotSupported or Invalid or NotImplemented => Quality.Unsupported,
        _ => Quality.Fault,
    };
}
