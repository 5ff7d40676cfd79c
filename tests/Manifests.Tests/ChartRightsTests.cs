using Homelab.Manifests.Tests.Templates;

namespace Homelab.Manifests.Tests;

/// <summary>What the aggregator's account may do, and what may reach whom.</summary>
public sealed class ChartRightsTests
{
    [Fact]
    public void ClusterRole_Default_IsTheMinimum() =>
        Assert.Equal(
            ["/nodes: get,list,watch,patch", "/nodes/status: patch", "/events: create,patch"],
            Rules(Chart.Render("default").One("ClusterRole", "homelab-aggregator")));

    [Fact]
    public void Role_TwoReplicas_IsOneLease() =>
        Assert.Equal(
            ["coordination.k8s.io/leases: create", "coordination.k8s.io/leases[homelab-leader]: get,update"],
            Rules(Chart.Render("enforce").One("Role", "homelab-aggregator")));

    [Fact]
    public void Role_OneReplica_IsNotThere() => Assert.Empty(Chart.Render("default").OfKind("Role"));

    [Fact]
    public void Lease_TwoReplicas_IsTheOneThatTheRoleNames()
    {
        var objects = Chart.Render("enforce");
        var name = objects.One("StatefulSet", "homelab-aggregator").Container["env"].Items.Single(v => v["name"].Text == "HOMELAB_KUBERNETES__LEADERELECTION__NAME");
        Assert.Equal([name["value"].Text], objects.One("Role", "homelab-aggregator")["rules/1/resourceNames"].Texts);
    }

    [Fact]
    public void Render_KubernetesOff_LeavesTheAccountWithoutRightsAndToken()
    {
        var objects = Chart.RenderValues(YamlTree.Merge(Chart.DefaultValues, YamlTree.Read("config: { aggregator: { kubernetes: { enabled: false } } }")));
        Assert.DoesNotContain(objects.All, item => item.Kind.Contains("Role", StringComparison.Ordinal) || item.Kind.StartsWith("ValidatingAdmission", StringComparison.Ordinal));
        Assert.Equal(false, objects.OfKind("StatefulSet").Single().Pod["automountServiceAccountToken"].Value);
    }

    [Fact]
    public void Cleanup_WhenAsked_RunsAfterTheReleaseIsGoneWithRightsOfItsOwn()
    {
        var hooks = Chart.Render("enforce").All.Where(item => item.Component == "cleanup").ToList();
        Assert.Equal(["ServiceAccount", "ClusterRole", "ClusterRoleBinding", "Job"], hooks.Select(item => item.Kind));
        Assert.All(hooks, item => Assert.Equal("post-delete", item["metadata/annotations"].Entries["helm.sh/hook"]));
        Assert.Equal(["/nodes: get,list,patch", "/nodes/status: patch"], Rules(hooks[1]));
        Assert.Equal(["k8s", "clean"], hooks[3].Container["args"].Texts);
        Assert.DoesNotContain(Chart.Render("default").All, item => item.Component == "cleanup");
    }

    [Fact]
    public void Fence_OtherNames_FollowsThem()
    {
        var values = YamlTree.Merge(Chart.DefaultValues, YamlTree.Read("{ serviceAccount: { name: hub }, config: { aggregator: { kubernetes: { prefix: power.example.org } } } }"));
        var policy = Chart.RenderValues(values).OfKind("ValidatingAdmissionPolicy").Single();
        Assert.Equal("request.userInfo.username == 'system:serviceaccount:homelab:hub'", policy["spec/matchConditions/0/expression"].Text);
        var text = policy["spec/validations"].ToString();
        Assert.Contains("startsWith('power.example.org/')", text, StringComparison.Ordinal);
        Assert.DoesNotContain("power.homelab", text, StringComparison.Ordinal);
    }

    [Fact]
    public void Fence_Default_DeniesAndFailsClosed()
    {
        var objects = Chart.Render("default");
        var policy = objects.OfKind("ValidatingAdmissionPolicy").Single();
        Assert.Equal("Fail", policy["spec/failurePolicy"].Text);
        Assert.Equal(["nodes", "nodes/status"], policy["spec/matchConstraints/resourceRules/0/resources"].Texts);
        var binding = objects.OfKind("ValidatingAdmissionPolicyBinding").Single();
        Assert.Equal((policy.Name, "Deny"), (binding["spec/policyName"].Text, binding["spec/validationActions/0"].Text));
    }

