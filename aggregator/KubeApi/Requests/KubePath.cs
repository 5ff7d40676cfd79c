namespace Homelab.Aggregator.KubeApi;

/// <summary>The path of a collection or of one object, each part escaped. Made only by the functions here, so that a name can never change the path.</summary>
internal sealed record KubePath
{
    private KubePath(string text) => Text = text;

    /// <summary>Begins with a slash and has no query.</summary>
    public string Text { get; }

    public static KubePath Nodes { get; } = Collection("", "v1", "nodes");

    public static KubePath Node(string name) => Nodes.Named(name);

    public static KubePath Leases(string inNamespace) => Collection("coordination.k8s.io", "v1", "leases", inNamespace);

    public static KubePath Lease(string inNamespace, string name) => Leases(inNamespace).Named(name);

    /// <summary>events.k8s.io/v1; Kubernetes shows the same objects as core events too.</summary>
    public static KubePath Events(string inNamespace) => Collection("events.k8s.io", "v1", "events", inNamespace);

    public static KubePath CoreEvents(string inNamespace) => Collection("", "v1", "events", inNamespace);

    public static KubePath Namespaces { get; } = Collection("", "v1", "namespaces");

    /// <summary>GET answers with the server's version: the cheapest proof of a way to it.</summary>
    public static KubePath ServerVersion { get; } = new("/version");

    /// <summary>Any collection. The core group is the empty string; a null namespace means the whole cluster.</summary>
    /// <exception cref="ArgumentException">A part that no Kubernetes path can hold.</exception>
    public static KubePath Collection(string group, string version, string plural, string? inNamespace = null)
    {
        var root = group.Length == 0 ? $"/api/{Part(version)}" : $"/apis/{Part(group)}/{Part(version)}";
        return new(inNamespace is null ? $"{root}/{Part(plural)}" : $"{root}/namespaces/{Part(inNamespace)}/{Part(plural)}");
    }

    /// <exception cref="ArgumentException">A name that no Kubernetes path can hold: empty, "." or "..", or with a slash or a percent sign.</exception>
    public KubePath Named(string name) => new($"{Text}/{Part(name)}");

    /// <summary>The status subresource of an object.</summary>
    public KubePath Status() => new(Text + "/status");

    public override string ToString() => Text;

    // The rules of apimachinery's path segment names; the dots would be folded away by every URI parser.
    private static string Part(string part) =>
        part is "" or "." or ".." || part.AsSpan().IndexOfAny('/', '%') >= 0
            ? throw new ArgumentException($"'{part}' cannot be part of a Kubernetes path", nameof(part))
            : Uri.EscapeDataString(part);
}
