namespace Homelab.NodeAgent.Sensors;

/// <summary>Where the machine's <c>/sys</c>, <c>/proc</c> and <c>/etc</c> are: <c>/</c> on bare metal, <c>/host</c> in a container, a recorded tree in tests.</summary>
internal sealed class HostRoot
{
    private readonly string _prefix;

    /// <param name="path">An absolute or relative folder; <c>/</c> for the running machine.</param>
    /// <param name="files">How files are read; tests script errors here.</param>
    public HostRoot(string path, IPseudoFiles files)
    {
        _prefix = path.TrimEnd('/');
        Path = path;
        Files = files;
    }

    public string Path { get; }

    public IPseudoFiles Files { get; }

    /// <summary>True when this is not the running machine's own root.</summary>
    public bool IsElsewhere => _prefix.Length > 0;

    /// <summary>The place to open for a path as the machine sees it, e.g. <c>/sys/class/hwmon</c>.</summary>
    public string Locate(string machinePath) => _prefix + machinePath;
}
