using System.Security.Cryptography.X509Certificates;
using Homelab.Rpc;
using Homelab.Units;

namespace Homelab.Aggregator.Ingest;

/// <summary>Holds an agent to the name in its certificate.</summary>
internal static class PeerCertificate
{
    /// <summary>When an agent's certificate ends; null where it shows none.</summary>
    public static DateTimeOffset? Expiry(X509Certificate2? certificate) => certificate is null ? null : new DateTimeOffset(certificate.NotAfter);

    /// <summary>Throws PERMISSION_DENIED unless the certificate's DNS names (or, lacking any, its common name) hold the node name.
    /// Without a certificate there is nothing to check: whether one is needed is the TLS layer's decision.</summary>
    public static void Check(X509Certificate2? certificate, NodeName node)
    {
        if (certificate is not null && !certificate.MatchesHostname(node.Value, allowWildcards: false, allowCommonName: true))
            throw new RpcException(RpcCode.PermissionDenied, $"the client certificate does not name node '{node}'");
    }
}
