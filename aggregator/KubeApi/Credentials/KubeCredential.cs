using System.Net.Http.Headers;
using System.Security.Cryptography.X509Certificates;

namespace Homelab.Aggregator.KubeApi;

/// <summary>What proves who we are for one request. No record, so that no log can print it.</summary>
internal sealed class KubeCredential(AuthenticationHeaderValue? authorization, X509Certificate2? certificate)
{
    public static KubeCredential None { get; } = new(null, null);

    public AuthenticationHeaderValue? Authorization => authorization;

    /// <summary>Shown in the TLS handshake, so it counts only for connections made after it was obtained.</summary>
    public X509Certificate2? Certificate => certificate;

    public static KubeCredential Bearer(string token, X509Certificate2? certificate = null) => new(new AuthenticationHeaderValue("Bearer", token), certificate);

    public override string ToString() => "(credential)";
}
