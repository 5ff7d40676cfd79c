using System.Collections.Immutable;
using Homelab.Aggregator.Configuration;
using Homelab.Aggregator.KubeApi;
using Homelab.Aggregator.Labels;

namespace Homelab.Aggregator.Kubernetes;

/// <summary>One cluster that the configuration names.</summary>
/// <param name="Open">Finds the way to it; asked again while there is none.</param>
internal sealed record ClusterPlan(string Name, Func<KubeResult<KubeAccess>> Open)
{
    /// <summary>Every cluster to be told, each name once.</summary>
    public static ImmutableArray<ClusterPlan> Of(KubernetesOptions options, Func<string, string?> environment, TimeProvider time)
    {
        var plans = ImmutableArray.CreateBuilder<ClusterPlan>();
        var isInside = options.InCluster ?? InCluster.IsHere(environment);
        if (isInside)
            plans.Add(new ClusterPlan(options.ClusterName, () => InCluster.Load(environment, InCluster.DefaultFolder, time)));
        string[] files = options.Kubeconfig.Length > 0 ? [options.Kubeconfig] : [.. KubeConfig.DefaultFiles(environment)];
        foreach (var context in options.Contexts)
        {
            if (plans.All(plan => plan.Name != context))
                plans.Add(new ClusterPlan(context, () => Context(files, context, time)));
        }
        if (plans.Count == 0)
            plans.Add(new ClusterPlan(KubeConfig.Load(files) is { IsOk: true, Value.CurrentContext: { Length: > 0 } current } ? current : "kubeconfig", () => Context(files, null, time)));
        return plans.ToImmutable();
    }

    /// <summary>Throws <see cref="ConfigException"/> for a prefix that is none.</summary>
    public static LabelPolicy Policy(KubernetesOptions options)
    {
        if (!LabelPrefix.TryParse(options.Prefix, out var prefix, out var error))
            throw new ConfigException("kubernetes.prefix: " + error);
        var policy = LabelPolicy.Default with
        {
            Prefix = prefix,
            Taints = options.Taints != TaintChoice.Off,
            HardTaints = options.Taints == TaintChoice.Hard,
            Conditions = options.Conditions,
            Events = options.Events,
            AdvertiseWatts = options.Watts,
        };
        return options.Pace == 1 ? policy : policy.Scaled(options.Pace);
    }

    private static KubeResult<KubeAccess> Context(string[] files, string? context, TimeProvider time)
    {
        var config = KubeConfig.Load(files);
        return config.IsOk ? config.Value.Context(context, time) : KubeResult<KubeAccess>.Failed(config.Status);
    }
}
