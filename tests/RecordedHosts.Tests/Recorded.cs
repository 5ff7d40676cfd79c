namespace Homelab.RecordedHosts.Tests;

/// <summary>Where the recorded machines are.</summary>
internal static class Recorded
{
    public static string Fixtures { get; } = Find();

    private static string Find()
    {
        for (var folder = new DirectoryInfo(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
        {
            var candidate = Path.Combine(folder.FullName, "tests/fixtures/hosts");
            if (Directory.Exists(candidate))
                return candidate;
        }
        throw new DirectoryNotFoundException("tests/fixtures/hosts");
    }
}
