using System.Collections.Immutable;
using System.Net.Http.Headers;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using System.Text.Json.Nodes;

namespace Homelab.Aggregator.KubeApi;

/// <summary>Turns the three entries of one context into the way to its cluster. What cannot be honoured is refused, never skipped.</summary>
internal static class KubeConfigEntry
{
    private const string ExecGroup = "client.authentication.k8s.io/";

    /// <exception cref="KubeConfigException">Anything that is missing, contradictory or not supported.</exception>
    public static KubeAccess Access(string name, KubeYaml context, KubeYaml cluster, KubeYaml? user, TimeProvider time)
    {
        var server = Address(cluster, "server", ["https", "http"]) ?? throw cluster.Wrong("server", "missing", "write e.g. 'server: https://10.0.0.1:6443'");
        var authorities = Authorities(cluster);
        var skip = cluster.Flag("insecure-skip-tls-verify");
        if (skip && authorities.Count > 0)
            throw cluster.Wrong("insecure-skip-tls-verify", "set together with a certificate authority", "remove insecure-skip-tls-verify");
        var credentials = user is null ? new FixedCredential(KubeCredential.None) : Credentials(user, cluster, time);
        if (server.Scheme == Uri.UriSchemeHttp && !server.IsLoopback && credentials is not FixedCredential { IsNone: true })
            throw cluster.Wrong("server", "plain http would show the credential to the network", "use https");
        return new KubeAccess(
            name, server, authorities, cluster.Text("tls-server-name"), skip, credentials, context.Text("namespace") ?? "default",
            Address(cluster, "proxy-url", ["http", "https", "socks5"]), user?.Text("as"));
    }

    private static Uri? Address(KubeYaml cluster, string key, string[] schemes)
    {
        if (cluster.Text(key) is not { } text)
            return null;
        return Uri.TryCreate(text.TrimEnd('/'), UriKind.Absolute, out var address) && schemes.Contains(address.Scheme) && address.Query.Length == 0 && address.UserInfo.Length == 0
            ? address
            : throw cluster.Wrong(key, $"'{text}' is no address with {string.Join(" or ", schemes)}", "write e.g. https://10.0.0.1:6443");
    }

    private static X509Certificate2Collection Authorities(KubeYaml cluster)
    {
        var authorities = new X509Certificate2Collection();
        var key = cluster.Text("certificate-authority-data") is null ? "certificate-authority" : "certificate-authority-data";
        if (cluster.Bytes("certificate-authority-data", "certificate-authority") is not { } pem)
            return authorities;
        try
        {
            authorities.ImportFromPem(Encoding.ASCII.GetString(pem));
        }
        catch (CryptographicException)
        {
            authorities.Clear();
        }
        return authorities.Count > 0 ? authorities : throw cluster.Wrong(key, "holds no PEM certificate", "export the kubeconfig again");
    }

    private static ICredentialSource Credentials(KubeYaml user, KubeYaml cluster, TimeProvider time)
    {
        foreach (var key in (string[])["auth-provider", "as-uid", "as-groups", "as-user-extra"])
        {
            if (user.Has(key))
                throw user.Wrong(key, "not supported", key == "auth-provider" ? "use the exec plug-in of your provider" : "only 'as' is supported");
        }
        var certificate = ClientCertificate(user);
        if (user.Map("exec") is { } exec)
        {
            if (user.Text("token") is not null || user.Text("tokenFile") is not null || certificate is not null)
                throw user.Wrong("exec", "set together with a token or certificate", "keep one of them");
            return new ExecCredential(Exec(exec, cluster), (command, cancel) => ExecProcess.RunAsync(command, ExecCredential.RunTimeout, time, cancel), time);
        }
        if (user.Path("tokenFile") is { } tokenFile)
            return new TokenFile(tokenFile, certificate, time);
        if (user.Text("token") is { } token)
            return new FixedCredential(token.AsSpan().ContainsAnyExceptInRange('!', '~') ? throw user.Wrong("token", "holds characters that no token has", "copy the token again") : KubeCredential.Bearer(token, certificate));
        return new FixedCredential(new KubeCredential(Basic(user), certificate));
    }

    private static AuthenticationHeaderValue? Basic(KubeYaml user)
    {
        if (user.Text("username") is not { } name)
            return null;
        var password = user.Required("password", "add it, or use a token");
        return new AuthenticationHeaderValue("Basic", Convert.ToBase64String(Encoding.UTF8.GetBytes($"{name}:{password}")));
    }

    private static X509Certificate2? ClientCertificate(KubeYaml user)
    {
        var certificate = user.Bytes("client-certificate-data", "client-certificate");
        var key = user.Bytes("client-key-data", "client-key");
        if (certificate is null && key is null)
            return null;
        if (certificate is null || key is null)
            throw user.Wrong(certificate is null ? "client-certificate-data" : "client-key-data", "missing", "certificate and key go together");
        try
        {
            return X509Certificate2.CreateFromPem(Encoding.ASCII.GetString(certificate), Encoding.ASCII.GetString(key));
        }
        catch (Exception failure) when (failure is CryptographicException or ArgumentException)
        {
            // The cause could quote the key.
            throw user.Wrong("client-certificate-data", "certificate and key are no PEM pair", "export the kubeconfig again");
        }
    }

    private static ExecCommand Exec(KubeYaml exec, KubeYaml cluster)
    {
        var version = exec.Required("apiVersion", $"write {ExecGroup}v1");
        if (version is not (ExecGroup + "v1" or ExecGroup + "v1beta1"))
            throw exec.Wrong("apiVersion", $"'{version}' is not supported", $"use {ExecGroup}v1 or v1beta1: update the plug-in and export the kubeconfig again");
        var mode = exec.Text("interactiveMode") ?? (version.EndsWith("v1", StringComparison.Ordinal) ? exec.Required("interactiveMode", "write Never") : "IfAvailable");
        if (mode is "Always")
            throw exec.Wrong("interactiveMode", "Always needs a terminal, and this program has none", "use a plug-in that works without one, or a service account token");
        if (mode is not ("Never" or "IfAvailable"))
            throw exec.Wrong("interactiveMode", $"'{mode}' is unknown", "write Never");
        var command = exec.Required("command", "name the plug-in's program");
        return new ExecCommand(
            $"{exec.File}: {exec.Key}", version, command.Contains('/', StringComparison.Ordinal) ? exec.Path("command")! : command, [.. exec.Texts("args")],
            exec.Maps("env").ToImmutableDictionary(static entry => entry.Required("name", "name the variable"), static entry => entry.Text("value") ?? "", StringComparer.Ordinal),
            exec.Text("installHint")?.ReplaceLineEndings(" ").Trim() ?? "", exec.Flag("provideClusterInfo") ? ClusterInfo(cluster) : null);
    }

    private static string ClusterInfo(KubeYaml cluster)
    {
        var info = new JsonObject { ["server"] = cluster.Text("server") };
        if (cluster.Text("tls-server-name") is { } name)
            info["tls-server-name"] = name;
        if (cluster.Flag("insecure-skip-tls-verify"))
            info["insecure-skip-tls-verify"] = true;
        if (cluster.Bytes("certificate-authority-data", "certificate-authority") is { } authority)
            info["certificate-authority-data"] = Convert.ToBase64String(authority);
        return info.ToJsonString();
    }
}
