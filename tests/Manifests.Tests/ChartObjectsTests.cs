namespace Homelab.Manifests.Tests;

/// <summary>What holds for every object, whatever the values.</summary>
public sealed class ChartObjectsTests
{
    private static readonly string[] AgentMounts = ["/etc/homelab/agent.yaml", "/etc/homelab/tls", "/host/proc", "/host/sys", "/host/var/log/pods", "/tmp"];

    public static TheoryData<string> Values => [.. Chart.CiFiles.Prepend("default")];

    [Theory]
    [MemberData(nameof(Values))]
    public void Render_AnyValues_NamesEachObjectOnce(string ci)
    {
        var objects = Chart.Render(ci).All;
        Assert.True(objects.Count > 10);
        Assert.All(objects, item => Assert.True(item["apiVersion"].Text.Length > 0 && item.Kind.Length > 0 && item.Name.Length is > 0 and < 64, item.Id));
        Assert.Equal(objects.Count, objects.Select(item => item.Id).Distinct().Count());
    }

    [Theory]
    [MemberData(nameof(Values))]
    public void Render_Twice_GivesTheSame(string ci) =>
        Assert.Equal(Chart.Render(ci).All.Select(item => item.Root.ToString()), Chart.Render(ci).All.Select(item => item.Root.ToString()));

    [Theory]
    [MemberData(nameof(Values))]
    public void Render_AnyValues_LabelsEveryObjectAndPod(string ci)
    {
        string[] wanted = ["name", "instance", "version", "component", "part-of", "managed-by"];
        foreach (var item in Chart.Render(ci).All)
        {
            foreach (var labels in item.HasPods ? new[] { item["metadata/labels"], item.PodLabels } : [item["metadata/labels"]])
            {
                Assert.All(wanted, name => Assert.True(labels.Entries.ContainsKey("app.kubernetes.io/" + name), $"{item.Id} lacks {name}"));
                Assert.Equal("homelab-0.1.0", labels.Entries["helm.sh/chart"]);
            }
        }
    }

    [Fact]
    public void Render_CommonLabels_ReachesEveryObject() =>
        Assert.All(Chart.Render("monitoring").All, item => Assert.Equal("home", item["metadata/labels/team"].Text));

    [Theory]
    [MemberData(nameof(Values))]
    public void Render_AnyValues_SelectsWhatItMeans(string ci)
    {
        var objects = Chart.Render(ci);
        var pods = objects.All.Where(item => item.HasPods && item.Kind != "Job").ToList();
        foreach (var owner in pods)
        {
            Assert.True(owner["spec/selector/matchLabels"].IsWithin(owner.PodLabels), owner.Id);
            Assert.Single(pods, other => owner["spec/selector/matchLabels"].IsWithin(other.PodLabels));
        }
        var aggregator = objects.OfKind("StatefulSet").Single();
        Assert.All(objects.OfKind("Service"), service => Assert.Equal([aggregator], pods.Where(pod => service["spec/selector"].IsWithin(pod.PodLabels))));
        Assert.Equal("None", objects.One("Service", aggregator["spec/serviceName"].Text)["spec/clusterIP"].Text);
        Assert.All(objects.OfKind("Service").SelectMany(service => service["spec/ports"].Items), port =>
            Assert.Contains(aggregator.Container["ports"].Items, open => open["name"].Text == port["targetPort"].Text && Equals(open["containerPort"].Value, port["port"].Value)));
    }

    [Theory]
    [MemberData(nameof(Values))]
    public void Render_AnyValues_DropsEveryRightOfContainers(string ci)
    {
        foreach (var item in Chart.Render(ci).All.Where(item => item.HasPods && !(item.IsAgent && item.Enforces)))
        {
            var security = item.Container["securityContext"];
            Assert.Single(item.Pod["containers"].Items);
            Assert.False(item.Pod["initContainers"].IsThere);
            Assert.Equal(["ALL"], security["capabilities/drop"].Texts);
            Assert.False(security["capabilities/add"].IsThere);
            Assert.Equal(false, security["allowPrivilegeEscalation"].Value);
            Assert.True(security["readOnlyRootFilesystem"].IsTrue);
            Assert.False(security["privileged"].IsTrue);
            Assert.Equal("RuntimeDefault", (item.IsAgent ? security : item.Pod["securityContext"])["seccompProfile/type"].Text);
            Assert.Equal(item.IsAgent, Equals(security["runAsUser"].Value, 0L));
            Assert.Equal(!item.IsAgent, item.Pod["securityContext/runAsNonRoot"].IsTrue);
        }
    }

    [Theory]
    [MemberData(nameof(Values))]
    public void Render_AnyValues_GivesNoPodTheHostsNamespaces(string ci) =>
        Assert.All(Chart.Render(ci).All.Where(item => item.HasPods), item =>
        {
            Assert.All(new[] { "hostNetwork", "hostPID", "hostIPC", "shareProcessNamespace" }, name => Assert.False(item.Pod[name].IsTrue, $"{item.Id} {name}"));
            Assert.Equal(false, item.Pod["enableServiceLinks"].Value);
            Assert.DoesNotContain("nvidia.com/gpu\":", item.Container["resources"].ToString(), StringComparison.Ordinal);
        });

