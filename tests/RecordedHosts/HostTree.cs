using System.Globalization;

namespace Homelab.RecordedHosts;

/// <summary>Reads below one copy's root. Paths are as the machine has them; what is absent or empty is null.</summary>
internal sealed class HostTree(string root)
{
    public string Locate(string path) => Path.Combine(root, path.TrimStart('/'));

    public bool Has(string path) => File.Exists(Locate(path));

    /// <summary>The trimmed text, or null when there is none. A writer may have just truncated it: that reads as null.</summary>
    public string? Text(string path)
    {
        if (!Has(path))
            return null;
        try
        {
            var text = File.ReadAllText(Locate(path)).Trim();
            return text.Length == 0 ? null : text;
        }
        catch (IOException)
        {
            return null;
        }
    }

    public long? Number(string path) =>
        long.TryParse(Text(path), NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var number) ? number : null;

    /// <summary>All numbers of a line, e.g. a frequency table or a list of CPUs.</summary>
    public IEnumerable<long> Numbers(string path) =>
        (Text(path) ?? "").Split(' ', StringSplitOptions.RemoveEmptyEntries).Select(word => long.Parse(word, CultureInfo.InvariantCulture));

    /// <summary>Folders in a folder, as machine paths, in the order of the numbers in their names. Links to folders count.</summary>
    public IReadOnlyList<string> Folders(string path, string prefix) => Directory.Exists(Locate(path))
        ? [.. Directory.EnumerateDirectories(Locate(path), prefix + "*").Select(Path.GetFileName).OfType<string>()
            .OrderBy(name => name.Length).ThenBy(name => name, StringComparer.Ordinal).Select(name => $"{path}/{name}")]
        : [];
}
