namespace Homelab.FakeKubernetes;

/// <summary>A kind of object that the server stores.</summary>
internal sealed record FakeResource(string Plural, string Kind, bool Namespaced)
{
    private static readonly FakeResource[] All =
    [
        new("nodes", "Node", false), new("namespaces", "Namespace", false), new("events", "Event", true), new("leases", "Lease", true),
    ];

    public static FakeResource? Find(string group, string plural) => (group, plural) switch
    {
        ("", "nodes" or "namespaces" or "events") or ("events.k8s.io", "events") or ("coordination.k8s.io", "leases") => All.First(resource => resource.Plural == plural),
        _ => null,
    };

    public static FakeResource Of(string plural) => All.First(resource => resource.Plural == plural);
}
