namespace Homelab.Architecture.Tests;

/// <summary>The checked-out tree, found upwards from the test's own folder.</summary>
internal static class SourceTree
{
    public static readonly string Root = FindRoot();

    /// <summary>Our own C# files below a folder, as paths relative to the root.</summary>
    public static IReadOnlyList<string> CSharp(params string[] rooms) => Files("*.cs", rooms);

    // Recorded hosts are full of links that lead round in circles.
    private static readonly EnumerationOptions WithoutLinks = new()
    {
        RecurseSubdirectories = true,
        AttributesToSkip = FileAttributes.ReparsePoint,
    };

    public static IReadOnlyList<string> Files(string pattern, params string[] rooms) =>
    [
        .. rooms.Select(room => Path.Combine(Root, room)).Where(Directory.Exists)
            .SelectMany(room => Directory.EnumerateFiles(room, pattern, WithoutLinks))
            .Select(path => Path.GetRelativePath(Root, path))
            .Where(path => !path.Split('/').Any(part => part is "bin" or "obj" or "node_modules"))
            .Order(StringComparer.Ordinal),
    ];

    public static string Read(string path) => File.ReadAllText(Path.Combine(Root, path));

    public static string[] Lines(string path) => File.ReadAllLines(Path.Combine(Root, path));

    private static string FindRoot()
    {
        var folder = new DirectoryInfo(AppContext.BaseDirectory);
        while (folder is not null && !File.Exists(Path.Combine(folder.FullName, "Homelab.NodeAgent.sln")))
            folder = folder.Parent;
        return folder?.FullName ?? throw new InvalidOperationException("Homelab.NodeAgent.sln is not above the tests");
    }
}
