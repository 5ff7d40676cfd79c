using FsCheck;
using FsCheck.Fluent;
using Homelab.Aggregator.Configuration;

namespace Homelab.Aggregator.Tests.Configuration;

public sealed class ConfigFileTests
{
    [Theory]
    [InlineData("")]
    [InlineData("# only a comment\n")]
    [InlineData("---\n")]
    [InlineData("budget:\n")]
    [InlineData("budget: ~\n")]
    public void Parse_NothingSet_IsEmptyWithoutProblems(string text)
    {
        var file = ConfigFile.Parse("f", text);

        Assert.Empty(file.Values);
        Assert.Empty(file.Problems);
    }

    [Fact]
    public void Parse_Nested_IsFlattenedWithLines()
    {
        var file = ConfigFile.Parse("f", "a:\n  b: 1\n  c: [x, y]\nd: 'z'\n");

        Assert.Equal(["a.b=1 f:2", "a.c=x,y f:3", "d=z f:4"], file.Values.Select(value => $"{value.Key}={value.Text} {value.Origin}"));
    }

    [Theory]
    [InlineData("a: [1", "not YAML")]
    [InlineData("a: 1\na: 2", "not YAML")]
    [InlineData("just text", "not a list of")]
    [InlineData("- a\n- b", "not a list of")]
    [InlineData("a: [[1]]", "only plain values")]
    [InlineData("a: 1\n---\nb: 2", "several YAML documents")]
    [InlineData("{ [x]: 1 }", "must be plain text")]
    public void Parse_WrongText_IsOneProblemWithItsLine(string text, string complaint)
    {
        var problem = Assert.Single(ConfigFile.Parse("f", text).Problems);

        Assert.StartsWith("f", problem.Origin, StringComparison.Ordinal);
        Assert.Contains(complaint, problem.Complaint, StringComparison.Ordinal);
        Assert.NotEqual("", problem.Fix);
    }

    [Fact]
    public void Parse_TextThatStopsTheParser_IsAProblem() =>
        Assert.Contains("not YAML", Assert.Single(ConfigFile.Parse("f", "\n-|[&x{}%}#éé:\t{|?!\n|:>-%\t,':a\t\"#\"").Problems).Complaint, StringComparison.Ordinal);

    [Fact]
    public void Parse_AliasBomb_IsRefusedQuickly()
    {
        var bomb = "a: &a [x, x, x, x]\n" + string.Concat(Enumerable.Range(0, 40).Select(i => $"k{i}: {{ p: &b{i} {{ q: *a }}, r: *b{i} }}\n"));

        Assert.Contains(ConfigFile.Parse("f", bomb).Problems, problem => problem.Complaint.Contains("alias", StringComparison.Ordinal));
    }

    [Fact]
    public void Read_MissingFile_IsAProblemOnlyWhenItWasAskedFor()
    {
        Assert.Empty(ConfigFile.Read("/nowhere/x.yaml", isRequired: false).Problems);
        Assert.Equal("/nowhere/x.yaml", Assert.Single(ConfigFile.Read("/nowhere/x.yaml", isRequired: true).Problems).Origin);
    }

    [Fact]
    public void Parse_AnyText_NeverThrows() =>
        Check.QuickThrowOnFailure(Prop.ForAll(
            Gen.ArrayOf(Gen.Elements("a", ":", " ", "\n", "-", "[", "]", "{", "}", "&x", "*x", "'", "\"", "#", "!", "|", ">", "%", "?", "\t", ",", "\0", "é")).Select(parts => string.Concat(parts)).ToArbitrary(),
            text => ConfigFile.Parse("f", text) is not null));
}
