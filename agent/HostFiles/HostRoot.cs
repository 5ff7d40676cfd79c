namespace Homelab.NodeAgent.HostFiles;

/// <summary>Where the machine's <c>/sys</c>, <c>/proc</c> and <c>/etc</c> are: <c>/</c> on bare metal, <c>/host</c> in a container, a recorded tree in tests.</summary>
internal sealed class HostRoot
{
    private readonly string _prefix;
    private readonly Lazy<string?> _canonicalPrefix;

    /// <param name="path">An absolute or relative folder; <c>/</c> for the running machine.</param>
    /// <param name="files">How files are read; tests script errors here.</param>
    public HostRoot(string path, IPseudoFiles files)
    {
        _prefix = path.TrimEnd('/');
        Path = path;
        Files = files;
        _canonicalPrefix = new(() => _prefix.Length == 0 ? "" : files.Resolve(_prefix));
    }

    public string Path { get; }

    public IPseudoFiles Files { get; }

    /// <summary>True when this is not the running machine's own root.</summary>
    public bool IsElsewhere => _prefix.Length > 0;

    /// <summary>The place to open for a path as the machine sees it, e.g. <c>/sys/class/hwmon</c>.</summary>
    public string Locate(string machinePath) => _prefix + machinePath;

    /// <summary>The folder to read a device's files from: behind its class link, so that <c>hwmon3</c> can not become another chip between two looks,
    /// and the kernel follows no links each second. The link itself where it does not resolve inside this root.</summary>
    public string LocateDevice(string classLink) => Locate(Canonical(classLink) ?? classLink);

    /// <summary>Names in a folder of the machine, as <see cref="IPseudoFiles.List"/>.</summary>
    public IReadOnlyList<string> List(string machinePath, out int errno) => Files.List(Locate(machinePath), out errno);

    /// <summary>The machine's own canonical path behind its links (<c>/sys/devices/…</c>); null when it dangles or leads out of this root.</summary>
    public string? Canonical(string machinePath)
    {
        if (_canonicalPrefix.Value is not { } prefix || Files.Resolve(Locate(machinePath)) is not { } resolved)
            return null;
        return resolved.Length > prefix.Length && resolved.StartsWith(prefix, StringComparison.Ordinal) && resolved[prefix.Length] == '/'
            ? resolved[prefix.Length..]
            : null;
    }
}
