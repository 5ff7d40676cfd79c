using Homelab.Aggregator.Configuration;
using Homelab.Aggregator.KubeApi;
using Homelab.Aggregator.Leadership;

namespace Homelab.Aggregator.Kubernetes;

/// <summary>The election that the configuration asks for, with the connection it goes over.</summary>
internal sealed class ElectionPlan : IDisposable
{
    private readonly KubeClient _client;

    private ElectionPlan(KubeClient client, Candidacy candidacy) => (_client, Candidacy) = (client, candidacy);

    public Candidacy Candidacy { get; }

    /// <summary>Null without an election. The Lease is in the first cluster that is told: the one that the pod runs in, where it runs in one.</summary>
    /// <param name="host">The pod's or the machine's name.</param>
    /// <param name="random">From 0 to less than 1.</param>
    /// <exception cref="ConfigException">The way to the cluster is not to be found: without it nobody could lead.</exception>
    public static ElectionPlan? Of(KubernetesOptions options, Func<string, string?> environment, string host, TimeProvider time, Func<double> random)
    {
        if (!options.Enabled || !options.LeaderElection.Enabled)
            return null;
        var access = ClusterPlan.Of(options, environment, time)[0].Open();
        if (!access.IsOk)
            throw new ConfigException($"kubernetes.leaderElection.enabled: no way to the cluster: {access.Status}");
        var settings = options.LeaderElection;
        var client = new KubeClient(access.Value, new KubeClientOptions(), time, random);
        var inNamespace = settings.Namespace.Length > 0 ? settings.Namespace : client.Namespace;
        return new ElectionPlan(client, new Candidacy(client, inNamespace, settings.Name, Candidacy.IdentityOf(host), new LeaderElectionOptions(), random));
    }

    public void Dispose() => _client.Dispose();
}
