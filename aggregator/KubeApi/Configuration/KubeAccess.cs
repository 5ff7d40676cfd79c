using System.Security.Cryptography.X509Certificates;

namespace Homelab.Aggregator.KubeApi;

/// <summary>All that is needed to reach one cluster as one user.</summary>
/// <param name="Name">The context's name, or "in-cluster".</param>
/// <param name="Server">http or https, with the path that the cluster's API stands under; no slash at its end.</param>
/// <param name="Authorities">The only roots that the server's certificate may come from; empty means the machine's own.</param>
/// <param name="TlsServerName">The name to expect in the server's certificate; null means the name in <paramref name="Server"/>.</param>
/// <param name="Namespace">Where namespaced objects go by default.</param>
/// <param name="Proxy">http, https or socks5; null means none. The proxy variables of the environment are not read.</param>
/// <param name="ImpersonateUser">Acts as this user, as kubectl's --as.</param>
internal sealed record KubeAccess(
    string Name,
    Uri Server,
    X509Certificate2Collection Authorities,
    string? TlsServerName,
    bool SkipTlsVerify,
    ICredentialSource Credentials,
    string Namespace,
    Uri? Proxy = null,
    string? ImpersonateUser = null)
{
    public override string ToString() => $"{Name} ({Server})";
}
