namespace Homelab.Manifests.Tests;

/// <summary>A value of a manifest, and the way to what is in it.</summary>
internal readonly record struct KubeValue(object? Value)
{
    public KubeValue this[string path] => path.Split('/').Aggregate(this, (at, key) => new KubeValue(at.Value switch
    {
        IReadOnlyDictionary<string, object?> map => map.GetValueOrDefault(key),
        IReadOnlyList<object?> list when int.TryParse(key, out var i) && i < list.Count => list[i],
        _ => null,
    }));

    public string Text => Value as string ?? "";

    public bool IsThere => Value is not null;

    public bool IsTrue => Value is true;

    public IEnumerable<KubeValue> Items => Value is IReadOnlyList<object?> list ? list.Select(item => new KubeValue(item)) : [];

    public IEnumerable<string> Texts => Items.Select(item => item.Text);

    public IReadOnlyDictionary<string, object?> Entries => Value as IReadOnlyDictionary<string, object?> ?? new Dictionary<string, object?>();

    /// <summary>Whether a label selector's labels are all among others.</summary>
    public bool IsWithin(KubeValue labels)
    {
        var others = labels.Entries;
        return Entries.Count > 0 && Entries.All(entry => Equals(others.GetValueOrDefault(entry.Key), entry.Value));
    }

    public override string ToString() => YamlTree.Write(Value);
}

/// <summary>One object of a manifest.</summary>
internal sealed class KubeObject(object? value)
{
    public KubeValue Root { get; } = new(value);

    public string Kind => Root["kind"].Text;

    public string Name => Root["metadata/name"].Text;

    public string Id => $"{Kind} {Root["metadata/namespace"].Text}/{Name}";

    public string Component => Root["metadata/labels"].Entries.GetValueOrDefault("app.kubernetes.io/component") as string ?? "";

    public KubeValue this[string path] => Root[path];

    public bool HasPods => Kind is "StatefulSet" or "DaemonSet" or "Job";

    public KubeValue Pod => Root["spec/template/spec"];

    public KubeValue PodLabels => Root["spec/template/metadata/labels"];

    public KubeValue Container => Pod["containers/0"];

    public bool IsAgent => Kind == "DaemonSet";

    public bool Enforces => Name.EndsWith("-enforce", StringComparison.Ordinal);

    public override string ToString() => Id;
}

/// <summary>The objects of one render.</summary>
internal sealed class KubeObjects(IEnumerable<KubeObject> objects)
{
    public IReadOnlyList<KubeObject> All { get; } = [.. objects];

    public IEnumerable<KubeObject> Agents => All.Where(item => item.IsAgent);

    public IEnumerable<KubeObject> OfKind(string kind) => All.Where(item => item.Kind == kind);

    public KubeObject One(string kind, string name) => All.Single(item => item.Kind == kind && item.Name == name);
}