    [Theory]
    [MemberData(nameof(Values))]
    public void Render_AnyValues_GivesAgentsNoWayToTheApiServer(string ci)
    {
        var objects = Chart.Render(ci);
        var account = objects.One("ServiceAccount", "homelab-agent");
        Assert.Equal(false, account["automountServiceAccountToken"].Value);
        Assert.All(objects.Agents, agent =>
        {
            Assert.Equal(false, agent.Pod["automountServiceAccountToken"].Value);
            Assert.Equal(account.Name, agent.Pod["serviceAccountName"].Text);
            Assert.DoesNotContain(agent.Pod["volumes"].Items, volume => volume["projected"].IsThere);
        });
        var subjects = objects.All.Where(item => item.Kind is "RoleBinding" or "ClusterRoleBinding").SelectMany(binding => binding["subjects"].Items);
        Assert.DoesNotContain(subjects, subject => subject["kind"].Text != "ServiceAccount" || subject["name"].Text == account.Name);
    }

    [Theory]
    [MemberData(nameof(Values))]
    public void Render_ObservingAgent_SeesTheHostReadOnly(string ci)
    {
        foreach (var agent in Chart.Render(ci).Agents.Where(agent => !agent.Enforces))
        {
            var isPi = agent.Name.EndsWith("-rpi", StringComparison.Ordinal);
            var mounts = agent.Container["volumeMounts"].Items.ToDictionary(mount => mount["mountPath"].Text);
            Assert.Subset(new HashSet<string>([.. AgentMounts, .. isPi ? ["/dev/vcio"] : Array.Empty<string>()]), new HashSet<string>(mounts.Keys));
            var host = agent.Pod["volumes"].Items.Where(volume => volume["hostPath"].IsThere).ToDictionary(volume => volume["name"].Text, volume => volume["hostPath/path"].Text);
            Assert.Equal(isPi ? ["/dev/vcio", "/proc", "/sys", "/var/log/pods"] : ["/proc", "/sys", "/var/log/pods"], host.Values.Order(StringComparer.Ordinal));
            Assert.All(mounts.Values.Where(mount => host.ContainsKey(mount["name"].Text)), mount => Assert.True(mount["readOnly"].IsTrue, mount.ToString()));
            Assert.Equal("/host/sys", mounts.Values.Single(mount => mount["name"].Text == "sys")["mountPath"].Text);
        }
    }

    [Fact]
    public void Render_EnforcingAgent_MayWriteOnlySysAndItsState()
    {
        var agent = Chart.Render("enforce").One("DaemonSet", "homelab-agent-enforce");
        Assert.Equal(["/host/sys", "/tmp", "/var/lib/homelab-agent"],
            agent.Container["volumeMounts"].Items.Where(mount => !mount["readOnly"].IsTrue).Select(mount => mount["mountPath"].Text).Order(StringComparer.Ordinal));
        Assert.False(agent.Container["securityContext/privileged"].IsTrue);
        Assert.Equal(["ALL"], agent.Container["securityContext/capabilities/drop"].Texts);
        Assert.False(agent.Container["securityContext/capabilities/add"].IsThere);
        Assert.Contains(agent.Container["env"].Items, variable => variable["name"].Text == "HOMELAB_ENFORCE__ENABLED" && variable["value"].Text == "true");
    }

    [Theory]
    [InlineData("default")]
    [InlineData("nvidia")]
    [InlineData("rpi")]
    public void Render_WithoutEnforce_HasNoAgentThatWrites(string ci)
    {
        var text = string.Join("\n", Chart.Render(ci).All.Select(item => item.Root.ToString()));
        Assert.DoesNotContain("HOMELAB_ENFORCE__ENABLED", text, StringComparison.Ordinal);
        Assert.DoesNotContain("privileged: true", text, StringComparison.Ordinal);
    }

    [Fact]
    public void Render_Privileged_IsTheEnforcingAgentsAlone()
    {
        var values = YamlTree.Merge(Chart.Values("enforce-nvidia"), YamlTree.Read("agent: { enforce: { privileged: true } }"));
        Assert.All(Chart.RenderValues(values).All.Where(item => item.HasPods), item =>
            Assert.Equal(item.Enforces, item.Container["securityContext/privileged"].IsTrue));
    }

    [Fact]
    public void Render_Nvidia_AsksForNoCard()
    {
        var agent = Chart.Render("nvidia").One("DaemonSet", "homelab-agent-nvidia");
        Assert.Equal("nvidia", agent.Pod["runtimeClassName"].Text);
        Assert.Equal(["all", "utility"], agent.Container["env"].Items.Where(v => v["name"].Text.StartsWith("NVIDIA_", StringComparison.Ordinal)).Select(v => v["value"].Text));
        Assert.Equal(["cpu", "memory"], agent.Container["resources/requests"].Entries.Keys);
    }

