using System.Collections.Immutable;
using Homelab.Units;

namespace Homelab.Aggregator.Configuration;

/// <summary>Which taints nodes get.</summary>
internal enum TaintChoice
{
    Off = 0,

    /// <summary>PreferNoSchedule only.</summary>
    Prefer = 1,

    /// <summary>NoSchedule for what has stood for five minutes.</summary>
    Hard = 2,
}

/// <summary>The operator's word on whose a Kubernetes node is.</summary>
/// <param name="Cluster">Empty: in whatever cluster a node of that name is.</param>
internal readonly record struct KubernetesNodeRule(NodeName Agent, string Cluster, string Node);

/// <param name="Namespace">Empty: the pod's own.</param>
internal sealed record LeaderElectionSettings(bool Enabled, string Namespace, string Name);

/// <summary>Which clusters are told, and what. <see cref="KubernetesKeys"/> says how each is written.</summary>
internal sealed record KubernetesOptions
{
    public bool Enabled { get; init; }

    /// <summary>Domain before the slash of every key of ours.</summary>
    public string Prefix { get; init; } = "power.homelab";

    /// <summary>Whether the cluster that this runs in is one of them; null: if it runs in one.</summary>
    public bool? InCluster { get; init; }

    /// <summary>Empty: the files that kubectl reads.</summary>
    public string Kubeconfig { get; init; } = "";

    /// <summary>A cluster is named like its context. Empty: the current context where this does not run in a cluster, else none.</summary>
    public ImmutableArray<string> Contexts { get; init; } = [];

    /// <summary>Name of the cluster that this runs in.</summary>
    public string ClusterName { get; init; } = "local";

    public TaintChoice Taints { get; init; } = TaintChoice.Prefer;

    public bool Conditions { get; init; } = true;

    public bool Events { get; init; } = true;

    /// <summary>Nodes advertise their safe share as an extended resource.</summary>
    public bool Watts { get; init; }

    public ImmutableArray<KubernetesNodeRule> Nodes { get; init; } = [];

    /// <summary>All dwell times are multiplied by it: for benches.</summary>
    public double Pace { get; init; } = 1;

    public LeaderElectionSettings LeaderElection { get; init; } = new(false, "", "homelab-leader");
}
