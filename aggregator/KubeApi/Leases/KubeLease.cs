namespace Homelab.Aggregator.KubeApi;

/// <summary>A Lease object on an API server. Passes the client's rate limit: a renewal must not wait behind labels.</summary>
internal sealed class KubeLease(KubeClient client, string inNamespace, string name) : ILeaseStore
{
    public async Task<KubeResult<LeaderRecord>> ReadAsync(CancellationToken cancel) =>
        Read(await client.SendAsync(new KubeRequest(HttpMethod.Get, KubePath.Lease(inNamespace, name)) { Urgent = true }, cancel).ConfigureAwait(false));

    public async Task<KubeResult<LeaderRecord>> WriteAsync(LeaderRecord record, CancellationToken cancel)
    {
        var create = record.ResourceVersion.Length == 0;
        var request = new KubeRequest(create ? HttpMethod.Post : HttpMethod.Put, create ? KubePath.Leases(inNamespace) : KubePath.Lease(inNamespace, name))
        {
            Body = record.ToJson(name),
            Urgent = true,
        };
        return Read(await client.SendAsync(request, cancel).ConfigureAwait(false));
    }

    private static KubeResult<LeaderRecord> Read(KubeResult<System.Text.Json.JsonElement> answer) => answer.Then(LeaderRecord.Read);
}
