using FsCheck;
using FsCheck.Fluent;
using Homelab.NodeAgent.Configuration;
using YamlDotNet.RepresentationModel;

namespace Homelab.NodeAgent.Tests.Configuration;

/// <summary>The reader against a full parser: what it accepts must read the same there.</summary>
public class YamlSettingsTests
{
    [Theory]
    [InlineData("a: 1\nb: two words\n")]
    [InlineData("# comment\n---\na: 1 # tail\nb: 'it''s # no comment'\nc: \"tab\\t \\u00b0 \\\"q\\\"\"\n")]
    [InlineData("interval:\n  sample: 1s\n  send: 5s\nnode: x\n")]
    [InlineData("interval: { sample: 1s, send: \"5s\" }\nhost: {root: /host}\n")]
    [InlineData("a:\n    b:\n        c: deep\n    d: shallow\ne: end\n")]
    [InlineData("a: { b: { c: 1, d: 2 }, e: 3 } # tail\n")]
    [InlineData("url: http://hub:8766\ntime: 12:30:00\nhash: a#b\n")]
    [InlineData("\uFEFFa: 1\r\nb: 2\r\n...\nnonsense {{{\n")]
    [InlineData("empty:\nnothing: ~\nnone: null\nblank: \"\"\nafter: 1\n")]
    [InlineData("'quoted key': 1\n\"other\": 2\n")]
    [InlineData("a:   spaced   \nb:\t tabbed\n")]
    [InlineData("f: {}\ng: 1\n")]
    public void Read_OrdinaryFiles_ReadAsAFullParserReadsThem(string text)
    {
        var (settings, problems) = Read(text);

        Assert.Empty(problems);
        Assert.Equal(Oracle(text), settings.Select(s => (s.Key, s.Value)));
    }

    [Theory]
    [InlineData("a: 1\na: 2\n", 2, "written twice")]
    [InlineData("a:\n  - 1\n  - 2\nb: 3\n", 2, "is a list")]
    [InlineData("a: [1, 2]\n", 1, "is a list")]
    [InlineData("a: *x\n", 1, "anchor or alias")]
    [InlineData("a: |\n  text: here\n  more\nb: 1\n", 1, "block of text")]
    [InlineData("\ta: 1\n", 1, "tab")]
    [InlineData("a:\n  b: 1\n c: 2\n", 3, "fits no line")]
    [InlineData("a: 1\n  b: 2\n", 2, "fits no line")]
    [InlineData("just words\n", 1, "not 'key: value'")]
    [InlineData("a: 'open\n", 1, "close its quote")]
    [InlineData("a: {b: 1\n", 1, "close its brace")]
    [InlineData("a: b: c\n", 1, "put it in quotes")]
    [InlineData("a: 1\n---\nb: 2\n", 2, "second document")]
    [InlineData("a: \"\\q\"\n", 1, "unknown escape")]
    public void Read_WhatItDoesNotTake_IsNamedWithItsLine(string text, int line, string meaning)
    {
        var (_, problems) = Read(text);

        var problem = Assert.Single(problems);
        Assert.Equal(line, problem.Origin.Line);
        Assert.Contains(meaning, problem.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public void Read_AnyText_NeitherThrowsNorReadsOtherwiseThanAFullParser()
    {
        var pieces = Gen.Elements("a", "b:", ": ", "\n", "  ", "x: 1", "'", "\"", "{", "}", ",", "#", "- ", "[", "~", "\\", "é", "---\n", "null", "\t");
        var texts = pieces.ListOf().Select(list => string.Concat(list));
        Check.One(Config.QuickThrowOnFailure.WithMaxTest(2000), Prop.ForAll(Arb.From(texts), text =>
        {
            var (settings, problems) = Read(text);
            if (problems.Count > 0)
                return true;
            return !TryOracle(text, out var expected) || expected.SequenceEqual(settings.Select(s => (s.Key, s.Value)));
        }));
    }

    [Fact]
    public void Read_Lines_AreRemembered()
    {
        var (settings, _) = Read("# one\na: 1\n\nb:\n  c: 2\n");

        Assert.Equal([("a", 2), ("b.c", 5)], settings.Select(s => (s.Key, s.Origin.Line)));
    }

    private static (List<Setting> Settings, List<ConfigProblem> Problems) Read(string text)
    {
        var (settings, problems) = (new List<Setting>(), new List<ConfigProblem>());
        YamlSettings.Read("f.yaml", text, settings, problems);
        return (settings, problems);
    }

    private static bool TryOracle(string text, out IReadOnlyList<(string Key, string Value)> settings)
    {
        try
        {
            settings = Oracle(text);
            return true;
        }
        catch (Exception error) when (error is YamlDotNet.Core.YamlException or InvalidCastException or ArgumentException)
        {
            settings = [];
            return false;
        }
    }

    private static List<(string Key, string Value)> Oracle(string text)
    {
        var found = new List<(string, string)>();
        var stream = new YamlStream();
        text = text.TrimStart('\uFEFF');
        var end = text.IndexOf("\n...", StringComparison.Ordinal);
        stream.Load(new StringReader(end < 0 ? text : text[..(end + 1)]));
        if (stream.Documents.Count > 0 && stream.Documents[0].RootNode is YamlMappingNode root)
            Flatten("", root, found);
        return found;
    }

    private static void Flatten(string prefix, YamlMappingNode node, List<(string, string)> found)
    {
        foreach (var (name, value) in node.Children)
        {
            var key = prefix + ((YamlScalarNode)name).Value;
            if (value is YamlMappingNode nested)
                Flatten(key + ".", nested, found);
            else if (value is YamlScalarNode scalar && scalar.Value is { Length: > 0 } written && !(scalar.Style == YamlDotNet.Core.ScalarStyle.Plain && written is "~" or "null" or "Null" or "NULL"))
                found.Add((key, written));
        }
    }
}
