namespace Homelab.NodeAgent.Actuators;

/// <summary>How limiters touch the machine: the reads that sensors use, and the one way to write. Tests put misbehaving hardware here.</summary>
internal interface IControlFiles : IPseudoFiles
{
    /// <summary>Opens an existing file for writing, writes all of the text at once, and closes. Never creates a file.</summary>
    /// <returns>0, the negative errno, or a negative <see cref="ControlCode"/>. Never throws. May block as long as the kernel does.</returns>
    int Write(PseudoPath path, ReadOnlySpan<byte> text);

    /// <summary>Whether <see cref="Write"/> would get as far as the driver: opens for writing and closes again.</summary>
    /// <returns>As <see cref="Write"/>.</returns>
    int Probe(PseudoPath path);
}

/// <summary>What can go wrong besides an errno. The numbers lie beyond the kernel's.</summary>
internal static class ControlCode
{
    /// <summary>The path leads out of the machine's <c>/sys</c>.</summary>
    public const int OutsideSys = 5001;

    /// <summary>No durable original value: writing would lose it.</summary>
    public const int NotRecorded = 5002;

    /// <summary>The write was accepted and the value stays above what was asked.</summary>
    public const int Ignored = 5003;

    /// <summary>The file holds no number.</summary>
    public const int Garbage = 5004;
}
