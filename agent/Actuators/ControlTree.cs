using System.Text;

namespace Homelab.NodeAgent.Actuators;

/// <summary>The machine's control files as limiters find them; paths are as the machine sees them.</summary>
/// <param name="originals">Values as they were before anyone of us wrote; null: as they are found now.</param>
internal sealed class ControlTree(HostRoot root, IControlFiles files, OriginalsJournal? originals)
{
    private const int LongText = 4096;

    public HostRoot Root => root;

    public IReadOnlyList<string> List(string folder) => files.List(root.Locate(folder), out _);

    /// <summary>The folder behind a class link, so that <c>hwmon3</c> can not become another chip between two looks; the link itself where it leads nowhere.</summary>
    public string Behind(string classLink) => root.Canonical(classLink) ?? classLink;

    public ControlFile File(string path) => new(path, root.Locate(path), files, originals);

    /// <summary>The file if it is there, readable or not.</summary>
    public ControlFile? Find(string folder, string name)
    {
        var file = File(folder + "/" + name);
        _ = file.ReadText(out var errno);
        return errno is Errno.NoEntry or Errno.NotDirectory ? null : file;
    }

    /// <summary>One line of at most 4095 bytes, trimmed; null when it can not be read.</summary>
    public string? Line(string path)
    {
        Span<byte> buffer = stackalloc byte[LongText];
        var count = files.Read(root.Locate(path), buffer);
        return count < 0 ? null : Encoding.UTF8.GetString(buffer[..count]).Trim('\0', '\n', '\r', '\t', ' ');
    }

    /// <summary>The values of those files that can be read.</summary>
    public static List<OriginalValue> Originals(IEnumerable<ControlFile> files)
    {
        var values = new List<OriginalValue>();
        foreach (var file in files)
        {
            if (file.ReadText(out _) is { } text)
                values.Add(new OriginalValue(file.Path, text));
        }
        return values;
    }

    public long? Number(string path) => File(path).ReadNumber(out _);

    /// <summary>Entries made of the prefix and a decimal number, in the order of that number.</summary>
    public IReadOnlyList<string> Numbered(string folder, string prefix)
    {
        var found = new List<(int Number, string Name)>();
        foreach (var entry in List(folder))
        {
            if (entry.StartsWith(prefix, StringComparison.Ordinal)
                && int.TryParse(entry.AsSpan(prefix.Length), System.Globalization.NumberStyles.None, System.Globalization.CultureInfo.InvariantCulture, out var number))
            {
                found.Add((number, entry));
            }
        }
        found.Sort(static (left, right) => left.Number.CompareTo(right.Number));
        return found.ConvertAll(static entry => entry.Name);
    }

    /// <summary>All positive whole numbers of a line, ascending, each once: a frequency table.</summary>
    public List<long> Numbers(string path)
    {
        var numbers = new List<long>();
        foreach (var word in (Line(path) ?? "").Split(' ', StringSplitOptions.RemoveEmptyEntries))
        {
            if (ControlFile.TryNumber(word, out var number) && number > 0 && !numbers.Contains(number))
                numbers.Add(number);
        }
        numbers.Sort();
        return numbers;
    }
}
