using System.Collections;
using Homelab.Aggregator.Configuration;
using Homelab.NodeAgent.Configuration;
using Homelab.NodeAgent.Sensors;
using Homelab.Units;

namespace Homelab.Manifests.Tests;

/// <summary>What the manifests configure is what the programs understand.</summary>
public sealed class ProductConfigTests
{
    private static IReadOnlyList<string> Sources { get; } = ["amdgpu", "cgroup", "cluster", "cooling", "cpu", "cpufreq", "cpuidle", "devfreq", "hwmon", "i2c", "intel_gpu", "ipmi", "nvidia", "nvidia_processes", "perf", "power_supply", "powercap", "pressure", "raspberrypi", "rknpu", "thermal", "throttle"];

    public static TheoryData<string> Values => [.. Chart.CiFiles.Prepend("default")];

    [Theory]
    [MemberData(nameof(Values))]
    public void Load_AggregatorConfig_KnowsEverySetting(string ci)
    {
        var text = Chart.Render(ci).One("ConfigMap", "homelab-aggregator")["data"].Entries["aggregator.yaml"] as string;
        var loaded = ConfigLoader.Load(ConfigFile.Parse("aggregator.yaml", text!), new Hashtable { ["HOMELAB_LISTEN__INSECURE"] = "true" }, []);
        Assert.Empty(loaded.Problems);
        Assert.Empty(loaded.Warnings);
        Assert.Equal(Power.FromWatts(100), loaded.Options.Budget);
        Assert.Equal("/var/lib/homelab", loaded.Options.StoragePath);
    }

    [Fact]
    public void Load_EnforcingAggregator_AllowsForTheKubeletsBackOff()
    {
        var text = Chart.Render("enforce").One("ConfigMap", "homelab-aggregator")["data"].Entries["aggregator.yaml"] as string;
        var loaded = ConfigLoader.Load(ConfigFile.Parse("aggregator.yaml", text!), new Hashtable(), []);
        Assert.True(loaded.Options.AgentRestartLimit > TimeSpan.FromMinutes(5));
    }

    [Theory]
    [MemberData(nameof(Values))]
    public void Find_AggregatorVariables_AreSettings(string ci)
    {
        var names = Variables(Chart.Render(ci).All.Where(item => item.HasPods && !item.IsAgent)).ToList();
        Assert.NotEmpty(names);
        Assert.All(names, name => Assert.True(ConfigKeys.Find(name) is not null, $"{name} is no setting"));
    }

    [Theory]
    [MemberData(nameof(Values))]
    public void Load_EachAgent_HasNoProblem(string ci)
    {
        var objects = Chart.Render(ci);
        var file = objects.One("ConfigMap", "homelab-agent")["data"].Entries["agent.yaml"] as string;
        foreach (var agent in objects.Agents)
        {
            var environment = agent.Container["env"].Items.ToDictionary(v => v["name"].Text, v => v["value"].IsThere ? v["value"].Text : "um890");
            var known = OptionKeys.For(Sources).Select(key => key.Variable).ToHashSet();
            Assert.All(environment.Keys.Where(name => name.StartsWith("HOMELAB_", StringComparison.Ordinal)), name => Assert.Contains(name, known));
            var config = AgentConfig.Load(new ConfigInputs
            {
                File = "agent.yaml",
                Environment = environment,
                Sources = Sources,
                ReadText = _ => file!,
                Exists = path => agent.Container["volumeMounts"].Items.Any(mount => path.StartsWith(mount["mountPath"].Text, StringComparison.Ordinal)),
                FolderExists = path => path == "/host",
            });
            Assert.Empty(config.Problems);
            Assert.Equal(("um890", "/host", agent.Enforces), (config.Options.Node.Value, config.Options.HostRoot, config.Options.Enforces));
            Assert.Equal(("homelab-aggregator-agents.homelab.svc", 8766), (config.Options.Aggregator!.Host, config.Options.Aggregator.Port));
            Assert.Contains(agent.Container["volumeMounts"].Items, mount => !agent.Enforces || (mount["mountPath"].Text == config.Options.StatePath && !mount["readOnly"].IsTrue));
        }
    }

    [Fact]
    public void Schema_AggregatorConfig_HasTheKeysOfTheProductAndNoOther()
    {
        var lists = new[] { "budget.schedules", "budget.groups", "classes", "nodes", "kubernetes.nodes" };
        var wanted = ConfigKeys.All.Select(key => key.Name).Union(lists);
        Assert.Equal(wanted.Order(StringComparer.Ordinal), Leaves(ValuesSchema.Load().Root["properties/config/properties/aggregator"], "").Order(StringComparer.Ordinal));
    }

    [Fact]
    public void Schema_AgentConfig_HasTheKeysOfTheProductButTheSwitchOfItsDaemonSet()
    {
        var wanted = OptionKeys.For(Sources).Select(key => key.Name).Where(name => name != "enforce.enabled");
        Assert.Equal(wanted.Order(StringComparer.Ordinal), Leaves(ValuesSchema.Load().Root["properties/config/properties/agent"], "").Order(StringComparer.Ordinal));
    }

    [Fact]
    public void Sources_Named_AreThoseOfTheAgent() =>
        Assert.Equal(SensorCatalog.Sources().Select(source => source.Name).Order(StringComparer.Ordinal), Sources);

    [Fact]
    public void Mounts_Aggregator_AreWhatItsSettingsName()
    {
        var container = Chart.Render("enforce").One("StatefulSet", "homelab-aggregator").Container;
        var mounts = container["volumeMounts"].Items.Select(mount => mount["mountPath"].Text).ToList();
        var paths = container["env"].Items.Select(v => v["value"].Text).Where(value => value.StartsWith('/')).ToList();
        Assert.NotEmpty(paths);
        Assert.All(paths, path => Assert.Contains(mounts, mount => path.StartsWith(mount + "/", StringComparison.Ordinal)));
    }

    private static IEnumerable<string> Variables(IEnumerable<KubeObject> owners) =>
        owners.SelectMany(owner => owner.Container["env"].Items)
            .Select(variable => variable["name"].Text)
            .Where(name => name.StartsWith("HOMELAB_", StringComparison.Ordinal))
            .Select(name => name["HOMELAB_".Length..].Replace("__", ".", StringComparison.Ordinal));

    private static IEnumerable<string> Leaves(KubeValue schema, string path) =>
        schema["properties"].Entries.SelectMany(property => new KubeValue(property.Value) is var inner && inner["properties"].IsThere
            ? Leaves(inner, $"{path}{property.Key}.")
            : [path + property.Key]);
}
