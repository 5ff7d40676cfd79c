namespace Homelab.NodeAgent.HostFiles;

/// <summary>The three ways sensors touch the file system. Paths are already located below the host root.</summary>
internal interface IPseudoFiles
{
    /// <summary>Opens, reads once from the start, and closes.</summary>
    /// <returns>Bytes read (0 or more), or the negative errno. Never throws. May block as long as the kernel does.</returns>
    int Read(PseudoPath path, Span<byte> buffer);

    /// <summary>Names in a folder, in ordinal order; empty when it is absent. The errno is 0 when the folder was listed.</summary>
    IReadOnlyList<string> List(string path, out int errno);

    /// <summary>The canonical path behind a link (realpath), or null when it does not resolve.</summary>
    string? Resolve(string path);
}
