using System.Collections.Immutable;
using YamlDotNet.Core;
using YamlDotNet.RepresentationModel;

namespace Homelab.Aggregator.Configuration;

/// <summary>A YAML file flattened to dotted keys, each with its line.</summary>
/// <param name="Problems">What kept the file, or parts of it, from being read.</param>
internal sealed record ConfigFile(ImmutableArray<ConfigValue> Values, ImmutableArray<ConfigProblem> Problems)
{
    private const int MostBytes = 1 << 20;
    private const int MostDepth = 16;

    public static readonly ConfigFile Empty = new([], []);

    /// <summary>Reads a file. A missing one is empty unless it was asked for by name.</summary>
    public static ConfigFile Read(string path, bool isRequired)
    {
        try
        {
            if (!isRequired && !File.Exists(path))
                return Empty;
            if (new FileInfo(path).Length > MostBytes)
                return Broken(path, "the file is larger than 1 MiB", "Is it the right file?");
            return Parse(path, File.ReadAllText(path));
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            return Broken(path, failure.Message, "Check the path and its permissions");
        }
    }

    /// <summary>Parses YAML text; the path is for messages.</summary>
    public static ConfigFile Parse(string path, string text)
    {
        try
        {
            var stream = new YamlStream();
            stream.Load(new StringReader(text));
            if (stream.Documents.Count == 0)
                return Empty;
            if (stream.Documents.Count > 1)
                return Broken(path, "the file holds several YAML documents", "Remove the line '---' between them");
            var flat = new Flattening(path);
            flat.Add("", stream.Documents[0].RootNode, 0);
            return new ConfigFile(flat.Values.ToImmutable(), flat.Problems.ToImmutable());
        }
        catch (YamlException failure)
        {
            return NotYaml($"{path}:{failure.Start.Line}", failure.Message);
        }
        catch (Exception failure) when (failure is ArgumentException or InvalidOperationException or FormatException or OverflowException or IndexOutOfRangeException)
        {
            // On a stray '%' or ':' in a flow the scanner of YamlDotNet 16.3 trips over itself, without a place; to the reader it is the same broken file.
            return NotYaml(path, "the parser lost its way");
        }
    }

    private static ConfigFile NotYaml(string origin, string why) =>
        Broken(origin, $"not YAML: {why}", "Indent with spaces, and quote text that holds ': ' or '#'");

    private static ConfigFile Broken(string origin, string complaint, string fix) =>
        new([], [new ConfigProblem(origin, "", complaint, fix)]);

    /// <summary>Walks the tree. Aliases are refused: nothing here needs them, and nested ones grow without bound.</summary>
    private sealed class Flattening(string path)
    {
        private readonly HashSet<YamlNode> _seen = new(ReferenceEqualityComparer.Instance);

        public ImmutableArray<ConfigValue>.Builder Values { get; } = ImmutableArray.CreateBuilder<ConfigValue>();

        public ImmutableArray<ConfigProblem>.Builder Problems { get; } = ImmutableArray.CreateBuilder<ConfigProblem>();

        public void Add(string key, YamlNode node, int depth)
        {
            if (!_seen.Add(node) || depth > MostDepth)
                Complain(key, node, "aliases and deep nesting are not supported", "Write the value out");
            else if (node is YamlMappingNode mapping)
                AddChildren(key, mapping, depth);
            else if (key.Length == 0 && node is YamlScalarNode { Value: null or "" })
                return;
            else if (key.Length == 0)
                Complain("", node, "the file is not a list of 'key: value' settings", "Start with a key, e.g. 'budget:'");
            else if (node is YamlScalarNode scalar)
                AddValue(key, node, scalar.Value is null or "" or "~" or "null" ? [] : [scalar.Value]);
            else if (node is YamlSequenceNode sequence && sequence.All(item => item is YamlScalarNode))
                AddValue(key, node, [.. sequence.Select(item => ((YamlScalarNode)item).Value ?? "")]);
            else if (node is YamlSequenceNode { Children.Count: > 0 } list && list.All(item => item is YamlMappingNode))
                AddItems(key, list, depth);
            else
                Complain(key, node, "a list here may hold only plain values", "Write [a, b]");
        }

        private void AddChildren(string key, YamlMappingNode mapping, int depth)
        {
            foreach (var (name, child) in mapping.Children)
            {
                if (name is YamlScalarNode { Value: { Length: > 0 } word })
                    Add(key.Length == 0 ? word : $"{key}.{word}", child, depth + 1);
                else
                    Complain(key, name, "a key must be plain text", "Write 'name: value'");
            }
        }

        /// <summary>Items that are mappings themselves: <c>budget.groups[0].name</c>.</summary>
        private void AddItems(string key, YamlSequenceNode list, int depth)
        {
            for (var i = 0; i < list.Children.Count; i++)
                Add($"{key}[{i}]", list.Children[i], depth + 1);
        }

        /// <summary>A key with nothing after it leaves the default in force.</summary>
        private void AddValue(string key, YamlNode node, ImmutableArray<string> items)
        {
            if (items.Length > 0 || node is YamlSequenceNode)
                Values.Add(new ConfigValue(key, items, Where(node)));
        }

        private void Complain(string key, YamlNode node, string complaint, string fix) =>
            Problems.Add(new ConfigProblem(Where(node), key, complaint, fix));

        private string Where(YamlNode node) => $"{path}:{node.Start.Line}";
    }
}
