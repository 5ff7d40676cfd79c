using System.Text.RegularExpressions;
using Homelab.Manifests.Tests.Templates;
using Homelab.TestKit;

namespace Homelab.Manifests.Tests;

public sealed class ValuesSchemaTests
{
    private static readonly ValuesSchema Schema = ValuesSchema.Load();

    public static TheoryData<string> Values => [.. Chart.CiFiles.Prepend("default")];

    [Theory]
    [MemberData(nameof(Values))]
    public void Check_ShippedValues_FindsNothing(string ci) => Assert.Empty(Schema.Check(Chart.Values(ci)));

    [Fact]
    public void Check_MisspeltKeyAnywhere_FindsIt()
    {
        // Maps that are free by nature.
        string[] free = ["Labels", "labels", "annotations", "podAnnotations", "nodeSelector", "nodes", "fromPlugin"];
        var refused = 0;
        foreach (var path in Maps(Chart.DefaultValues, "").Where(path => !free.Any(name => path.EndsWith(name, StringComparison.Ordinal))))
        {
            var wrong = path.Split('/', StringSplitOptions.RemoveEmptyEntries).Reverse()
                .Aggregate((object?)YamlTree.Map(("mispelt", "x")), (inner, key) => YamlTree.Map((key, inner)));
            Assert.Contains(Schema.Check(YamlTree.Merge(Chart.DefaultValues, wrong)), problem => problem == $"{path}/mispelt: is not known");
            refused++;
        }
        Assert.True(refused > 25);
    }

    [Theory]
    [InlineData("{ aggregator: { replicas: 3 } }")]
    [InlineData("{ aggregator: { replicas: '1' } }")]
    [InlineData("{ tls: { insecure: 'yes' } }")]
    [InlineData("{ agent: { image: { digest: latest } } }")]
    [InlineData("{ agent: { image: { repository: '' } } }")]
    [InlineData("{ agent: { enforce: { nodeLabel: 'a b' } } }")]
    [InlineData("{ agent: { devices: { fromPlugin: { smarter-devices/i2c-1: 0 } } } }")]
    [InlineData("{ agent: { devices: { i2c: true } } }")]
    [InlineData("{ config: { aggregator: { listen: { http: ':80' } } } }")]
    [InlineData("{ config: { aggregator: { budget: { mode: enforce } } } }")]
    [InlineData("{ config: { aggregator: { budget: { agentRestartLimit: 6 minutes } } } }")]
    [InlineData("{ config: { aggregator: { budget: { groups: [{ name: a, watts: 5, groups: [{ name: b }] }] } } } }")]
    [InlineData("{ config: { agent: { enforce: { enabled: true } } } }")]
    [InlineData("{ config: { agent: { host: { root: / } } } }")]
    public void Check_WrongValue_FindsIt(string values) =>
        Assert.NotEmpty(Schema.Check(YamlTree.Merge(Chart.DefaultValues, YamlTree.Read(values))));

    [Fact]
    public void Check_AGroupsTree_FindsNothing() =>
        Assert.Empty(Schema.Check(YamlTree.Merge(Chart.DefaultValues, YamlTree.Read(
            "{ config: { aggregator: { classes: [{ name: home }], nodes: { um890: { floor: 15, ceiling: 54W } }, budget: { groups: [{ name: a, watts: 50, groups: [{ name: b, watts: 20, nodes: [rk1-1] }] }] } } } }"))));

    [Fact]
    public void Templates_EveryValue_IsInTheDefaults()
    {
        var defaults = new KubeValue(Chart.DefaultValues);
        var named = Chart.TemplateFiles.SelectMany(file => Regex.Matches(File.ReadAllText(file), @"\.Values\.([A-Za-z.]+)").Select(match => match.Groups[1].Value)).Distinct().ToList();
        Assert.True(named.Count > 30);
        Assert.All(named, path => Assert.True(defaults[path.Replace('.', '/')].IsThere, $".Values.{path} has no default"));
    }

    [Fact]
    public void Templates_EveryWord_IsKnownAndNoneIsRandom()
    {
        var words = Chart.TemplateFiles.SelectMany(file => TemplateParser.Words(Path.GetFileName(file), File.ReadAllText(file))).ToHashSet();
        Assert.Contains("toYaml", words);
        Assert.Empty(words.Except(TemplateFunctions.Known));
    }

    [Fact]
    public void ChartVersion_Always_IsTheProducts()
    {
        var product = Regex.Match(File.ReadAllText(Path.Combine(RepositoryRoot.Path, "Directory.Build.props")), "<Version>(.*)</Version>").Groups[1].Value;
        var chart = new KubeValue(Chart.Metadata);
        Assert.Equal((product, product), (chart["version"].Text, chart["appVersion"].Text));
    }

    private static IEnumerable<string> Maps(object? value, string path) =>
        value is IReadOnlyDictionary<string, object?> map ? map.SelectMany(child => Maps(child.Value, $"{path}/{child.Key}")).Prepend(path) : [];
}
