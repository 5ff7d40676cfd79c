namespace Homelab.Aggregator.Tests.Fakes;

/// <summary>Files of the source tree that tests hold the code against.</summary>
internal static class Repository
{
    private static readonly string Root = Find(AppContext.BaseDirectory);

    public static string PathOf(params string[] parts) => Path.Combine([Root, .. parts]);

    /// <summary>The file's text; with HOMELAB_UPDATE_GOLDENS=1 the file is first rewritten to what the code gives now.</summary>
    public static string Golden(string actual, params string[] parts)
    {
        var path = PathOf(parts);
        if (Environment.GetEnvironmentVariable("HOMELAB_UPDATE_GOLDENS") == "1")
            File.WriteAllText(path, actual);
        return File.Exists(path) ? File.ReadAllText(path) : "";
    }

    private static string Find(string folder) =>
        File.Exists(Path.Combine(folder, "global.json")) ? folder : Find(Path.GetDirectoryName(folder)!);
}
