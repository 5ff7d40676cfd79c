namespace Homelab.Manifests.Tests.Templates;

/// <summary>The interpreter against what Go's text/template, sprig and Helm document.</summary>
public sealed class TemplateRunTests
{
    [Theory]
    [InlineData("a {{- 1 }} b", "a1 b")]
    [InlineData("a {{ 1 -}} b", "a 1b")]
    [InlineData("a{{/* not\nthis */}}b", "ab")]
    [InlineData("{{ .name }}", "um890")]
    [InlineData("{{ $.map.x }}", "1")]
    [InlineData("{{ if .empty }}a{{ else if .name }}b{{ else }}c{{ end }}", "b")]
    [InlineData("{{ if and .name .empty }}a{{ end }}", "")]
    [InlineData("{{ if or .empty .name }}a{{ end }}", "a")]
    [InlineData("{{ if and .absent .absent.deep }}a{{ end }}", "")]
    [InlineData("{{ with .map }}{{ .x }}{{ end }}", "1")]
    [InlineData("{{ with .absent }}a{{ else }}{{ .name }}{{ end }}", "um890")]
    [InlineData("{{ range .list }}{{ . }},{{ end }}", "a,b,")]
    [InlineData("{{ range $x := .list }}{{ $x }}{{ $.name }}{{ end }}", "aum890bum890")]
    [InlineData("{{ $x := 1 }}{{ if true }}{{ $x = 2 }}{{ end }}{{ $x }}", "2")]
    [InlineData("{{ $x := 1 }}{{ if true }}{{ $x := 2 }}{{ end }}{{ $x }}", "1")]
    [InlineData("{{ (index .outer \"map\").x }}", "1")]
    [InlineData("{{ define \"t\" }}<{{ .x }}>{{ end }}{{ include \"t\" .map }}", "<1>")]
    [InlineData("{{ .name | upper | quote }}", "\"UM890\"")]
    [InlineData("{{ default \"x\" .absent }}{{ default \"x\" .name }}", "xum890")]
    [InlineData("{{ printf \"%s-%s\" .name \"a\" | trunc 6 | trimSuffix \"-\" }}", "um890")]
    [InlineData("{{ .list | toYaml | nindent 2 }}", "\n  - a\n  - b")]
    [InlineData("{{ toYaml .outer }}", "map:\n  x: 1")]
    [InlineData("{{ if eq .name \"um890\" }}{{ ne 1 2 }}{{ gt (int 2) 1 }}{{ not .empty }}{{ end }}", "truetruetrue")]
    [InlineData("{{ \"\" | sha256sum }}", "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855")]
    [InlineData("{{ contains \"m8\" .name }}{{ replace \"8\" \"9\" .name }}{{ title \"ab\" }}", "trueum990Ab")]
    [InlineData("{{ range append .list \"c\" }}{{ . }}{{ end }}", "abc")]
    public void Render_KnownConstruct_IsAsDocumented(string template, string expected) => Assert.Equal(expected, Run(template));

    [Theory]
    [InlineData("{{ randAlphaNum 8 }}", "'randAlphaNum' is not known")]
    [InlineData("{{ lookup \"v1\" \"Secret\" \"a\" \"b\" }}", "'lookup' is not known")]
    [InlineData("{{ template \"x\" }}", "'template' is not known")]
    [InlineData("{{ range $i, $x := .list }}{{ end }}", "',' in")]
    [InlineData("{{ .absent }}", "not there would be printed")]
    [InlineData("{{ .absent.deep }}", ".deep is asked")]
    [InlineData("{{ .map }}", "a map would be printed")]
    [InlineData("{{ $x }}", "$x is not declared")]
    [InlineData("{{ if .name }}a", "does not end")]
    [InlineData("{{ end }}", "closes nothing")]
    [InlineData("a {{ .name", "does not end")]
    [InlineData("{{ required \"say it\" .absent }}", "say it")]
    [InlineData("{{ fail \"never\" }}", "never")]
    [InlineData("{{ printf \"%d\" 1 }}", "%d is not known")]
    [InlineData("{{ include \"absent\" . }}", "no template 'absent'")]
    [InlineData("{{ upper .list }}", "'upper' can not take")]
    public void Render_AnythingElse_IsRefused(string template, string why) =>
        Assert.Contains(why, Assert.Throws<TemplateException>(() => Run(template)).Message, StringComparison.Ordinal);

    private static string Run(string template)
    {
        var nodes = TemplateParser.Parse("test", template);
        var map = YamlTree.Map(("x", 1L));
        var dot = YamlTree.Map(("name", "um890"), ("empty", ""), ("list", new List<object?> { "a", "b" }), ("map", map), ("outer", YamlTree.Map(("map", map))));
        return TemplateRun.Render(nodes, dot, nodes.OfType<DefineNode>().ToDictionary(define => define.Name, define => define.Body));
    }
}
