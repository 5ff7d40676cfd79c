using System.Diagnostics.CodeAnalysis;
using System.Net;
using System.Security.Cryptography.X509Certificates;

namespace Homelab.Aggregator.KubeApi;

/// <summary>Connections to one API server: TLS as the kubeconfig says, HTTP/2 where the server has it, nothing else that a browser would do.</summary>
internal static class KubeHandler
{
    /// <param name="clientCertificate">The certificate for the next connection; null for none.</param>
    [SuppressMessage("Security", "CA5359", Justification = "The kubeconfig's owner wrote insecure-skip-tls-verify, and kubectl honours it.")]
    public static SocketsHttpHandler Create(KubeAccess access, Func<X509Certificate2?> clientCertificate)
    {
        var handler = new SocketsHttpHandler
        {
            AllowAutoRedirect = false, // A redirect would carry the token to another server.
            UseCookies = false,
            UseProxy = access.Proxy is not null,
            Proxy = access.Proxy is null ? null : new WebProxy(access.Proxy),
            ConnectTimeout = TimeSpan.FromSeconds(10),
            // Renewed client certificates come into use with new connections.
            PooledConnectionLifetime = TimeSpan.FromMinutes(10),
            // Notices a dead peer below a quiet watch long before the watch's own bound.
            KeepAlivePingDelay = TimeSpan.FromSeconds(20),
            KeepAlivePingTimeout = TimeSpan.FromSeconds(10),
        };
        handler.SslOptions.LocalCertificateSelectionCallback = (_, _, _, _, _) => clientCertificate()!;
        if (access.SkipTlsVerify)
            handler.SslOptions.RemoteCertificateValidationCallback = static (_, _, _, _) => true;
        else if (access.Authorities.Count > 0)
            handler.SslOptions.CertificateChainPolicy = Policy(access.Authorities);
        return handler;
    }

    // Only the cluster's own authority counts; it publishes no revocation lists.
    private static X509ChainPolicy Policy(X509Certificate2Collection authorities)
    {
        var policy = new X509ChainPolicy { TrustMode = X509ChainTrustMode.CustomRootTrust, RevocationMode = X509RevocationMode.NoCheck };
        policy.CustomTrustStore.AddRange(authorities);
        return policy;
    }
}
