using System.Text;
using System.Text.RegularExpressions;
using Homelab.Aggregator.Prometheus;
using Homelab.Aggregator.Tests.Fakes;

namespace Homelab.Aggregator.Tests.Prometheus;

public sealed partial class MetricFamiliesTests
{
    private const string Begin = "<!-- metrics: begin -->\n";
    private const string End = "<!-- metrics: end -->\n";

    [Fact]
    public void All_EveryFamily_IsARowOfTheDocument()
    {
        var document = File.ReadAllText(Repository.PathOf("aggregator", "METRICS.md"));
        var (from, to) = (document.IndexOf(Begin, StringComparison.Ordinal) + Begin.Length, document.IndexOf(End, StringComparison.Ordinal));
        var table = Table();

        Assert.Equal(Repository.Golden(document[..from] + table + document[to..], "aggregator", "METRICS.md")[from..], table + document[to..]);
    }

    [Fact]
    public void All_Names_AreUniqueAndFollowTheConventions()
    {
        Assert.Equal(MetricFamilies.All.Length, MetricFamilies.All.Select(family => family.Name).Distinct().Count());
        Assert.All(MetricFamilies.All, family =>
        {
            Assert.Matches(LegacyName(), family.Name);
            Assert.Equal(family.Type == MetricType.Counter, family.Name.EndsWith("_total", StringComparison.Ordinal));
            Assert.Equal(family.Type == MetricType.Info, family.Name.EndsWith("_info", StringComparison.Ordinal));
            var stem = family.Type == MetricType.Counter ? family.Name[..^6] : family.Name;
            Assert.True(family.Unit.Length == 0 || stem.EndsWith("_" + family.Unit, StringComparison.Ordinal), family.Name);
            Assert.EndsWith(".", family.Help, StringComparison.Ordinal);
        });
    }

    [Fact]
    public void All_StaticFields_AreListed()
    {
        var fields = new[] { typeof(MetricFamilies), typeof(GpuFamilies), typeof(BoardFamilies) }.SelectMany(type => type.GetFields()).Where(field => field.FieldType == typeof(MetricFamily)).Select(field => field.GetValue(null));

        Assert.Empty(fields.Except(MetricFamilies.All.Cast<object?>()));
    }

    private static string Table()
    {
        var text = new StringBuilder("| metric | type | unit | labels | meaning |\n|---|---|---|---|---|\n");
        foreach (var family in MetricFamilies.All)
        {
            var labels = string.Join(", ", family.Labels);
            text.Append($"| `{family.Name}` | {family.Type.ToString().ToLowerInvariant()} | {(family.Unit.Length == 0 ? "–" : family.Unit)} | {(labels.Length == 0 ? "–" : labels)} | {family.Help} |\n");
        }
        return text.ToString();
    }

    [GeneratedRegex("^[a-z]+(_[a-z0-9]+)+$")]
    private static partial Regex LegacyName();
}
