using Homelab.Manifests.Tests.Templates;
using Homelab.TestKit;

namespace Homelab.Manifests.Tests;

/// <summary>
/// The Helm chart, rendered by the small interpreter in <c>Templates</c> and not by Helm, which is not to be had where this is built.
/// It knows only what the chart uses and fails on anything else.
/// </summary>
internal static class Chart
{
    public const string Namespace = "homelab";

    public static string Folder { get; } = Path.Combine(RepositoryRoot.Path, "packaging/helm/homelab");

    public static object? DefaultValues { get; } = YamlTree.Read(File.ReadAllText(Path.Combine(Folder, "values.yaml")));

    public static object? Metadata { get; } = YamlTree.Read(File.ReadAllText(Path.Combine(Folder, "Chart.yaml")));

    public static IReadOnlyList<string> CiFiles { get; } =
        [.. Directory.GetFiles(Path.Combine(Folder, "ci"), "*-values.yaml").Select(file => Path.GetFileName(file)[..^"-values.yaml".Length]).Order(StringComparer.Ordinal)];

    public static IReadOnlyList<string> TemplateFiles { get; } = [.. Directory.GetFiles(Path.Combine(Folder, "templates")).Order(StringComparer.Ordinal)];

    private static readonly Dictionary<string, IReadOnlyList<TemplateNode>> Files =
        TemplateFiles.ToDictionary(file => Path.GetFileName(file), file => TemplateParser.Parse(Path.GetFileName(file), File.ReadAllText(file)));

    private static readonly Dictionary<string, IReadOnlyList<TemplateNode>> Defines =
        Files.Values.SelectMany(nodes => nodes.OfType<DefineNode>()).ToDictionary(define => define.Name, define => define.Body);

    /// <summary>The defaults with one of the files in <c>ci</c> over them; <c>default</c> for none.</summary>
    public static object? Values(string ci) =>
        ci == "default" ? DefaultValues : YamlTree.Merge(DefaultValues, YamlTree.Read(File.ReadAllText(Path.Combine(Folder, "ci", ci + "-values.yaml"))));

    public static KubeObjects Render(string ci) => RenderValues(Values(ci));

    /// <summary>All objects, in the order of the files. Throws <see cref="TemplateException"/> where Helm would refuse.</summary>
    /// <param name="hasAdmissionPolicies">Whether the cluster knows ValidatingAdmissionPolicy.</param>
    public static KubeObjects RenderValues(object? values, string release = "homelab", bool hasAdmissionPolicies = true)
    {
        var scope = Scope(values, release, hasAdmissionPolicies);
        return new KubeObjects(Files.Where(file => file.Key.EndsWith(".yaml", StringComparison.Ordinal))
            .SelectMany(file => YamlTree.ReadAll(TemplateRun.Render(file.Value, scope, Defines)))
            .Select(value => new KubeObject(value)));
    }

    public static string Notes(string ci) => TemplateRun.Render(Files["NOTES.txt"], Scope(Values(ci), "homelab", true), Defines);

    private static SortedDictionary<string, object?> Scope(object? values, string release, bool hasAdmissionPolicies)
    {
        Func<string, object?> has = version => hasAdmissionPolicies && version == "admissionregistration.k8s.io/v1/ValidatingAdmissionPolicy";
        Func<string, object?> get = path => File.ReadAllText(Path.Combine(Folder, path));
        var chart = (SortedDictionary<string, object?>)Metadata!;
        return YamlTree.Map(
            ("Values", values),
            ("Chart", YamlTree.Map(("Name", chart["name"]), ("Version", chart["version"]), ("AppVersion", chart["appVersion"]))),
            ("Release", YamlTree.Map(("Name", release), ("Namespace", Namespace), ("Service", "Helm"))),
            ("Capabilities", YamlTree.Map(("APIVersions", YamlTree.Map(("Has", has))))),
            ("Files", YamlTree.Map(("Get", get))));
    }
}
