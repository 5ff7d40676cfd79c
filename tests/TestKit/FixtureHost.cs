
namespace Homelab.TestKit;

/// <summary>A machine made of files: one recorded in tests/fixtures/hosts, or one built for a test and deleted after it.</summary>
internal sealed class FixtureHost : IDisposable
{
    private readonly bool _temporary;

    private FixtureHost(string path, bool temporary)
    {
        Path = path;
        _temporary = temporary;
    }

    /// <summary>The folder to pass as <c>--host-root</c>.</summary>
    public string Path { get; }

    /// <summary>The machine as sensors see it, read with the kernel's own calls.</summary>
    public HostRoot Root => Seen(new PosixFiles());

    public static FixtureHost Recorded(string name)
    {
        var path = System.IO.Path.Combine(RepositoryRoot.Path, "tests", "fixtures", "hosts", name);
        return Directory.Exists(path) ? new FixtureHost(path, temporary: false) : throw new DirectoryNotFoundException(path);
    }

    /// <summary>Paths as the machine sees them, each with its text; text <c>-> target</c> makes a link, and a path that ends in <c>/</c> a folder.</summary>
    public static FixtureHost Of(params (string Path, string Text)[] files)
    {
        var host = new FixtureHost(Directory.CreateTempSubdirectory("fixture-host-").FullName, temporary: true);
        foreach (var (path, text) in files)
            host.Put(path, text);
        return host;
    }

    /// <summary>The same machine through other eyes, such as <see cref="ScriptedFiles"/>.</summary>
    public HostRoot Seen(IPseudoFiles files) => new(Path, files);

    /// <summary>Where a machine path is on this disk.</summary>
    public string Locate(string machinePath) => Path + machinePath;

    /// <summary>Writes, replaces or links one entry, as in <see cref="Of"/>. Only for hosts that were built by a test.</summary>
    public void Put(string machinePath, string text)
    {
        if (!_temporary)
            throw new InvalidOperationException("a recorded host is not written to");
        var path = Locate(machinePath);
        if (machinePath.EndsWith('/'))
        {
            Directory.CreateDirectory(path);
            return;
        }
        Directory.CreateDirectory(System.IO.Path.GetDirectoryName(path)!);
        if (text.StartsWith("-> ", StringComparison.Ordinal))
            File.CreateSymbolicLink(path, text[3..]);
        else
            File.WriteAllText(path, text);
    }

    public void Dispose()
    {
        if (_temporary)
            Directory.Delete(Path, recursive: true);
    }
}
