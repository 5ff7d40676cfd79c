using System.Text.Json;

namespace Homelab.Aggregator.KubeApi;

/// <summary>What the kubelet says about its machine; empty where it says nothing.</summary>
internal sealed record KubeNodeInfo(string MachineId, string SystemUuid, string BootId, string Architecture, string OperatingSystem, string OsImage, string KernelVersion, string KubeletVersion)
{
    public static KubeNodeInfo Read(JsonElement info) => new(
        info.Text("machineID") ?? "", info.Text("systemUUID") ?? "", info.Text("bootID") ?? "", info.Text("architecture") ?? "",
        info.Text("operatingSystem") ?? "", info.Text("osImage") ?? "", info.Text("kernelVersion") ?? "", info.Text("kubeletVersion") ?? "");
}
