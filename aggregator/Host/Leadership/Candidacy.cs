using Homelab.Aggregator.KubeApi;

namespace Homelab.Aggregator.Leadership;

/// <summary>All that it takes to stand for election.</summary>
/// <param name="Client">Of the cluster that holds the lease. Not disposed of here.</param>
/// <param name="Namespace">Of the lease.</param>
/// <param name="Lease">Its name; the same for all candidates.</param>
/// <param name="Identity">This process's alone, also across restarts.</param>
/// <param name="Times">Free of problems.</param>
/// <param name="Random">0 up to but not including 1, for the spread of candidates.</param>
internal sealed record Candidacy(KubeClient Client, string Namespace, string Lease, string Identity, LeaderElectionOptions Times, Func<double> Random)
{
    /// <summary>An identity that people recognise and no other process has.</summary>
    /// <param name="host">The pod's or the machine's name.</param>
    public static string IdentityOf(string host) => $"{host}_{Guid.NewGuid().ToString("N")[..8]}";
}
