using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace Homelab.Aggregator.KubeApi;

/// <summary>What a coordination.k8s.io/v1 Lease says. The times are another machine's clock: they are compared for change, never with ours.</summary>
/// <param name="Holder">Empty where nobody holds it.</param>
/// <param name="Transitions">How often the holder changed: a number that only grows, so it fences.</param>
internal sealed record LeaderRecord(string Holder, int DurationSeconds, string AcquireTime, string RenewTime, int Transitions, string ResourceVersion)
{
    /// <summary>Null where the object is no lease. Missing fields are those of a lease that nobody holds.</summary>
    public static LeaderRecord? Read(JsonElement lease)
    {
        if (lease.At("metadata").Text("resourceVersion") is not { Length: > 0 } version)
            return null;
        var spec = lease.At("spec");
        return new LeaderRecord(
            spec.Text("holderIdentity") ?? "", (int)Math.Clamp(spec.Whole("leaseDurationSeconds") ?? 0, 0, 3600), spec.Text("acquireTime") ?? "", spec.Text("renewTime") ?? "",
            (int)Math.Clamp(spec.Whole("leaseTransitions") ?? 0, 0, int.MaxValue / 2), version);
    }

    /// <summary>The Lease object; without a resourceVersion it is one to create.</summary>
    public JsonObject ToJson(string name)
    {
        var meta = new JsonObject { ["name"] = name };
        if (ResourceVersion.Length > 0)
            meta["resourceVersion"] = ResourceVersion;
        return new JsonObject
        {
            ["apiVersion"] = "coordination.k8s.io/v1",
            ["kind"] = "Lease",
            ["metadata"] = meta,
            ["spec"] = new JsonObject
            {
                ["holderIdentity"] = Holder,
                ["leaseDurationSeconds"] = DurationSeconds,
                ["acquireTime"] = AcquireTime,
                ["renewTime"] = RenewTime,
                ["leaseTransitions"] = Transitions,
            },
        };
    }

    /// <summary>A MicroTime, as the API server wants it.</summary>
    public static string Written(DateTimeOffset time) => time.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss.ffffff'Z'", CultureInfo.InvariantCulture);
}
