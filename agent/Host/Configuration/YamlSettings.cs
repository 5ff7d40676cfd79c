namespace Homelab.NodeAgent.Configuration;

/// <summary>A YAML file as a flat list of dotted keys.</summary>
/// <remarks>
/// The part of YAML that configures a machine: nested mappings, plain and quoted values on one line, <c>{ a: 1, b: 2 }</c> on one line, comments.
/// Lists, anchors, tags, block text and second documents are refused by name. What is read here reads the same in a full parser; the tests
/// hold it against one. A full parser in the native binary costs 1.2 MB of it and as much memory (DECISIONS.md).
/// </remarks>
internal sealed class YamlSettings
{
    private readonly string _file;
    private readonly List<Setting> _settings;
    private readonly List<ConfigProblem> _problems;
    private readonly HashSet<string> _seen = new(StringComparer.Ordinal);

    /// <summary>The mappings around the current line, outermost first.</summary>
    private readonly List<Level> _levels = [new Level(0, "")];

    private string? _opened;
    private int _skipDeeperThan = int.MaxValue;
    private int _listAt = -1;
    private bool _hasBegun;
    private int _line;

    private YamlSettings(string file, List<Setting> settings, List<ConfigProblem> problems) =>
        (_file, _settings, _problems) = (file, settings, problems);

    /// <summary>Appends what the text says to <paramref name="settings"/> and what is wrong with it to <paramref name="problems"/>. Never throws.</summary>
    public static void Read(string file, string text, List<Setting> settings, List<ConfigProblem> problems)
    {
        var reader = new YamlSettings(file, settings, problems);
        foreach (var line in text.TrimStart('\uFEFF').Split('\n'))
        {
            reader._line++;
            if (!reader.TakeLine(line.TrimEnd('\r', ' ', '\t')))
                return;
        }
    }

    /// <summary>False when the rest of the file is not to be read.</summary>
    private bool TakeLine(string line)
    {
        var content = line.TrimStart(' ');
        if (content.Length == 0 || content[0] == '#')
            return true;
        var indent = line.Length - content.Length;
        var isFirst = !_hasBegun;
        _hasBegun = true;
        if (indent == 0 && content is "---" or "...")
        {
            if (content == "---" && !isFirst)
                Report("", "a second document begins here", "keep one document in the file");
            return content == "---" && isFirst;
        }
        if (indent > _skipDeeperThan)
            return true;
        _skipDeeperThan = int.MaxValue;
        if (content[0] == '\t')
            Report("", "the line is indented with a tab", "indent with spaces");
        else if (Enter(indent))
            TakeEntry(content, indent);
        return true;
    }

    /// <summary>Finds the mapping that a line of this indentation belongs to.</summary>
    private bool Enter(int indent)
    {
        if (_opened is { } opened && indent > _levels[^1].Indent)
            _levels.Add(new Level(indent, opened + "."));
        while (_levels.Count > 1 && _levels[^1].Indent > indent)
            _levels.RemoveAt(_levels.Count - 1);
        _opened = null;
        if (_levels[^1].Indent == indent)
            return true;
        Report("", "the indentation fits no line above", "align it with the keys of its section");
        return false;
    }

    private void TakeEntry(string content, int indent)
    {
        var prefix = _levels[^1].Prefix;
        if (content[0] == '-' && (content.Length == 1 || content[1] == ' '))
        {
            _skipDeeperThan = indent;
            if (_listAt != indent)
                Report(prefix.TrimEnd('.'), "is a list; one value is expected", "write 'key: VALUE'");
            _listAt = indent;
            return;
        }
        _listAt = -1;
        var scanner = new YamlScanner(content);
        if (!scanner.TryKey(out var name))
        {
            Report("", scanner.Problem, "write 'key: value'");
            return;
        }
        var key = prefix + name;
        if (!_seen.Add(key))
            Report(key, "is written twice", "keep one of the two");
        else if (!scanner.HasValue)
            _opened = key;
        else if (scanner.IsFlowMapping)
            TakeFlow(ref scanner, key);
        else if (scanner.TryValue(isFlow: false, out var value, out var isNull))
            Add(key, value, isNull);
        else
            Refuse(key, scanner.Problem, indent);
    }

    /// <summary><c>{ a: 1, b: { c: 2 } }</c>, the scanner standing before the brace.</summary>
    private void TakeFlow(ref YamlScanner scanner, string key)
    {
        if (!scanner.TryFlow(key, out var entries))
        {
            Report(key, scanner.Problem, "write it as indented lines");
            return;
        }
        foreach (var entry in entries)
        {
            if (_seen.Add(entry.Key))
                Add(entry.Key, entry.Value, entry.IsNull);
            else
                Report(entry.Key, "is written twice", "keep one of the two");
        }
    }

    private void Refuse(string key, string problem, int indent)
    {
        // Lines that belong to what was refused would each be reported again.
        _skipDeeperThan = indent;
        Report(key, problem, $"write '{key[(key.LastIndexOf('.') + 1)..]}: VALUE' on one line");
    }

    /// <summary><c>key: ~</c>, <c>key: null</c> and <c>key: ""</c> all mean "not said", as an absent key does.</summary>
    private void Add(string key, string value, bool isNull)
    {
        if (!isNull && value.Length > 0)
            _settings.Add(new Setting(key, value, new Origin(_file, _line)));
    }

    private void Report(string key, string meaning, string fix) =>
        _problems.Add(new ConfigProblem(new Origin(_file, _line), key, meaning, fix));

    /// <summary>A mapping that is open: the column of its keys and what goes before them.</summary>
    private sealed record Level(int Indent, string Prefix);
}
