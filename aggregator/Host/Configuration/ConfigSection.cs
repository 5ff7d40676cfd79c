using System.Collections.Immutable;

namespace Homelab.Aggregator.Configuration;

/// <summary>The settings below one key of the file, read by name. What was not asked for is left over, to be warned of.</summary>
/// <param name="path"><c>budget.groups[0]</c>.</param>
internal sealed class ConfigSection(string path, IReadOnlyList<ConfigValue> values, ConfigFindings findings)
{
    /// <summary>Where the section begins; for what is missing in it.</summary>
    public string Origin => values.FirstOrDefault(IsInside)?.Origin ?? "configuration";

    public string Path => path;

    /// <summary>The value read by <paramref name="read"/>, or null and a problem when it is there and can not be.</summary>
    public T? Value<T>(string name, string fix, Func<string, T?> read)
        where T : struct
    {
        if (Find(name) is not { } value)
            return null;
        var result = value.Items is [var text] ? read(text.Trim()) : null;
        if (result is null)
            findings.Problem(value, fix);
        return result;
    }

    public string Text(string name, string fallback = "") => Find(name)?.Text.Trim() ?? fallback;

    public ImmutableArray<string> Items(string name) => Find(name)?.Items ?? [];

    /// <summary>The mappings of a list.</summary>
    public IEnumerable<ConfigSection> Sections(string name)
    {
        for (var i = 0; ; i++)
        {
            var item = new ConfigSection($"{path}.{name}[{i}]".TrimStart('.'), values, findings);
            if (!values.Any(item.IsInside))
                yield break;
            yield return item;
        }
    }

    public void Missing(string name, string fix) => findings.Add(new ConfigProblem(Origin, $"{path}.{name}", "it is missing", fix));

    public void Wrong(string name, string complaint, string fix) => findings.Add(new ConfigProblem(Find(name)?.Origin ?? Origin, $"{path}.{name}", complaint, fix));

    private bool IsInside(ConfigValue value) => value.Key.StartsWith(path + ".", StringComparison.OrdinalIgnoreCase);

    private ConfigValue? Find(string name)
    {
        var found = values.LastOrDefault(value => value.Key.Equals(path.Length == 0 ? name : $"{path}.{name}", StringComparison.OrdinalIgnoreCase));
        if (found is not null)
            findings.Used.Add(found);
        return found;
    }
}

/// <summary>What came up while sections were read.</summary>
internal sealed class ConfigFindings
{
    private readonly List<ConfigProblem> _problems = [];

    public HashSet<ConfigValue> Used { get; } = new(ReferenceEqualityComparer.Instance);

    public IReadOnlyList<ConfigProblem> Problems => _problems;

    public void Add(ConfigProblem problem) => _problems.Add(problem);

    public void Problem(ConfigValue value, string fix) => _problems.Add(new ConfigProblem(value.Origin, value.Key, $"'{value.Text}' will not do", fix));
}
