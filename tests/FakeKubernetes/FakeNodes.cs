using System.Text.Json.Nodes;

namespace Homelab.FakeKubernetes;

/// <summary>The nodes of the cluster.</summary>
internal sealed class FakeNodes(FakeStore store) : FakeObjects(store, FakeResource.Of("nodes"), null)
{
    /// <summary>Adds a Ready node as a kubelet registers it, or sets the labels of one that is there.</summary>
    /// <param name="labels">Beside kubernetes.io/hostname, os and arch.</param>
    public void Put(string name, IEnumerable<KeyValuePair<string, string>>? labels = null, string arch = "amd64", bool controlPlane = false, string? providerId = null, string? address = null)
    {
        var all = new JsonObject { ["kubernetes.io/hostname"] = name, ["kubernetes.io/os"] = "linux", ["kubernetes.io/arch"] = arch };
        if (controlPlane)
            all["node-role.kubernetes.io/control-plane"] = "";
        foreach (var (key, value) in labels ?? [])
            all[key] = value;
        if (Find(name) is not null)
        {
            Edit(name, node => node["metadata"]!["labels"] = all, "kubelet");
            return;
        }
        var spec = new JsonObject();
        if (providerId is not null)
            spec["providerID"] = providerId;
        Create(new JsonObject { ["metadata"] = new JsonObject { ["name"] = name, ["labels"] = all }, ["spec"] = spec, ["status"] = Status(name, arch, address) }, "kubelet");
    }

    public IReadOnlyDictionary<string, string> Labels(string name) => Map(name, "labels");

    public IReadOnlyDictionary<string, string> Annotations(string name) => Map(name, "annotations");

    /// <summary>As kubectl prints them: key=value:effect, or key:effect.</summary>
    public string[] Taints(string name) => [.. (Find(name)?["spec"]?["taints"] as JsonArray ?? []).Select(static taint =>
        (string?)taint!["value"] is { Length: > 0 } value ? $"{taint["key"]}={value}:{taint["effect"]}" : $"{taint["key"]}:{taint["effect"]}")];

    /// <summary>The status of one condition: True, False, Unknown; null where it is not there.</summary>
    public string? Condition(string name, string type) => (Find(name)?["status"]?["conditions"] as JsonArray ?? [])
        .Where(condition => (string?)condition!["type"] == type).Select(static condition => (string?)condition!["status"]).FirstOrDefault();

    private Dictionary<string, string> Map(string name, string section) =>
        (Find(name)?["metadata"]?[section] as JsonObject ?? []).ToDictionary(static pair => pair.Key, static pair => (string)pair.Value!, StringComparer.Ordinal);

    private static JsonObject Status(string name, string arch, string? address) => new()
    {
        ["capacity"] = new JsonObject { ["cpu"] = "4", ["memory"] = "8Gi", ["pods"] = "110" },
        ["allocatable"] = new JsonObject { ["cpu"] = "4", ["memory"] = "8Gi", ["pods"] = "110" },
        ["addresses"] = new JsonArray(
            new JsonObject { ["type"] = "InternalIP", ["address"] = address ?? "10.0.0.1" },
            new JsonObject { ["type"] = "Hostname", ["address"] = name }),
        ["conditions"] = new JsonArray(new JsonObject { ["type"] = "Ready", ["status"] = "True", ["reason"] = "KubeletReady", ["message"] = "kubelet is posting ready status" }),
        ["nodeInfo"] = new JsonObject
        {
            ["machineID"] = $"machine-{name}",
            ["systemUUID"] = $"system-{name}",
            ["bootID"] = $"boot-{name}",
            ["operatingSystem"] = "linux",
            ["osImage"] = "Debian GNU/Linux 12",
            ["kernelVersion"] = "6.1.0",
            ["kubeletVersion"] = "v1.31.0",
        },
    };
}
