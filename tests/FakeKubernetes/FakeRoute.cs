namespace Homelab.FakeKubernetes;

/// <summary>What a path of the API means.</summary>
/// <param name="Name">Null for a collection.</param>
/// <param name="Subresource">"status", or empty.</param>
internal sealed record FakeRoute(string ApiVersion, FakeResource Resource, string? Namespace, string? Name, string Subresource)
{
    /// <summary>The resource as RBAC writes it, e.g. "nodes/status".</summary>
    public string RbacName => Subresource.Length == 0 ? Resource.Plural : $"{Resource.Plural}/{Subresource}";

    /// <summary>Null where the path is no known resource.</summary>
    public static FakeRoute? Parse(string rawPath)
    {
        var parts = rawPath.Split('/', StringSplitOptions.RemoveEmptyEntries).Select(Uri.UnescapeDataString).ToArray();
        var (group, rest) = parts switch
        {
            ["api", "v1", .. var core] => ("", core),
            ["apis", var named, "v1", .. var others] => (named, others),
            _ => ("", []),
        };
        string? space = null;
        if (rest is ["namespaces", var inside, _, ..])
            (space, rest) = (inside, rest[2..]);
        if (rest.Length is 0 or > 3 || FakeResource.Find(group, rest[0]) is not { } resource || resource.Namespaced != (space is not null) && rest.Length > 1)
            return null;
        var subresource = rest.Length == 3 ? rest[2] : "";
        if (subresource is not ("" or "status"))
            return null;
        return new FakeRoute(group.Length == 0 ? "v1" : group + "/v1", resource, space, rest.Length > 1 ? rest[1] : null, subresource);
    }
}
