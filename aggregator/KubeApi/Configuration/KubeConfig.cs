using System.Collections.Immutable;

namespace Homelab.Aggregator.KubeApi;

/// <summary>
/// One or more kubeconfig files as kubectl merges them: of two entries with one name the first file's counts, and the first current-context wins.
/// Nothing but names is looked at before a context is asked for, so that a broken entry harms only those who use it.
/// </summary>
internal sealed class KubeConfig
{
    private readonly ImmutableArray<KubeYaml> _files;

    private KubeConfig(ImmutableArray<KubeYaml> files, string? current)
    {
        _files = files;
        CurrentContext = current;
        Contexts = [.. files.SelectMany(static file => file.Maps("contexts")).Select(static entry => entry.Required("name", "give the entry a name")).Distinct(StringComparer.Ordinal)];
    }

    public string? CurrentContext { get; }

    /// <summary>All contexts, in the files' order.</summary>
    public ImmutableArray<string> Contexts { get; }

    /// <summary>The files that kubectl would read: KUBECONFIG's list, else ~/.kube/config.</summary>
    public static ImmutableArray<string> DefaultFiles(Func<string, string?> environment)
    {
        var listed = (environment("KUBECONFIG") ?? "").Split(Path.PathSeparator, StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);
        return listed.Length > 0 ? [.. listed] : environment("HOME") is { Length: > 0 } home ? [Path.Combine(home, ".kube", "config")] : [];
    }

    /// <summary>Reads the files. One that does not exist is left out, as by kubectl, unless none exists.</summary>
    public static KubeResult<KubeConfig> Load(params IEnumerable<string> files)
    {
        var named = files.ToArray();
        var there = named.Where(File.Exists).ToArray();
        if (there.Length == 0)
            return KubeResult<KubeConfig>.Failed(KubeOutcome.Invalid, $"{(named.Length == 0 ? "no kubeconfig is named" : string.Join(", ", named) + ": no such file")}; set KUBECONFIG or name a kubeconfig");
        return Guarded(() => Of([.. there.Select(KubeYaml.Load)]));
    }

    /// <summary>Reads one file's text.</summary>
    /// <param name="file">Where it comes from: for messages and for relative paths.</param>
    public static KubeResult<KubeConfig> Parse(string file, string text) => Guarded(() => Of([KubeYaml.Parse(file, text)]));

    /// <summary>The way to one cluster.</summary>
    /// <param name="name">A context; null means the current one.</param>
    public KubeResult<KubeAccess> Context(string? name, TimeProvider time) => Guarded(() =>
    {
        var context = Find("contexts", name ?? CurrentContext ?? throw Missing("current-context", "missing, and no context is named"), "context");
        var clusterName = context.Required("cluster", "name one of the clusters");
        var cluster = Find("clusters", clusterName, "cluster");
        var userName = context.Text("user");
        return KubeConfigEntry.Access(name ?? CurrentContext!, context, cluster, userName is null ? null : Find("users", userName, "user"), time);
    });

    private static KubeConfig Of(ImmutableArray<KubeYaml> files)
    {
        foreach (var file in files)
        {
            if (file.Text("kind") is { } kind and not "Config")
                throw file.Wrong("kind", $"'{kind}' is no kubeconfig", "name a file of kind Config");
        }
        return new KubeConfig(files, files.Select(static file => file.Text("current-context")).FirstOrDefault(static name => name is not null));
    }

    private KubeYaml Find(string list, string name, string section)
    {
        var entry = _files.SelectMany(file => file.Maps(list)).FirstOrDefault(entry => entry.Text("name") == name) ?? throw Missing(list, $"has no '{name}'");
        return entry.Map(section) ?? throw entry.Wrong(section, "missing", "export the kubeconfig again");
    }

    private KubeConfigException Missing(string key, string problem) => new(
        string.Join(", ", _files.Select(static file => file.File)), key, problem,
        Contexts.IsEmpty ? "the files hold no contexts" : $"the contexts are {string.Join(", ", Contexts)}");

    private static KubeResult<T> Guarded<T>(Func<T> read)
    {
        try
        {
            return KubeResult<T>.Ok(read());
        }
        catch (KubeConfigException problem)
        {
            return KubeResult<T>.Failed(KubeOutcome.Invalid, problem.Message);
        }
    }
}
