using System.Diagnostics;
using System.Text.Json;
using System.Text.RegularExpressions;
using Homelab.TestKit;

namespace Homelab.Manifests.Tests;

/// <summary>Rules and dashboards, against the metrics that there are.</summary>
public sealed partial class MonitoringTests
{
    private const string Promtool = "/usr/bin/promtool";

    private static readonly string Packaging = Path.Combine(RepositoryRoot.Path, "packaging");

    private static readonly string RulesFile = Path.Combine(Packaging, "alerts/homelab.rules.yaml");

    /// <summary>Labels by metric, from the documented table.</summary>
    private static readonly Dictionary<string, string[]> Metrics =
        File.ReadAllLines(Path.Combine(RepositoryRoot.Path, "aggregator/METRICS.md"))
            .Select(line => line.Split('|'))
            .Where(cells => cells.Length > 5 && cells[1].Trim().StartsWith('`'))
            .ToDictionary(cells => cells[1].Trim(' ', '`'), cells => cells[4].Split(',', StringSplitOptions.TrimEntries));

    private static IReadOnlyList<KubeValue> Rules { get; } =
        [.. new KubeValue(YamlTree.Read(File.ReadAllText(RulesFile)))["groups"].Items.SelectMany(group => group["rules"].Items)];

    public static TheoryData<string> Dashboards => [.. Directory.GetFiles(Path.Combine(Packaging, "dashboards"), "*.json").Select(file => Path.GetFileName(file)).Order(StringComparer.Ordinal)];

    [Fact]
    public void Rules_EveryExpression_UsesMetricsThatAreThere()
    {
        Assert.True(Rules.Count > 15);
        Assert.All(Rules, rule => AssertKnown(rule["expr"].Text));
    }

    [Theory]
    [MemberData(nameof(Dashboards))]
    public void Dashboard_EveryExpression_UsesMetricsThatAreThere(string file)
    {
        using var json = JsonDocument.Parse(File.ReadAllText(Path.Combine(Packaging, "dashboards", file)));
        var targets = json.RootElement.GetProperty("panels").EnumerateArray().SelectMany(panel => panel.GetProperty("targets").EnumerateArray()).ToList();
        Assert.True(targets.Count > 10);
        Assert.All(targets, target => AssertKnown(target.GetProperty("expr").GetString()!));
    }

    [Theory]
    [MemberData(nameof(Dashboards))]
    public void Dashboard_Shape_IsWhatASidecarCanImport(string file)
    {
        var text = File.ReadAllText(Path.Combine(Packaging, "dashboards", file));
        using var json = JsonDocument.Parse(text);
        var root = json.RootElement;
        Assert.Equal(Path.GetFileNameWithoutExtension(file), root.GetProperty("uid").GetString());
        Assert.False(root.TryGetProperty("__inputs", out _));
        Assert.True(root.GetProperty("schemaVersion").GetInt32() >= 39);
        Assert.Equal("datasource", root.GetProperty("templating").GetProperty("list")[0].GetProperty("name").GetString());
        Assert.True(text.Length < 200_000);
        var ids = root.GetProperty("panels").EnumerateArray().Select(panel => panel.GetProperty("id").GetInt32()).ToList();
        Assert.Equal(ids.Count, ids.Distinct().Count());
        Assert.All(root.GetProperty("panels").EnumerateArray(), panel => Assert.Equal("${datasource}", panel.GetProperty("datasource").GetProperty("uid").GetString()));
    }

    [Fact]
    public void Alerts_Each_SaysSeveritySummaryDescriptionAndIsInTheRunbook()
    {
        var runbook = File.ReadAllText(Path.Combine(Packaging, "alerts/README.md"));
        Assert.All(Rules.Where(rule => rule["alert"].IsThere), rule =>
        {
            Assert.Contains(rule["labels/severity"].Text, new[] { "critical", "warning", "info" });
            Assert.True(rule["annotations/summary"].Text.Length > 0 && rule["annotations/description"].Text.Length > 0);
            Assert.Contains(rule["alert"].Text.Replace("Critical", "", StringComparison.Ordinal), runbook, StringComparison.Ordinal);
        });
    }

