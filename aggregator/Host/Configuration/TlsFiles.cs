using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Microsoft.AspNetCore.Server.Kestrel.Https;

namespace Homelab.Aggregator.Configuration;

/// <summary>Turns the PEM files of the configuration into what Kestrel needs.</summary>
internal static class TlsFiles
{
    /// <summary>Null for plaintext. Throws <see cref="ConfigException"/> naming the file that can not be used.</summary>
    public static HttpsConnectionAdapterOptions? Load(AggregatorOptions options, bool asksForClients)
    {
        if (!options.HasTls)
            return null;
        var https = new HttpsConnectionAdapterOptions { ServerCertificate = Certificate(options) };
        var chain = new X509Certificate2Collection();
        chain.ImportFromPemFile(options.TlsCertificate);
        https.ServerCertificateChain = chain;
        if (asksForClients && options.TlsClientCa.Length > 0)
        {
            var authorities = Authorities(options.TlsClientCa);
            https.ClientCertificateMode = ClientCertificateMode.RequireCertificate;
            https.ClientCertificateValidation = (certificate, _, _) => IsSignedBy(certificate, authorities);
        }
        return https;
    }

    private static X509Certificate2 Certificate(AggregatorOptions options)
    {
        try
        {
            return X509Certificate2.CreateFromPemFile(options.TlsCertificate, options.TlsKey);
        }
        catch (Exception failure) when (failure is CryptographicException or IOException or UnauthorizedAccessException)
        {
            throw new ConfigException($"tls.certificate {options.TlsCertificate} with tls.key {options.TlsKey}: {failure.Message}", failure);
        }
    }

    private static X509Certificate2Collection Authorities(string path)
    {
        var authorities = new X509Certificate2Collection();
        try
        {
            authorities.ImportFromPemFile(path);
        }
        catch (Exception failure) when (failure is CryptographicException or IOException or UnauthorizedAccessException)
        {
            throw new ConfigException($"tls.clientCa {path}: {failure.Message}", failure);
        }
        return authorities.Count > 0 ? authorities : throw new ConfigException($"tls.clientCa {path}: no certificate in it");
    }

    /// <summary>Only the configured authorities count, whatever the system trusts.</summary>
    private static bool IsSignedBy(X509Certificate2 certificate, X509Certificate2Collection authorities)
    {
        using var chain = new X509Chain();
        chain.ChainPolicy.TrustMode = X509ChainTrustMode.CustomRootTrust;
        chain.ChainPolicy.CustomTrustStore.AddRange(authorities);
        chain.ChainPolicy.RevocationMode = X509RevocationMode.NoCheck;
        return chain.Build(certificate);
    }
}

/// <summary>The configuration is well-formed and can still not be used; the message is for the operator.</summary>
internal sealed class ConfigException(string message, Exception? cause = null) : Exception(message, cause);
