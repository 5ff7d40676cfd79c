using System.Net.Security;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Homelab.NodeAgent.Configuration;

namespace Homelab.NodeAgent.Uplink;

/// <summary>The agent's side of TLS, from the files that the configuration names.</summary>
internal static class UplinkTls
{
    /// <returns>Null when the configuration names none: then the system's trust holds, and no certificate is shown.</returns>
    /// <exception cref="CryptographicException">A file is not what it should be; the message names it.</exception>
    public static SslClientAuthenticationOptions? For(AgentOptions options)
    {
        if (options.TlsAuthority.Length == 0 && options.TlsCertificate.Length == 0)
            return null;
        var tls = new SslClientAuthenticationOptions();
        if (options.TlsAuthority.Length > 0)
            tls.CertificateChainPolicy = Trust(options.TlsAuthority);
        if (options.TlsCertificate.Length > 0)
            tls.ClientCertificates = [Read(options.TlsCertificate, () => X509Certificate2.CreateFromPemFile(options.TlsCertificate, options.TlsKey))];
        return tls;
    }

    private static X509ChainPolicy Trust(string file)
    {
        // Only this authority: a certificate that any public one would sign for the same name is not the fleet's.
        // No revocation lists: a private authority at home publishes none.
        var policy = new X509ChainPolicy { TrustMode = X509ChainTrustMode.CustomRootTrust, RevocationMode = X509RevocationMode.NoCheck };
        Read(file, () =>
        {
            policy.CustomTrustStore.ImportFromPemFile(file);
            return policy.CustomTrustStore.Count > 0 ? policy : throw new CryptographicException("no certificate in it");
        });
        return policy;
    }

    private static T Read<T>(string file, Func<T> read)
    {
        try
        {
            return read();
        }
        catch (Exception error) when (error is CryptographicException or IOException or UnauthorizedAccessException)
        {
            throw new CryptographicException($"{file}: {error.Message}", error);
        }
    }
}
