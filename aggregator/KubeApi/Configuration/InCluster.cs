using System.Net;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace Homelab.Aggregator.KubeApi;

/// <summary>
/// The way to the API server from inside a pod, by its service account:
/// https://kubernetes.io/docs/tasks/run-application/access-api-from-pod/.
/// </summary>
internal static class InCluster
{
    public const string DefaultFolder = "/var/run/secrets/kubernetes.io/serviceaccount";

    /// <summary>Whether this program runs in a pod that may speak to its API server.</summary>
    public static bool IsHere(Func<string, string?> environment) => environment("KUBERNETES_SERVICE_HOST") is { Length: > 0 };

    /// <param name="folder">Where token, ca.crt and namespace are mounted.</param>
    public static KubeResult<KubeAccess> Load(Func<string, string?> environment, string folder, TimeProvider time)
    {
        var host = environment("KUBERNETES_SERVICE_HOST");
        var port = environment("KUBERNETES_SERVICE_PORT");
        if (string.IsNullOrEmpty(host) || string.IsNullOrEmpty(port))
            return Failed("KUBERNETES_SERVICE_HOST and KUBERNETES_SERVICE_PORT are not set: this is no pod; name a kubeconfig instead");
        var bare = IPAddress.TryParse(host, out var address) && address.AddressFamily == System.Net.Sockets.AddressFamily.InterNetworkV6 ? $"[{address}]" : host;
        if (!Uri.TryCreate($"https://{bare}:{port}", UriKind.Absolute, out var server))
            return Failed($"KUBERNETES_SERVICE_HOST '{host}' and KUBERNETES_SERVICE_PORT '{port}' make no address; they come from the kubelet: do not set them by hand");
        var token = Path.Combine(folder, "token");
        if (!File.Exists(token))
            return Failed($"{token}: no such file; give the pod a service account and leave automountServiceAccountToken on");
        try
        {
            var authorities = new X509Certificate2Collection();
            authorities.ImportFromPemFile(Path.Combine(folder, "ca.crt"));
            if (authorities.Count == 0)
                return Failed($"{Path.Combine(folder, "ca.crt")}: holds no certificate; the ConfigMap kube-root-ca.crt of the namespace must");
            var space = Path.Combine(folder, "namespace");
            var own = File.Exists(space) ? File.ReadAllText(space).Trim() : "default";
            return KubeResult<KubeAccess>.Ok(new KubeAccess("in-cluster", server, authorities, null, false, new TokenFile(token, null, time), own));
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException or CryptographicException)
        {
            return Failed($"{folder}: {failure.Message}; ca.crt and namespace must be readable");
        }
    }

    private static KubeResult<KubeAccess> Failed(string problem) => KubeResult<KubeAccess>.Failed(KubeOutcome.Invalid, problem);
}
