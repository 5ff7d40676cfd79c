namespace Homelab.TestKit;

/// <summary>The checkout that the running tests were built from.</summary>
internal static class RepositoryRoot
{
    /// <summary>The nearest folder above the test assembly that holds the central package versions.</summary>
    public static string Path { get; } = Find();

    private static string Find()
    {
        for (var folder = new DirectoryInfo(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
        {
            if (File.Exists(System.IO.Path.Combine(folder.FullName, "Directory.Packages.props")))
                return folder.FullName;
        }
        throw new DirectoryNotFoundException($"no Directory.Packages.props above {AppContext.BaseDirectory}");
    }
}
