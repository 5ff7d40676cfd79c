using YamlDotNet.Core;
using YamlDotNet.RepresentationModel;

namespace Homelab.Aggregator.KubeApi;

/// <summary>One mapping of a kubeconfig that knows where it stands, so that each complaint can name file and key.</summary>
internal sealed class KubeYaml
{
    private const int LargestFile = 8 << 20;

    private readonly YamlMappingNode _node;

    private KubeYaml(string file, string key, YamlMappingNode node) => (File, Key, _node) = (file, key, node);

    public string File { get; }

    public string Key { get; }

    /// <exception cref="KubeConfigException">The file cannot be read or is no mapping.</exception>
    public static KubeYaml Load(string file)
    {
        try
        {
            if (new FileInfo(file).Length > LargestFile)
                throw new KubeConfigException(file, "", "larger than 8 MiB, so no kubeconfig", "name the right file");
            return Parse(file, System.IO.File.ReadAllText(file));
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            throw new KubeConfigException(file, "", failure.Message, "check the path and its permissions");
        }
    }

    public static KubeYaml Parse(string file, string text)
    {
        var yaml = new YamlStream();
        try
        {
            yaml.Load(new StringReader(text));
        }
        catch (YamlException failure)
        {
            throw new KubeConfigException(file, "", $"no YAML at line {failure.Start.Line}", "mend the file, or export it again");
        }
        if (yaml.Documents.Count == 0)
            return new KubeYaml(file, "", new YamlMappingNode());
        return yaml.Documents[0].RootNode is YamlMappingNode root
            ? new KubeYaml(file, "", root)
            : throw new KubeConfigException(file, "", "not a mapping", "a kubeconfig starts with 'apiVersion: v1'");
    }

    /// <summary>The text of a scalar; null where it is absent, null or empty.</summary>
    public string? Text(string key) => Child(key) switch
    {
        null => null,
        YamlScalarNode { Value: null or "" } => null,
        YamlScalarNode { Style: ScalarStyle.Plain, Value: "null" or "~" } => null,
        YamlScalarNode scalar => scalar.Value,
        _ => throw Wrong(key, "must be text", "write one value"),
    };

    public bool Has(string key) => Child(key) is not (null or YamlScalarNode { Value: null or "" or "null" or "~" });

    public string Required(string key, string fix) => Text(key) ?? throw Wrong(key, "missing", fix);

    public bool Flag(string key) => Text(key) switch
    {
        null or "false" => false,
        "true" => true,
        var other => throw Wrong(key, $"'{other}' is neither true nor false", "write true or false"),
    };

    public KubeYaml? Map(string key) => Child(key) switch
    {
        null or YamlScalarNode { Value: null or "" or "null" or "~" } => null,
        YamlMappingNode map => new KubeYaml(File, Join(key), map),
        _ => throw Wrong(key, "must be a mapping", "write 'key: value' lines under it"),
    };

    public IEnumerable<KubeYaml> Maps(string key)
    {
        var index = 0;
        foreach (var item in Sequence(key))
        {
            var at = $"{Join(key)}[{index++}]";
            yield return item is YamlMappingNode map ? new KubeYaml(File, at, map) : throw new KubeConfigException(File, at, "must be a mapping", "write '- name: …'");
        }
    }

    public IEnumerable<string> Texts(string key) =>
        Sequence(key).Select(item => item is YamlScalarNode { Value: { } text } ? text : throw Wrong(key, "must be a list of texts", "write '- text' lines"));

    /// <summary>What <paramref name="key"/> says in base64, or what the file named by <paramref name="fileKey"/> holds; null where both are absent.</summary>
    public byte[]? Bytes(string key, string fileKey)
    {
        if (Text(key) is { } inline)
        {
            var bytes = new byte[inline.Length];
            return Convert.TryFromBase64String(inline, bytes, out var written) ? bytes[..written] : throw Wrong(key, "no base64", "export the kubeconfig again, with --flatten");
        }
        if (Path(fileKey) is not { } path)
            return null;
        try
        {
            return System.IO.File.ReadAllBytes(path);
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            throw Wrong(fileKey, failure.Message, "check the path and its permissions");
        }
    }

    /// <summary>A path; a relative one counts from the folder of the file that names it, as kubectl has it.</summary>
    public string? Path(string key) =>
        Text(key) is { } path ? System.IO.Path.GetFullPath(path, System.IO.Path.GetDirectoryName(System.IO.Path.GetFullPath(File)) ?? "/") : null;

    public KubeConfigException Wrong(string key, string problem, string fix) => new(File, Join(key), problem, fix);

    private IEnumerable<YamlNode> Sequence(string key) => Child(key) switch
    {
        null or YamlScalarNode { Value: null or "" or "null" or "~" } => [],
        YamlSequenceNode list => list.Children,
        _ => throw Wrong(key, "must be a list", "write '- …' lines under it"),
    };

    private YamlNode? Child(string key) => _node.Children.TryGetValue(new YamlScalarNode(key), out var child) ? child : null;

    private string Join(string key) => Key.Length == 0 ? key : $"{Key}.{key}";
}
