using System.Globalization;
using System.Text;
using System.Text.RegularExpressions;
using YamlDotNet.Core;
using YamlDotNet.RepresentationModel;

namespace Homelab.Manifests.Tests;

/// <summary>YAML as plain values: null, bool, long, double, string, list, and map sorted by key (as Go templates walk them).</summary>
internal static partial class YamlTree
{
    /// <summary>Every document that is not empty.</summary>
    public static List<object?> ReadAll(string text)
    {
        var stream = new YamlStream();
        stream.Load(new StringReader(text));
        return [.. stream.Documents.Select(document => Of(document.RootNode)).Where(value => value is not null)];
    }

    public static object? Read(string text) => ReadAll(text).SingleOrDefault();

    public static SortedDictionary<string, object?> Map(params (string Key, object? Value)[] entries) =>
        new(entries.ToDictionary(entry => entry.Key, entry => entry.Value), StringComparer.Ordinal);

    /// <summary>The first with the second laid over it, as Helm lays values over each other: a null takes a key away.</summary>
    public static object? Merge(object? below, object? above)
    {
        if (below is not SortedDictionary<string, object?> map || above is not SortedDictionary<string, object?> over)
            return above;
        var merged = new SortedDictionary<string, object?>(map, StringComparer.Ordinal);
        foreach (var (key, value) in over)
        {
            if (value is null)
                merged.Remove(key);
            else
                merged[key] = Merge(map.GetValueOrDefault(key), value);
        }
        return merged;
    }

    /// <summary>Block style, without the newline at the end; as Helm's toYaml.</summary>
    public static string Write(object? value)
    {
        var text = new StringBuilder();
        Write(value, 0, text);
        return text.ToString().Trim('\n');
    }

    public static string Quoted(string text) => "\"" + text.Replace("\\", "\\\\", StringComparison.Ordinal).Replace("\"", "\\\"", StringComparison.Ordinal)
        .Replace("\n", "\\n", StringComparison.Ordinal).Replace("\t", "\\t", StringComparison.Ordinal) + "\"";

    private static object? Of(YamlNode node) => node switch
    {
        YamlMappingNode mapping => new SortedDictionary<string, object?>(
            mapping.Children.ToDictionary(child => ((YamlScalarNode)child.Key).Value!, child => Of(child.Value)), StringComparer.Ordinal),
        YamlSequenceNode sequence => sequence.Children.Select(Of).ToList(),
        YamlScalarNode { Style: ScalarStyle.Plain } scalar => Plain(scalar.Value ?? ""),
        YamlScalarNode scalar => scalar.Value,
        _ => throw new NotSupportedException(node.GetType().Name),
    };

    private static object? Plain(string text) => text switch
    {
        "" or "~" or "null" => null,
        "true" => true,
        "false" => false,
        // YAML 1.1, as Kubernetes reads it: file modes are octal.
        _ when Octal().IsMatch(text) => Convert.ToInt64(text, 8),
        _ when long.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var number) => number,
        _ when double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out var number) && char.IsAsciiDigit(text[^1]) => number,
        _ => text,
    };

    private static void Write(object? value, int depth, StringBuilder text)
    {
        var indent = new string(' ', depth * 2);
        if (value is IReadOnlyDictionary<string, object?> { Count: > 0 } map)
        {
            foreach (var (key, child) in map)
                Entry($"{indent}{Scalar(key)}:", child, depth + (child is IReadOnlyList<object?> ? 0 : 1), text);
        }
        else if (value is IReadOnlyList<object?> { Count: > 0 } list)
        {
            foreach (var child in list)
                Item(indent, child, depth, text);
        }
        else
        {
            text.Append(indent).Append(Scalar(value)).Append('\n');
        }
    }

    private static void Entry(string head, object? child, int depth, StringBuilder text)
    {
        if (child is IReadOnlyDictionary<string, object?> { Count: > 0 } or IReadOnlyList<object?> { Count: > 0 })
        {
            text.Append(head).Append('\n');
            Write(child, depth, text);
        }
        else
        {
            text.Append(head).Append(' ').Append(Scalar(child)).Append('\n');
        }
    }

    private static void Item(string indent, object? child, int depth, StringBuilder text)
    {
        var inner = new StringBuilder();
        Write(child, depth + 1, inner);
        text.Append(indent).Append("- ").Append(inner.ToString().TrimStart(' '));
    }

    private static string Scalar(object? value) => value switch
    {
        null => "null",
        bool flag => flag ? "true" : "false",
        string text => Bare().IsMatch(text) && Plain(text) is string && !Ambiguous().IsMatch(text) ? text : Quoted(text),
        IReadOnlyDictionary<string, object?> => "{}",
        IReadOnlyList<object?> => "[]",
        _ => Convert.ToString(value, CultureInfo.InvariantCulture)!,
    };

    [GeneratedRegex("^0[0-7]+$")]
    private static partial Regex Octal();

    // Helm writes :8765 without quotes; the product must read it so.
    [GeneratedRegex("^[A-Za-z0-9_/.:][A-Za-z0-9_./:-]*(?<!:)$")]
    private static partial Regex Bare();

    [GeneratedRegex("^(y|n|yes|no|on|off)$", RegexOptions.IgnoreCase)]
    private static partial Regex Ambiguous();
}