    [Fact]
    public void Fence_ClusterWithoutPolicies_IsLeftOut() =>
        Assert.Empty(Chart.RenderValues(Chart.DefaultValues, hasAdmissionPolicies: false).OfKind("ValidatingAdmissionPolicy"));

    [Theory]
    [InlineData("default")]
    [InlineData("enforce")]
    [InlineData("rpi")]
    [InlineData("devices")]
    public void NetworkPolicies_AnyAgent_ReachesOnlyNamesAndTheAggregator(string ci)
    {
        var objects = Chart.Render(ci);
        var agents = objects.One("NetworkPolicy", "homelab-agent");
        var covered = agents["spec/podSelector/matchExpressions/0/values"].Texts.ToHashSet();
        Assert.All(objects.Agents, agent => Assert.Contains(agent.Component, covered));
        Assert.Empty(agents["spec/ingress"].Items);
        Assert.Equal([53L, 53L, 8766L], agents["spec/egress"].Items.SelectMany(rule => rule["ports"].Items).Select(port => port["port"].Value));
        var aggregator = objects.One("NetworkPolicy", "homelab-aggregator");
        Assert.Equal(covered, aggregator["spec/ingress/0/from/0/podSelector/matchExpressions/0/values"].Texts.ToHashSet());
        Assert.DoesNotContain(aggregator["spec/ingress"].Items, rule => !rule["from"].Items.Any());
    }

    [Fact]
    public void NetworkPolicies_HttpFrom_ReplacesTheNamespace() =>
        Assert.Equal("monitoring", Chart.Render("monitoring").One("NetworkPolicy", "homelab-aggregator")["spec/ingress/2/from/0/namespaceSelector/matchLabels"].Entries["kubernetes.io/metadata.name"]);

    [Fact]
    public void NetworkPolicies_ExternalAgents_AreLetInFromTheirNetworkAlone()
    {
        var objects = Chart.Render("monitoring");
        var rule = objects.One("NetworkPolicy", "homelab-aggregator")["spec/ingress"].Items.Single(item => item["from/0/ipBlock"].IsThere);
        Assert.Equal(("192.168.1.0/24", 8766L), (rule["from/0/ipBlock/cidr"].Text, rule["ports/0/port"].Value));
        Assert.Equal("Local", objects.One("Service", "homelab-aggregator-external")["spec/externalTrafficPolicy"].Text);
        Assert.DoesNotContain(Chart.Render("default").OfKind("Service"), service => service.Name.EndsWith("-external", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("{ tls: { insecure: true }, agent: { enforce: { enabled: true } } }", "anybody on the pod network can set caps")]
    [InlineData("{ aggregator: { replicas: 2 }, config: { aggregator: { kubernetes: { enabled: false } } } }", "elects its leader with a Lease")]
    [InlineData("{ tls: { insecure: true }, aggregator: { externalAgents: { enabled: true } } }", "would be believed whoever they are")]
    [InlineData("{ aggregator: { externalAgents: { enabled: true } } }", "name the machines' network")]
    [InlineData("{ agent: { devices: { enabled: true } } }", "the device cgroup forbids it")]
    [InlineData("{ tls: { agentSecret: '' } }", "tls.agentSecret names the Secret")]
    [InlineData("{ tls: { aggregatorSecret: '' } }", "tls.aggregatorSecret names the Secret")]
    public void Render_UnsafeCombination_IsRefused(string values, string why) =>
        Assert.Contains(why, Assert.Throws<TemplateException>(() => Chart.RenderValues(YamlTree.Merge(Chart.DefaultValues, YamlTree.Read(values)))).Message, StringComparison.Ordinal);

    [Fact]
    public void Render_LongReleaseName_KeepsNamesLegal() =>
        Assert.All(Chart.RenderValues(Chart.Values("enforce"), release: new string('a', 53)).All, item => Assert.InRange(item.Name.Length, 1, 63));

    private static IEnumerable<string> Rules(KubeObject role) =>
        role["rules"].Items.Select(rule =>
        {
            Assert.Single(rule["apiGroups"].Items);
            var names = rule["resourceNames"].IsThere ? $"[{string.Join(',', rule["resourceNames"].Texts)}]" : "";
            return $"{rule["apiGroups/0"].Text}/{string.Join(',', rule["resources"].Texts)}{names}: {string.Join(',', rule["verbs"].Texts)}";
        });
}
