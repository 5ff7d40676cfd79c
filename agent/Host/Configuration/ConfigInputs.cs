namespace Homelab.NodeAgent.Configuration;

/// <summary>Everything that <see cref="AgentConfig.Load"/> looks at, so that tests need no disk and no process environment.</summary>
internal sealed record ConfigInputs
{
    /// <summary>The file named by <c>--config</c>; null for <see cref="AgentConfig.DefaultFile"/>, which may be absent.</summary>
    public string? File { get; init; }

    /// <summary>Settings from flags, with origins like <c>flag --node</c>.</summary>
    public IReadOnlyList<Setting> Flags { get; init; } = [];

    public IReadOnlyDictionary<string, string> Environment { get; init; } = new Dictionary<string, string>();

    /// <summary>Names of the sensor sources that exist.</summary>
    public IReadOnlyList<string> Sources { get; init; } = [];

    /// <summary>The name of the host whose files are below a root; may be empty.</summary>
    public Func<string, string> HostName { get; init; } = static _ => "";

    /// <summary>Reads a whole text file; throws what <see cref="System.IO.File.ReadAllText(string)"/> throws.</summary>
    public Func<string, string> ReadText { get; init; } = System.IO.File.ReadAllText;

    public Func<string, bool> Exists { get; init; } = System.IO.File.Exists;

    public Func<string, bool> FolderExists { get; init; } = Directory.Exists;
}