    [Theory]
    [InlineData("check", "homelab.rules.yaml")]
    [InlineData("test", "homelab.rules.test.yaml")]
    public async Task Promtool_RulesAndTheirTests_AreContent(string verb, string file)
    {
        if (!File.Exists(Promtool))
            return;
        using var promtool = Process.Start(new ProcessStartInfo(Promtool, [verb, "rules", Path.Combine(Packaging, "alerts", file)])
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        })!;
        var complaint = promtool.StandardError.ReadToEndAsync();
        var said = await promtool.StandardOutput.ReadToEndAsync();
        await promtool.WaitForExitAsync();
        Assert.True(promtool.ExitCode == 0, said + await complaint);
        Assert.Contains("SUCCESS", said, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("alerts/homelab.rules.yaml")]
    [InlineData("dashboards/homelab-fleet.json")]
    [InlineData("dashboards/homelab-node.json")]
    public void Copies_InChartAndComponent_AreTheOriginal(string file)
    {
        var original = File.ReadAllText(Path.Combine(Packaging, file));
        Assert.Equal(original, File.ReadAllText(Path.Combine(Chart.Folder, "files", Path.GetFileName(file))));
        if (file.EndsWith(".json", StringComparison.Ordinal))
            Assert.Equal(original, File.ReadAllText(Path.Combine(Packaging, "kustomize/components/monitoring/monitors", Path.GetFileName(file))));
    }

    [Fact]
    public void Chart_RulesAndDashboards_AreTheOriginal()
    {
        var chart = Chart.Render("monitoring");
        Assert.Equal(YamlTree.Write(YamlTree.Read(File.ReadAllText(RulesFile))), chart.OfKind("PrometheusRule").Single()["spec"].ToString());
        Assert.All(new[] { "homelab-fleet", "homelab-node" }, name =>
        {
            var map = chart.One("ConfigMap", name + "-dashboard");
            Assert.Equal("1", map["metadata/labels"].Entries["grafana_dashboard"]);
            Assert.Equal(File.ReadAllText(Path.Combine(Packaging, "dashboards", name + ".json")).Trim(), ((string)map["data"].Entries[name + ".json"]!).Trim());
        });
    }

    [Fact]
    public void GitOps_Examples_GiveValuesThatTheChartTakes()
    {
        var schema = ValuesSchema.Load();
        var values = Directory.GetFiles(Path.Combine(Packaging, "gitops"), "*.yaml", SearchOption.AllDirectories)
            .SelectMany(file => YamlTree.ReadAll(File.ReadAllText(file)))
            .Select(item => new KubeValue(item))
            .Select(item => item["spec/values"].Value ?? item["spec/source/helm/valuesObject"].Value)
            .Where(item => item is not null)
            .Select(item => YamlTree.Merge(Chart.DefaultValues, item))
            .ToList();
        Assert.Equal(2, values.Count);
        Assert.All(values, item => Assert.Empty(schema.Check(item)));
        Assert.All(values, item => Assert.NotEmpty(Chart.RenderValues(item).All));
    }

    private static void AssertKnown(string expression)
    {
        var names = Metric().Matches(expression);
        Assert.NotEmpty(names);
        Assert.All(names, name =>
        {
            Assert.True(Metrics.TryGetValue(name.Groups["name"].Value, out var labels), $"{name.Groups["name"].Value} is no metric");
            Assert.All(Label().Matches(name.Groups["labels"].Value), label => Assert.Contains(label.Groups[1].Value, labels!));
        });
    }

    [GeneratedRegex(@"(?<name>homelab_[a-z0-9_]+)(?:\{(?<labels>[^}]*)\})?")]
    private static partial Regex Metric();

    [GeneratedRegex("([a-z_]+)[=!]")]
    private static partial Regex Label();
}
