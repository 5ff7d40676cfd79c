using System.Collections.Immutable;
using System.Globalization;
using Homelab.Units;
using YamlDotNet.RepresentationModel;

namespace Homelab.Aggregator.Simulation.Scenarios;

/// <summary>What is wrong with a scenario file, where, and what to write instead.</summary>
internal sealed record ScenarioProblem(string Origin, string Key, string Complaint, string Fix)
{
    public override string ToString() => Key.Length == 0 ? $"{Origin}: {Complaint}. {Fix}" : $"{Origin}: {Key}: {Complaint}. {Fix}";
}

/// <summary>One mapping of a scenario file. What is wrong is noted and read as its default, so that one reading finds all problems.</summary>
internal sealed class Fields
{
    private readonly string _path;
    private readonly string _key;
    private readonly List<ScenarioProblem> _problems;
    private readonly Dictionary<string, YamlNode> _values = new(StringComparer.Ordinal);
    private readonly YamlNode _node;

    public Fields(string path, string key, YamlNode node, string section, List<ScenarioProblem> problems)
    {
        (_path, _key, _node, _problems) = (path, key, node, problems);
        if (node is not YamlMappingNode mapping)
        {
            Complain("", node, "this must be a mapping", "Write 'key: value' lines");
            return;
        }
        foreach (var (name, value) in mapping.Children)
        {
            var word = (name as YamlScalarNode)?.Value ?? "";
            if (!ScenarioKeys.Of(section).Contains(word))
                Complain(word, name, "unknown key", $"Known here: {string.Join(", ", ScenarioKeys.Of(section))}");
            else if (value is not YamlScalarNode { Value: null or "" or "~" or "null" })
                _values[word] = value;
        }
    }

    public bool Has(string key) => _values.ContainsKey(key);

    public string Text(string key, string otherwise)
    {
        if (!_values.TryGetValue(key, out var node))
            return otherwise;
        if (node is YamlScalarNode { Value: { } text })
            return text;
        Complain(key, node, "this must be one value", "Write plain text");
        return otherwise;
    }

    public string Required(string key, string example)
    {
        if (!_values.ContainsKey(key))
            Complain(key, _node, "missing", $"Write e.g. '{key}: {example}'");
        return Text(key, "");
    }

    public double Number(string key, double otherwise, double least, double most)
    {
        if (!_values.TryGetValue(key, out var node))
            return otherwise;
        if (double.TryParse(Text(key, ""), NumberStyles.Float, CultureInfo.InvariantCulture, out var number) && number >= least && number <= most)
            return number;
        Complain(key, node, $"'{Text(key, "")}' is not a number from {least.ToString(CultureInfo.InvariantCulture)} to {most.ToString(CultureInfo.InvariantCulture)}", "Write e.g. 0.05");
        return otherwise;
    }

    public Power Watts(string key, Power? otherwise)
    {
        if (otherwise is null && !_values.ContainsKey(key))
            Complain(key, _node, "missing", $"Write e.g. '{key}: 45', in watts");
        var watts = Number(key, double.NaN, 0, 1e6);
        return double.IsNaN(watts) ? otherwise ?? Power.Zero : Power.FromWatts(watts);
    }

    public TimeSpan Time(string key, TimeSpan otherwise)
    {
        if (!_values.TryGetValue(key, out var node))
            return otherwise;
        if (ParseTime(Text(key, "")) is { } time)
            return time;
        Complain(key, node, $"'{Text(key, "")}' is not a duration", "Write e.g. 300s, 50ms, 15m or 1h");
        return otherwise;
    }

    public bool Flag(string key, bool otherwise)
    {
        if (!_values.TryGetValue(key, out var node))
            return otherwise;
        if (bool.TryParse(Text(key, ""), out var flag))
            return flag;
        Complain(key, node, $"'{Text(key, "")}' is neither true nor false", "Write true or false");
        return otherwise;
    }

    /// <summary>One of the words, by its place among them.</summary>
    public int Word(string key, int otherwise, IReadOnlyList<string> words)
    {
        if (!_values.TryGetValue(key, out var node))
            return otherwise;
        for (var i = 0; i < words.Count; i++)
        {
            if (words[i] == Text(key, ""))
                return i;
        }
        Complain(key, node, $"'{Text(key, "")}' is not known", $"Write one of {string.Join(", ", words)}");
        return otherwise;
    }

    public ImmutableArray<string> Texts(string key)
    {
        if (!_values.TryGetValue(key, out var node))
            return [];
        if (node is YamlScalarNode { Value: { } one })
            return [one];
        if (node is YamlSequenceNode list && list.All(item => item is YamlScalarNode))
            return [.. list.Select(item => ((YamlScalarNode)item).Value ?? "")];
        Complain(key, node, "this must be a list of plain values", "Write [a, b]");
        return [];
    }

    public Fields? Child(string key, string section) =>
        _values.TryGetValue(key, out var node) ? new Fields(_path, Under(key), node, section, _problems) : null;

    public IEnumerable<Fields> Children(string key, string section)
    {
        if (!_values.TryGetValue(key, out var node))
            yield break;
        if (node is not YamlSequenceNode list)
        {
            Complain(key, node, "this must be a list", "Start each entry with '- '");
            yield break;
        }
        for (var i = 0; i < list.Children.Count; i++)
            yield return new Fields(_path, $"{Under(key)}[{i}]", list.Children[i], section, _problems);
    }

    public void Complain(string key, string complaint, string fix) => Complain(key, _values.GetValueOrDefault(key, _node), complaint, fix);

    private void Complain(string key, YamlNode node, string complaint, string fix) =>
        _problems.Add(new ScenarioProblem($"{_path}:{node.Start.Line}", key.Length == 0 ? _key : Under(key), complaint, fix));

    private string Under(string key) => _key.Length == 0 ? key : $"{_key}.{key}";

    /// <summary>Seconds when no unit is said; null when it is no duration from 0 to 30 days.</summary>
    public static TimeSpan? ParseTime(string text)
    {
        var (digits, unit) = text switch
        {
            [.. var rest, 'm', 's'] => (rest, 0.001),
            [.. var rest, 's'] => (rest, 1),
            [.. var rest, 'm'] => (rest, 60),
            [.. var rest, 'h'] => (rest, 3600),
            _ => (text, 1.0),
        };
        var isNumber = double.TryParse(digits, NumberStyles.Float, CultureInfo.InvariantCulture, out var number);
        return isNumber && number * unit is >= 0 and <= 30 * 86400.0 ? TimeSpan.FromSeconds(number * unit) : null;
    }
}
