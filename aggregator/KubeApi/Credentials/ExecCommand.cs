using System.Collections.Immutable;
using System.Text.Json.Nodes;

namespace Homelab.Aggregator.KubeApi;

/// <summary>The exec section of a kubeconfig user.</summary>
/// <param name="Origin">File and key, for messages.</param>
/// <param name="ApiVersion">client.authentication.k8s.io/v1 or v1beta1.</param>
/// <param name="Command">A bare name is looked up in PATH; a relative path was made absolute from the file's folder.</param>
/// <param name="InstallHint">What the author of the file says to do when the command is missing; may be empty.</param>
/// <param name="ClusterJson">The cluster as KUBERNETES_EXEC_INFO shows it where provideClusterInfo asks for it; null otherwise.</param>
internal sealed record ExecCommand(string Origin, string ApiVersion, string Command, ImmutableArray<string> Arguments, ImmutableDictionary<string, string> Environment, string InstallHint, string? ClusterJson)
{
    /// <summary>The value of KUBERNETES_EXEC_INFO: never interactive, since this program has no terminal.</summary>
    public string ExecInfo
    {
        get
        {
            var spec = new JsonObject { ["interactive"] = false };
            if (ClusterJson is not null)
                spec["cluster"] = JsonNode.Parse(ClusterJson);
            return new JsonObject { ["apiVersion"] = ApiVersion, ["kind"] = "ExecCredential", ["spec"] = spec }.ToJsonString();
        }
    }
}
