using System.Collections;
using Homelab.Aggregator.Configuration;
using Homelab.Aggregator.KubeApi;

namespace Homelab.Aggregator.Kubernetes.Tests;

public sealed class KubernetesConfigTests
{
    [Fact]
    public void Load_EverySetting_IsTakenIn()
    {
        var config = Load("""
            kubernetes:
              enabled: true
              prefix: power.example.org
              inCluster: false
              kubeconfig: /etc/homelab/kubeconfig
              contexts: [home, lab]
              clusterName: here
              taints: hard
              conditions: false
              events: false
              watts: true
              pace: 0.05
              leaderElection: { enabled: true, namespace: homelab, name: lead }
              nodes:
                um890: home/worker-1
                rk1.lan: [worker-2, lab/worker-3]
            """);
        Assert.Empty(config.Problems);
        Assert.Empty(config.Warnings);
        var kubernetes = config.Options.Kubernetes;
        Assert.Equal((true, "power.example.org", false, "/etc/homelab/kubeconfig", "here"), (kubernetes.Enabled, kubernetes.Prefix, kubernetes.InCluster, kubernetes.Kubeconfig, kubernetes.ClusterName));
        Assert.Equal((TaintChoice.Hard, false, false, true, 0.05), (kubernetes.Taints, kubernetes.Conditions, kubernetes.Events, kubernetes.Watts, kubernetes.Pace));
        Assert.Equal(["home", "lab"], kubernetes.Contexts.AsEnumerable());
        Assert.Equal(new LeaderElectionSettings(true, "homelab", "lead"), kubernetes.LeaderElection);
        Assert.Equal(["um890 home worker-1", "rk1.lan  worker-2", "rk1.lan lab worker-3"], kubernetes.Nodes.Select(rule => $"{rule.Agent} {rule.Cluster} {rule.Node}"));
        Assert.Equal(TimeSpan.FromSeconds(15), ClusterPlan.Policy(kubernetes).LeaveAfter);
    }

    [Theory]
    [InlineData("prefix: kubernetes.io", "kubernetes.prefix", "not Kubernetes' own")]
    [InlineData("prefix: Power", "kubernetes.prefix", "lower-case")]
    [InlineData("taints: always", "kubernetes.taints", "off, prefer or hard")]
    [InlineData("kubeconfig: here", "kubernetes.kubeconfig", "absolute")]
    [InlineData("contexts: [a/b]", "kubernetes.contexts", "without '/'")]
    [InlineData("contexts: [a, a]", "kubernetes.contexts", "list of contexts")]
    [InlineData("pace: 0", "kubernetes.pace", "0.005 to 10")]
    [InlineData("nodes: { um890: a/b/ }", "kubernetes.nodes.um890", "cluster/node")]
    [InlineData("nodes: { a: one, b: one }", "kubernetes.nodes.b", "once")]
    public void Load_WrongSetting_NamesKeyAndFix(string line, string key, string fix)
    {
        var problem = Assert.Single(Load("kubernetes:\n  " + line).Problems);
        Assert.Equal(key, problem.Key);
        Assert.Contains(fix, problem.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public void Load_Variables_StandOverTheFile()
    {
        var config = Load("kubernetes: { enabled: false }", ("HOMELAB_KUBERNETES__ENABLED", "true"), ("HOMELAB_KUBERNETES__CONTEXTS", "a, b"));
        Assert.True(config.Options.Kubernetes.Enabled);
        Assert.Equal(["a", "b"], config.Options.Kubernetes.Contexts.AsEnumerable());
    }

    [Fact]
    public void Of_InClusterAndContexts_AreAllClusters()
    {
        string? Inside(string name) => name == "KUBERNETES_SERVICE_HOST" ? "10.0.0.1" : null;
        var options = new KubernetesOptions { Contexts = ["lab"], ClusterName = "home" };
        Assert.Equal(["home", "lab"], ClusterPlan.Of(options, Inside, TimeProvider.System).Select(plan => plan.Name));
        Assert.Equal(["lab"], ClusterPlan.Of(options, static _ => null, TimeProvider.System).Select(plan => plan.Name));
        Assert.Equal(["kubeconfig"], ClusterPlan.Of(new KubernetesOptions(), static _ => null, TimeProvider.System).Select(plan => plan.Name));
        var lost = ClusterPlan.Of(options with { InCluster = true }, static _ => null, TimeProvider.System)[0].Open();
        Assert.Equal(KubeOutcome.Invalid, lost.Status.Outcome);
        Assert.Contains("this is no pod", lost.Status.Message, StringComparison.Ordinal);
    }

    private static LoadedConfig Load(string text, params (string Name, string Value)[] variables)
    {
        var environment = new Hashtable();
        foreach (var (name, value) in variables)
            environment[name] = value;
        return ConfigLoader.Load(ConfigFile.Parse("aggregator.yaml", text), environment, []);
    }
}
