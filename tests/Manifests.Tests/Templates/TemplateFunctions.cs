using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using System.Text.RegularExpressions;

namespace Homelab.Manifests.Tests.Templates;

/// <summary>The functions of Go's text/template, of sprig and of Helm that the chart uses, in their own argument order.</summary>
internal static class TemplateFunctions
{
    private static readonly Dictionary<string, Func<IReadOnlyList<object?>, object?>> All = new(StringComparer.Ordinal)
    {
        ["append"] = a => new List<object?>([.. (IReadOnlyList<object?>)a[0]!, a[1]]),
        ["contains"] = a => Text(a[1]).Contains(Text(a[0]), StringComparison.Ordinal),
        ["default"] = a => TemplateRun.IsTrue(a[1]) ? a[1] : a[0],
        ["dict"] = Dict,
        ["eq"] = a => Equals(a[0], a[1]),
        ["fail"] = a => throw new TemplateException(Text(a[0])),
        ["gt"] = a => (long)a[0]! > (long)a[1]!,
        ["index"] = a => a.Skip(1).Aggregate(a[0], (owner, key) => ((IReadOnlyDictionary<string, object?>)owner!).GetValueOrDefault(Text(key))),
        ["int"] = a => Convert.ToInt64(a[0], CultureInfo.InvariantCulture),
        ["list"] = a => a.ToList(),
        ["ne"] = a => !Equals(a[0], a[1]),
        ["nindent"] = a => "\n" + Indent((long)a[0]!, Text(a[1])),
        ["not"] = a => !TemplateRun.IsTrue(a[0]),
        ["printf"] = Printf,
        ["quote"] = a => YamlTree.Quoted(TemplateRun.Printed(a[0])),
        ["replace"] = a => Text(a[2]).Replace(Text(a[0]), Text(a[1]), StringComparison.Ordinal),
        ["required"] = a => a[1] is null or "" ? throw new TemplateException(Text(a[0])) : a[1],
        ["sha256sum"] = a => Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(Text(a[0])))),
        ["title"] = a => Text(a[0]) is { Length: > 0 } text ? char.ToUpperInvariant(text[0]) + text[1..] : "",
        ["toYaml"] = a => YamlTree.Write(a[0]),
        ["trimSuffix"] = a => Text(a[1]).EndsWith(Text(a[0]), StringComparison.Ordinal) ? Text(a[1])[..^Text(a[0]).Length] : Text(a[1]),
        ["trunc"] = a => Text(a[1]) is var text && text.Length > (long)a[0]! ? text[..(int)(long)a[0]!] : text,
        ["upper"] = a => Text(a[0]).ToUpperInvariant(),
    };

    /// <summary>Words that a template may use: the functions above, and what the language has itself.</summary>
    public static IReadOnlySet<string> Known { get; } = new HashSet<string>([.. All.Keys, "and", "or", "include", "if", "else", "end", "with", "range", "define", "true", "false"]);

    public static object? Call(string name, IReadOnlyList<object?> arguments)
    {
        if (!All.TryGetValue(name, out var function))
            throw new TemplateException($"the function '{name}' is not known here");
        try
        {
            return function(arguments);
        }
        catch (Exception wrong) when (wrong is ArgumentOutOfRangeException or InvalidCastException or NullReferenceException)
        {
            throw new TemplateException($"'{name}' can not take ({string.Join(", ", arguments.Select(a => a?.ToString() ?? "nothing"))})");
        }
    }

    /// <summary>The methods of Helm's objects; they are plain functions of one text here.</summary>
    public static object? Method(object? owner, string name, IReadOnlyList<object?> arguments) =>
        owner is IReadOnlyDictionary<string, object?> map && map.GetValueOrDefault(name) is Func<string, object?> method
            ? method(Text(arguments.Single()))
            : throw new TemplateException($"there is no method .{name}");

    private static string Text(object? value) => value as string ?? throw new InvalidCastException();

    private static string Indent(long spaces, string text) =>
        new string(' ', (int)spaces) + text.Replace("\n", "\n" + new string(' ', (int)spaces), StringComparison.Ordinal);

    private static SortedDictionary<string, object?> Dict(IReadOnlyList<object?> pairs)
    {
        var map = new SortedDictionary<string, object?>(StringComparer.Ordinal);
        for (var i = 0; i < pairs.Count; i += 2)
            map[Text(pairs[i])] = pairs[i + 1];
        return map;
    }

    private static string Printf(IReadOnlyList<object?> arguments)
    {
        var next = 1;
        var text = Regex.Replace(Text(arguments[0]), "%(.)", verb => verb.Groups[1].Value == "s" ? Text(arguments[next++]) : throw new TemplateException($"{verb.Value} is not known here"));
        return next == arguments.Count ? text : throw new TemplateException("printf has arguments left over");
    }
}
