using System.Diagnostics;
using System.Text.RegularExpressions;
using Homelab.TestKit;

namespace Homelab.Manifests.Tests;

/// <summary>The Kustomize base and overlays, as <c>packaging/manifests/render.sh</c> rendered them.</summary>
public sealed partial class KustomizeTests
{
    private const string Kubectl = "/usr/bin/kubectl";

    private static readonly string Packaging = Path.Combine(RepositoryRoot.Path, "packaging");

    /// <summary>Render and the chart's values that mean the same.</summary>
    public static TheoryData<string, string> Pairs => new()
    {
        { "install.yaml", "default" },
        { "install-k3s.yaml", "k3s" },
        { "install-talos.yaml", "talos" },
        { "install-nvidia.yaml", "nvidia" },
        { "install-rpi.yaml", "rpi" },
        { "install-devices.yaml", "devices" },
        { "install-enforce.yaml", "enforce" },
    };

    [Fact]
    public void Renders_EveryOverlay_IsThere() =>
        Assert.Equal(
            Directory.GetDirectories(Path.Combine(Packaging, "kustomize/overlays")).Select(folder => $"install-{Path.GetFileName(folder)}.yaml").Append("install.yaml").Order(StringComparer.Ordinal),
            Directory.GetFiles(Path.Combine(Packaging, "manifests"), "*.yaml").Select(file => Path.GetFileName(file)).Order(StringComparer.Ordinal));

    [Theory]
    [MemberData(nameof(Pairs))]
    public void Render_EachOverlay_IsWhatTheChartGives(string file, string ci)
    {
        var rendered = Comparable(Rendered(file).All.Where(item => item.Kind != "Namespace"));
        var chart = Comparable(Chart.Render(ci).All.Where(item => item.Component != "cleanup"));
        Assert.Equal(chart.Keys.Order(StringComparer.Ordinal), rendered.Keys.Order(StringComparer.Ordinal));
        Assert.All(chart, item => Assert.Equal(item.Value, rendered[item.Key]));
    }

    [Theory]
    [MemberData(nameof(Pairs))]
    public void Render_EachOverlay_LabelsItsNamespaceForHostPaths(string file, string ci)
    {
        Assert.NotEmpty(ci);
        var labels = Rendered(file).OfKind("Namespace").Single()["metadata/labels"].Entries;
        Assert.All(new[] { "enforce", "audit", "warn" }, mode => Assert.Equal("privileged", labels["pod-security.kubernetes.io/" + mode]));
    }

    [Theory]
    [MemberData(nameof(Pairs))]
    public void Render_EachOverlay_IsWhatKubectlMakesOfIt(string file, string ci)
    {
        Assert.NotEmpty(ci);
        // Where kubectl is not installed, the comparison with the chart above still holds.
        if (!File.Exists(Kubectl))
            return;
        var folder = file == "install.yaml" ? "base" : "overlays/" + Path.GetFileNameWithoutExtension(file)["install-".Length..];
        Assert.Equal(Kustomized(folder), string.Join('\n', File.ReadAllLines(Path.Combine(Packaging, "manifests", file)).Skip(1)) + "\n");
    }

    [Fact]
    public void Monitoring_Component_IsWhatTheChartGives()
    {
        var folder = Path.Combine(Packaging, "kustomize/components/monitoring/monitors");
        var chart = Chart.Render("monitoring");
        var monitor = new KubeObject(YamlTree.Read(File.ReadAllText(Path.Combine(folder, "service-monitor.yaml"))));
        Assert.Equal(chart.OfKind("ServiceMonitor").Single()["spec"].ToString(), monitor["spec"].ToString());
        var rules = new KubeObject(YamlTree.Read(File.ReadAllText(Path.Combine(folder, "prometheus-rule.yaml"))));
        Assert.Equal(chart.OfKind("PrometheusRule").Single()["spec"].ToString(), rules["spec"].ToString());
    }

    private static KubeObjects Rendered(string file) =>
        new(YamlTree.ReadAll(File.ReadAllText(Path.Combine(Packaging, "manifests", file))).Select(value => new KubeObject(value)));

    private static string Kustomized(string folder)
    {
        using var kubectl = Process.Start(new ProcessStartInfo(Kubectl, ["kustomize", Path.Combine(Packaging, "kustomize", folder)]) { RedirectStandardOutput = true })!;
        var text = kubectl.StandardOutput.ReadToEnd();
        kubectl.WaitForExit();
        return text;
    }

    /// <summary>By kind and name: everything but labels and annotations that say who rendered it, and the order of lists that have none.</summary>
    private static Dictionary<string, string> Comparable(IEnumerable<KubeObject> objects) =>
        objects.ToDictionary(item => GeneratedSuffix().Replace(item.Id, ""), item => YamlTree.Write(Bare(item.Root.Value, "")));

    private static object? Bare(object? value, string key) => value switch
    {
        IReadOnlyDictionary<string, object?> map => YamlTree.Map([.. map.Where(entry => IsCompared(key, entry.Key)).Select(entry => (entry.Key, Bare(entry.Value, entry.Key)))]),
        IReadOnlyList<object?> list when key is "env" or "volumes" or "volumeMounts" => list.Select(item => Bare(item, "")).OrderBy(YamlTree.Write, StringComparer.Ordinal).ToList(),
        IReadOnlyList<object?> list => list.Select(item => Bare(item, key)).ToList(),
        string text when key == "name" => GeneratedSuffix().Replace(text, ""),
        string text when key.EndsWith(".yaml", StringComparison.Ordinal) => YamlTree.Write(YamlTree.Read(text)),
        _ => value,
    };

    private static bool IsCompared(string parent, string key) => parent switch
    {
        "metadata" => key != "annotations",
        "labels" or "matchLabels" => key is "app.kubernetes.io/name" or "app.kubernetes.io/instance" or "app.kubernetes.io/component",
        _ => true,
    };

    [GeneratedRegex("(?<=homelab-(aggregator|agent))-[a-z0-9]{10}$")]
    private static partial Regex GeneratedSuffix();
}
