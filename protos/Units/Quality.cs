namespace Homelab.Units;

/// <summary>How far a reading can be trusted. Absence is not zero: only <see cref="Ok"/> and <see cref="Stale"/> carry a value.</summary>
/// <remarks>The number is the wire value (<c>homelab.nodeagent.v1.Quality</c>) and never changes meaning.</remarks>
public enum Quality
{
    /// <summary>Not known to this version.</summary>
    Unknown = 0,

    /// <summary>Read now, inside the plausible range.</summary>
    Ok = 1,

    /// <summary>The last good value; the source missed its deadline or failed since.</summary>
    Stale = 2,

    /// <summary>The read failed (EIO, ENXIO, unreadable text); retried at the next pass.</summary>
    Fault = 3,

    /// <summary>Read, but outside what the quantity can be: a driver's sentinel, a spike, a unit error.</summary>
    Implausible = 4,

    /// <summary>The process may not read it (EACCES, EPERM); a privilege mends it.</summary>
    Denied = 5,

    /// <summary>The channel exists but has nothing to read (ENODATA, ENODEV, EOPNOTSUPP, disabled).</summary>
    Unsupported = 6,

    /// <summary>The device sleeps, and reading it would wake it.</summary>
    Asleep = 7,
}

/// <summary>The lower-case words of JSON, metrics and tables.</summary>
public static class QualityNames
{
    public static string Word(this Quality quality) => quality switch
    {
        Quality.Ok => "ok",
        Quality.Stale => "stale",
        Quality.Fault => "fault",
        Quality.Implausible => "implausible",
        Quality.Denied => "denied",
        Quality.Unsupported => "unsupported",
        Quality.Asleep => "asleep",
        _ => "unknown",
    };
}
