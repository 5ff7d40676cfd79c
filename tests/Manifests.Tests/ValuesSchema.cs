using System.Globalization;
using System.Text.RegularExpressions;

namespace Homelab.Manifests.Tests;

/// <summary>Checks values against the part of JSON Schema draft 7 that <c>values.schema.json</c> uses; any other keyword is an error.</summary>
internal sealed class ValuesSchema
{
    private static readonly HashSet<string> Keywords =
    [
        "$schema", "$ref", "title", "description", "definitions", "type", "properties", "additionalProperties", "required", "enum", "pattern",
        "minimum", "maximum", "minLength", "items",
    ];

    private readonly KubeValue _root;

    private ValuesSchema(KubeValue root) => _root = root;

    /// <summary>The chart's own schema. JSON is YAML.</summary>
    public static ValuesSchema Load() => new(new KubeValue(YamlTree.Read(File.ReadAllText(Path.Combine(Chart.Folder, "values.schema.json")))));

    public KubeValue Root => _root;

    /// <summary>What is wrong, each with its path.</summary>
    public IReadOnlyList<string> Check(object? value)
    {
        var problems = new List<string>();
        Check(value, _root, "", problems);
        return problems;
    }

    private void Check(object? value, KubeValue schema, string path, List<string> problems)
    {
        foreach (var keyword in schema.Entries.Keys.Where(keyword => !Keywords.Contains(keyword)))
            throw new NotSupportedException($"the schema of {path} uses '{keyword}', which is not checked here");
        if (schema["$ref"].IsThere)
        {
            Check(value, _root[schema["$ref"].Text["#/".Length..]], path, problems);
            return;
        }
        var types = schema["type"].Value is string one ? [one] : schema["type"].Texts.ToArray();
        if (types.Length > 0 && !types.Any(type => IsOf(value, type)))
        {
            problems.Add($"{path}: is no {string.Join(" or ", types)}");
            return;
        }
        if (schema["enum"].IsThere && !schema["enum"].Items.Any(choice => Equals(choice.Value, value)))
            problems.Add($"{path}: '{value}' is none of {string.Join(", ", schema["enum"].Texts)}");
        CheckParts(value, schema, path, problems);
    }

    private void CheckParts(object? value, KubeValue schema, string path, List<string> problems)
    {
        if (value is string text)
        {
            if (schema["pattern"].IsThere && !Regex.IsMatch(text, schema["pattern"].Text))
                problems.Add($"{path}: '{text}' is not like {schema["pattern"].Text}");
            if (schema["minLength"].Value is long least && text.Length < least)
                problems.Add($"{path}: is too short");
        }
        else if (value is long or double)
        {
            var number = Convert.ToDouble(value, CultureInfo.InvariantCulture);
            if (schema["minimum"].IsThere && number < Convert.ToDouble(schema["minimum"].Value, CultureInfo.InvariantCulture))
                problems.Add($"{path}: {number} is too small");
            if (schema["maximum"].IsThere && number > Convert.ToDouble(schema["maximum"].Value, CultureInfo.InvariantCulture))
                problems.Add($"{path}: {number} is too large");
        }
        else if (value is IReadOnlyList<object?> list && schema["items"].IsThere)
        {
            for (var i = 0; i < list.Count; i++)
                Check(list[i], schema["items"], $"{path}/{i}", problems);
        }
        else if (value is IReadOnlyDictionary<string, object?> map)
        {
            CheckMap(map, schema, path, problems);
        }
    }

    private void CheckMap(IReadOnlyDictionary<string, object?> map, KubeValue schema, string path, List<string> problems)
    {
        problems.AddRange(schema["required"].Texts.Where(name => !map.ContainsKey(name)).Select(name => $"{path}/{name}: is missing"));
        var properties = schema["properties"].Entries;
        foreach (var (name, child) in map)
        {
            if (properties.TryGetValue(name, out var known))
                Check(child, new KubeValue(known), $"{path}/{name}", problems);
            else if (schema["additionalProperties"].Value is false)
                problems.Add($"{path}/{name}: is not known");
            else if (schema["additionalProperties"].IsThere)
                Check(child, schema["additionalProperties"], $"{path}/{name}", problems);
        }
    }

    private static bool IsOf(object? value, string type) => type switch
    {
        "object" => value is IReadOnlyDictionary<string, object?>,
        "array" => value is IReadOnlyList<object?>,
        "string" => value is string,
        "boolean" => value is bool,
        "integer" => value is long,
        "number" => value is long or double,
        _ => throw new NotSupportedException($"the type '{type}' is not checked here"),
    };
}