    [Fact]
    public void Render_DevicesFromAPlugin_AreClaimedWithoutAnyPrivilege()
    {
        var objects = Chart.Render("devices");
        var agent = objects.One("DaemonSet", "homelab-agent-devices");
        Assert.Equal(["memory", "smarter-devices/gpiochip0", "smarter-devices/i2c-1"], agent.Container["resources/limits"].Entries.Keys.Order(StringComparer.Ordinal));
        Assert.Equal(objects.One("DaemonSet", "homelab-agent").Container["securityContext"].ToString(), agent.Container["securityContext"].ToString());
        // A device node that is only mounted can not be opened.
        Assert.DoesNotContain(agent.Pod["volumes"].Items, volume => volume["hostPath/path"].IsThere && volume["hostPath/path"].Text.StartsWith("/dev", StringComparison.Ordinal));
        Assert.Equal(["memory"], objects.One("DaemonSet", "homelab-agent").Container["resources/limits"].Entries.Keys);
        Assert.Contains("wait until a device plugin on the node offers:\n  smarter-devices/gpiochip0: 1", Chart.Notes("devices"), StringComparison.Ordinal);
    }

    [Fact]
    public void Render_DevicesWithoutAPlugin_ArePrivilegedOnThoseNodesAlone()
    {
        var values = YamlTree.Merge(Chart.Values("enforce-nvidia"), YamlTree.Read("agent: { devices: { enabled: true, privileged: true } }"));
        Assert.All(Chart.RenderValues(values).Agents, agent =>
            Assert.Equal(agent.Component is "agent-devices" or "agent-devices-enforce", agent.Container["securityContext/privileged"].IsTrue));
        Assert.All(Chart.RenderValues(values).Agents, agent => Assert.True(agent.Container["securityContext/readOnlyRootFilesystem"].IsTrue));
    }

    [Theory]
    [MemberData(nameof(Values))]
    public void Render_AnyNode_GetsExactlyOneAgent(string ci)
    {
        var objects = Chart.Render(ci);
        string[] labels = ["agent.homelab/enforce", "nvidia.com/gpu.present", "agent.homelab/rpi", "agent.homelab/devices"];
        for (var bits = 0; bits < 16; bits++)
        {
            var node = labels.Where((_, i) => (bits >> i & 1) == 1).ToDictionary(label => label, _ => "true");
            node["kubernetes.io/os"] = "linux";
            Assert.Single(objects.Agents, agent => Takes(agent, node));
        }
        Assert.All(objects.Agents, agent => Assert.Equal("Exists", agent.Pod["tolerations/0/operator"].Text));
    }

    private static bool Takes(KubeObject agent, Dictionary<string, string> node) =>
        agent.Pod["affinity/nodeAffinity/requiredDuringSchedulingIgnoredDuringExecution/nodeSelectorTerms/0/matchExpressions"].Items
            .All(rule => rule["values"].Texts.Contains(node.GetValueOrDefault(rule["key"].Text)) == (rule["operator"].Text == "In"));

    [Fact]
    public void Render_Agent_AsksForLittle()
    {
        var resources = Chart.Render("default").One("DaemonSet", "homelab-agent").Container["resources"];
        Assert.Equal(("5m", "16Mi", "48Mi"), (resources["requests/cpu"].Text, resources["requests/memory"].Text, resources["limits/memory"].Text));
        Assert.False(resources["limits/cpu"].IsThere);
    }

    [Fact]
    public void Render_OtherConfig_ChangesOnlyItsChecksum()
    {
        var other = Chart.RenderValues(YamlTree.Merge(Chart.DefaultValues, YamlTree.Read("config: { aggregator: { budget: { watts: 80 } } }")));
        var before = Chart.Render("default");
        const string checksum = "spec/template/metadata/annotations";
        Assert.NotEqual(before.One("StatefulSet", "homelab-aggregator")[checksum].ToString(), other.One("StatefulSet", "homelab-aggregator")[checksum].ToString());
        Assert.Equal(before.One("DaemonSet", "homelab-agent")[checksum].ToString(), other.One("DaemonSet", "homelab-agent")[checksum].ToString());
        Assert.Contains("watts: 80", other.One("ConfigMap", "homelab-aggregator")["data"].Entries["aggregator.yaml"] as string, StringComparison.Ordinal);
    }

    [Theory]
    [MemberData(nameof(Values))]
    public void Render_AnyValues_HasNoSecretOfItsOwn(string ci) => Assert.Empty(Chart.Render(ci).OfKind("Secret"));

    [Fact]
    public void Notes_EveryCiFile_SaysHowToLabelTheNamespace() =>
        Assert.All(Chart.CiFiles, ci => Assert.Contains("pod-security.kubernetes.io/enforce=privileged", Chart.Notes(ci), StringComparison.Ordinal));
}
