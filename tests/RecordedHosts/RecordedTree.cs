namespace Homelab.RecordedHosts;

/// <summary>A recorded machine on disk, and copies of it.</summary>
internal static class RecordedTree
{
    private const string Marker = ".recorded-host";

    private static readonly string[] Parts = ["sys", "proc", "etc"];

    /// <summary>Copies a tree's <c>sys</c>, <c>proc</c> and <c>etc</c>, links as links. A copy that stands there from an earlier run is replaced.</summary>
    /// <exception cref="ReplayException">The source is no recorded tree, or the target is a folder that this program did not make.</exception>
    public static void Copy(string from, string to)
    {
        if (!Directory.Exists(Path.Combine(from, "sys")))
            throw new ReplayException($"{from} is no recorded host: it has no folder 'sys'");
        if (Directory.Exists(to) && !File.Exists(Path.Combine(to, Marker)))
            throw new ReplayException($"{to} exists and is no copy of a recorded host: remove it, or choose another --out");
        if (Directory.Exists(to))
            Directory.Delete(to, recursive: true);
        Directory.CreateDirectory(to);
        File.WriteAllText(Path.Combine(to, Marker), "A moving copy of a recorded host; safe to delete.\n");
        foreach (var part in Parts)
        {
            if (Directory.Exists(Path.Combine(from, part)))
                CopyFolder(new DirectoryInfo(Path.Combine(from, part)), Path.Combine(to, part));
        }
    }

    private static void CopyFolder(DirectoryInfo from, string to)
    {
        Directory.CreateDirectory(to);
        foreach (var entry in from.EnumerateFileSystemInfos())
        {
            var target = Path.Combine(to, entry.Name);
            if (entry.LinkTarget is { } link)
                File.CreateSymbolicLink(target, link);
            else if (entry is DirectoryInfo folder)
                CopyFolder(folder, target);
            else
                File.WriteAllBytes(target, File.ReadAllBytes(entry.FullName));
        }
    }
}
