using System.Collections.Immutable;
using System.Text.RegularExpressions;

namespace Homelab.Aggregator.Configuration;

/// <summary>The settings below <c>kubernetes</c>; <c>kubernetes.nodes</c> is read by <see cref="KubernetesSections"/>.</summary>
internal static partial class KubernetesKeys
{
    private const string SwitchFix = "Write true or false";
    private static readonly string[] Reserved = ["kubernetes.io", "k8s.io"];

    public static readonly ImmutableArray<ConfigKey> All =
    [
        Switch("enabled", false, "Tell Kubernetes what nodes draw and may draw: labels, taints, conditions, events", (to, value) => to with { Enabled = value }),
        One("prefix", "power.homelab", "Domain before the / of every label, annotation, taint and resource", "Write a domain of lower-case letters, digits, '-' and '.' that is not Kubernetes' own, e.g. power.homelab",
            (to, text) => IsPrefix(text) ? to with { Prefix = text } : null),
        One("inCluster", "auto", "Label the nodes of the cluster that this runs in; auto: if it runs in one", "Write true, false or auto",
            (to, text) => text switch { "true" => to with { InCluster = true }, "false" => to with { InCluster = false }, "auto" => to with { InCluster = null }, _ => null }),
        One("kubeconfig", "", "File with the ways to other clusters; empty: what kubectl reads", "Write an absolute file path",
            (to, text) => Path.IsPathRooted(text) ? to with { Kubeconfig = text } : null),
        ConfigKeys.Many("kubernetes.contexts", "", "Contexts of the kubeconfig, each a cluster of that name; empty: the current one where this does not run in a cluster", "Write a list of contexts without '/', e.g. [home, lab]",
            (options, items) => items.All(IsClusterName) && items.Distinct().Count() == items.Length ? options with { Kubernetes = options.Kubernetes with { Contexts = items } } : null),
        One("clusterName", "local", "Name of the cluster that this runs in", "Write a short name without '/', e.g. home",
            (to, text) => IsClusterName(text) ? to with { ClusterName = text } : null),
        One("taints", "prefer", "Taints on throttled, over-budget and battery nodes: prefer is PreferNoSchedule, hard becomes NoSchedule after five minutes", "Write off, prefer or hard",
            (to, text) => text switch { "off" => to with { Taints = TaintChoice.Off }, "prefer" => to with { Taints = TaintChoice.Prefer }, "hard" => to with { Taints = TaintChoice.Hard }, _ => null }),
        Switch("conditions", true, "Write the conditions PowerBudgetExceeded, ThermalThrottling and UnderVoltage", (to, value) => to with { Conditions = value }),
        Switch("events", true, "Write events about caps, under-voltage and the budget", (to, value) => to with { Events = value }),
        Switch("watts", false, "Advertise PREFIX/watts, each node's safe share, as an extended resource; known once mode cap has set it", (to, value) => to with { Watts = value }),
        One("pace", "1", "Multiplies every dwell time of the labels; for benches that can not wait, never for a fleet in use", "Write a number from 0.005 to 10, e.g. 1",
            (to, text) => ConfigKeys.Number(text) is >= 0.005 and <= 10 and var pace ? to with { Pace = pace } : null),
        Switch("leaderElection.enabled", false, "Of several aggregators only the holder of a Lease leads", (to, value) => to with { LeaderElection = to.LeaderElection with { Enabled = value } }),
        One("leaderElection.namespace", "", "Namespace of the Lease; empty: the pod's own", "Write a namespace, e.g. homelab",
            (to, text) => IsDnsLabel().IsMatch(text) ? to with { LeaderElection = to.LeaderElection with { Namespace = text } } : null),
        One("leaderElection.name", "homelab-leader", "Name of the Lease", "Write a name of lower-case letters, digits and '-', e.g. homelab-leader",
            (to, text) => IsDnsLabel().IsMatch(text) ? to with { LeaderElection = to.LeaderElection with { Name = text } } : null),
    ];

    internal static bool IsClusterName(string text) => text.Length is > 0 and <= 253 && !text.Contains('/', StringComparison.Ordinal);

    private static bool IsPrefix(string text) =>
        text.Length <= 253 && text.Split('.').All(part => IsDnsLabel().IsMatch(part))
        && !Reserved.Any(reserved => text == reserved || text.EndsWith("." + reserved, StringComparison.Ordinal));

    private static ConfigKey Switch(string name, bool fallback, string meaning, Func<KubernetesOptions, bool, KubernetesOptions> apply) =>
        One(name, fallback ? "true" : "false", meaning, SwitchFix, (to, text) => text is "true" or "false" ? apply(to, text == "true") : null);

    private static ConfigKey One(string name, string fallback, string meaning, string fix, Func<KubernetesOptions, string, KubernetesOptions?> apply) =>
        ConfigKeys.One("kubernetes." + name, fallback, meaning, fix, (options, text) => apply(options.Kubernetes, text) is { } applied ? options with { Kubernetes = applied } : null);

    [GeneratedRegex("^[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?$")]
    private static partial Regex IsDnsLabel();
}
