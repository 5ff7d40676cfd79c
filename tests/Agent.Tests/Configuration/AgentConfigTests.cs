using Homelab.NodeAgent.Configuration;
using Homelab.Units;
using Microsoft.Extensions.Logging;

namespace Homelab.NodeAgent.Tests.Configuration;

public class AgentConfigTests
{
    private readonly Dictionary<string, string> _environment = [];
    private readonly List<Setting> _flags = [];
    private bool _filesExist = true;
    private string _text = "";

    [Fact]
    public void Load_NothingSaid_GivesDefaultsAndTheHostsName()
    {
        var config = Load();

        Assert.Empty(config.Problems);
        Assert.Equal((NodeName.Parse("my-host"), TimeSpan.FromSeconds(1), "/", null), (config.Options.Node, config.Options.SampleInterval, config.Options.HostRoot, config.Options.Aggregator));
    }

    [Theory]
    [InlineData("enforce: { enabled: true }\naggregator: ftp://x", true)]
    [InlineData("enforce: { enabled: true }\ntls: { certificate: /cert }", true)]
    [InlineData("enforce: { enabled: true, floor: low }", false)]
    [InlineData("enforce: { enabled: true, onStop: perhaps }", false)]
    [InlineData("enforce: { enabled: true }\n\tnode: x", false)]
    [InlineData("aggregator: ftp://x", false)]
    public void SaysHowToHold_OfAWrongConfiguration_OnlyWhereWhatIsWrongIsElsewhere(string text, bool says)
    {
        _text = text;

        var config = Load();

        Assert.Equal((true, says), (config.HasErrors, config.SaysHowToHold));
    }

    [Fact]
    public void Load_EveryKey_Arrives()
    {
        _text = """
            aggregator: https://hub.lan:8766
            node: um890
            interval: { sample: 500ms, send: 2s, deadline: 250ms, rediscover: 5m }
            host: { root: /host }
            log: { level: debug }
            insecure: true
            tls: { ca: /ca, certificate: /cert, key: /key }
            power: { static: 6.5W }
            collectors: { hwmon: off, powercap: on, cpu: auto }
            """;

        var options = Load().Options;

        Assert.Equal("https://hub.lan:8766/", options.Aggregator!.ToString());
        Assert.Equal(
            (TimeSpan.FromMilliseconds(500), TimeSpan.FromSeconds(2), TimeSpan.FromMilliseconds(250), TimeSpan.FromMinutes(5)),
            (options.SampleInterval, options.SendInterval, options.SourceDeadline, options.RediscoverInterval));
        Assert.Equal(("um890", "/host", LogLevel.Debug, true), (options.Node.Value, options.HostRoot, options.LogLevel, options.Insecure));
        Assert.Equal(("/ca", "/cert", "/key", Power.FromWatts(6.5)), (options.TlsAuthority, options.TlsCertificate, options.TlsKey, options.StaticPower));
        Assert.Equal([CollectorSwitch.Off, CollectorSwitch.On, CollectorSwitch.Auto], new[] { "hwmon", "powercap", "cpu" }.Select(options.Collector));
    }

    [Fact]
    public void Load_EnforcementKeys_Arrive()
    {
        _text = """
            enforce: { enabled: true, actuators: "rapl, cpufreq", floor: 6W, ceiling: 45W, onStop: keep }
            state: { path: /state }
            """;

        var config = Load();
        var options = config.Options;

        Assert.Empty(config.Problems);
        Assert.Equal((true, Power.FromWatts(6), Power.FromWatts(45), StopAction.Keep, "/state"), (options.Enforces, options.CapFloor, options.CapCeiling, options.OnStop, options.StatePath));
        Assert.Equal(["rapl", "cpufreq"], options.Actuators);
        Assert.True(options.Allows("rapl", takesWatts: true));
        Assert.False(options.Allows("nvml", takesWatts: true));
    }

    [Theory]
    [InlineData("rapl", true, true)]
    [InlineData("amdgpu", true, true)]
    [InlineData("cpufreq", false, true)]
    [InlineData("devfreq", false, false)]
    public void Allows_WithoutAList_IsWattsAndProcessorClocks(string family, bool takesWatts, bool expected)
    {
        _text = "enforce: { enabled: true }\n";

        Assert.Equal(expected, Load().Options.Allows(family, takesWatts));
        Assert.False(new AgentOptions().Allows(family, takesWatts));
    }

    [Fact]
    public void Load_Enforcing_SamplesTwiceASecondUnlessToldOtherwise()
    {
        _text = "enforce: { enabled: true }\ninterval: { send: 3s }\n";

        var options = Load().Options;

        Assert.Equal((TimeSpan.FromMilliseconds(500), TimeSpan.FromSeconds(3)), (options.SampleInterval, options.SendInterval));
    }

    [Fact]
    public void Load_StateDirectory_IsTheServiceManagersWord()
    {
        Assert.Equal("/var/lib/homelab-agent", Load().Options.StatePath);
        _environment["STATE_DIRECTORY"] = "/var/lib/private/homelab-agent:/other";

        Assert.Equal("/var/lib/private/homelab-agent", Load().Options.StatePath);
    }

    [Theory]
    [InlineData("enforce: { actuators: \"rapl, bios\" }", "enforce.actuators")]
    [InlineData("enforce: { onStop: explode }", "enforce.onStop")]
    [InlineData("enforce: { floor: 50W, ceiling: 40W }", "enforce.ceiling")]
    [InlineData("state: { path: here }", "state.path")]
    public void Load_WrongEnforcement_IsNamedWithItsFix(string text, string key)
    {
        _text = text + "\n";

        var problem = Assert.Single(Load().Problems);
        Assert.Equal((key, false), (problem.Key, problem.IsWarning));
        Assert.NotEmpty(problem.Fix);
    }

    [Fact]
    public void Load_FiguresOfTheBoard_EachGoesToItsOwn()
    {
        _text = "power: { static: 1W, idle: 2.5, peak: 0.03kW, remainder: 4W, meter: ina226@i2c-1/1-0040/power1 }\n";

        var config = Load();

        Assert.Empty(config.Problems);
        Assert.Equal(
            (Power.FromWatts(1), Power.FromWatts(2.5), Power.FromWatts(30), Power.FromWatts(4), "ina226@i2c-1/1-0040/power1"),
            (config.Options.StaticPower, config.Options.IdlePower, config.Options.PeakPower, config.Options.PowerRemainder, config.Options.PowerMeter));
    }

    [Theory]
    [InlineData("power: { idle: 30W, peak: 20W }", "power.peak")]
    [InlineData("power: { idle: 0 }", "power.idle")]
    [InlineData("power: { peak: NaN }", "power.peak")]
    [InlineData("power: { remainder: -4W }", "power.remainder")]
    [InlineData("power: { meter: power1 }", "power.meter")]
    public void Load_WrongFiguresOfTheBoard_AreNamedWithTheirFix(string text, string key)
    {
        _text = text + "\n";

        var problem = Assert.Single(Load().Problems);
        Assert.Equal((key, false), (problem.Key, problem.IsWarning));
        Assert.NotEmpty(problem.Fix);
    }

    [Fact]
    public void Load_Wiring_IsUnderstoodAsTheFileShowsIt()
    {
        _text = """
            i2c:
              monitors: ina226@1-0x40 shunt=2mOhm range=10A label=node1 alert=gpiochip0:17 limit=60W role=input, ina260@1-0x41
            gpio: { statusLamp: "pinctrl-rp1:27" }

            """;

        var config = Load();

        Assert.Empty(config.Problems);
        Assert.Equal(["ina226@1-0x40", "ina260@1-0x41"], config.Options.Monitors.Select(static monitor => monitor.Device));
        Assert.Equal("pinctrl-rp1:27", config.Options.StatusLamp!.ToString());
    }

    [Theory]
    [InlineData("i2c: { monitors: ina226@1-0x40 }", "i2c.monitors", "'ina226@1-0x40': says no shunt")]
    [InlineData("i2c: { monitors: ina226@1-0x50 shunt=2mOhm }", "i2c.monitors", "'0x50' is not an address of this chip")]
    [InlineData("gpio: { statusLamp: 27 }", "gpio.statusLamp", "'27' is not a line like gpiochip0:17")]
    [InlineData("i2c: { monitors: \"ina260@1-0x40 alert=gpiochip0:27\" }\ngpio: { statusLamp: \"gpiochip0:27\" }", "gpio.statusLamp", "the line of a monitor's alert, too")]
    public void Load_WrongWiring_SaysWhichPartIsWrong(string text, string key, string meaning)
    {
        _text = text + "\n";

        var problem = Assert.Single(Load().Problems);
        Assert.Equal((key, false), (problem.Key, problem.IsWarning));
        Assert.Contains(meaning, problem.Meaning, StringComparison.Ordinal);
        Assert.NotEmpty(problem.Fix);
    }

    [Fact]
    public void Load_FlagEnvironmentAndFile_TheNearerWins()
    {
        _text = "node: from-file\nlog: { level: error }\ninterval: { sample: 3s }\n";
        _environment["HOMELAB_NODE"] = "from-environment";
        _environment["HOMELAB_INTERVAL__SAMPLE"] = "2s";
        _flags.Add(new Setting("node", "from-flag", new Origin("flag --node")));

        var config = Load();

        Assert.Equal(("from-flag", TimeSpan.FromSeconds(2), LogLevel.Error), (config.Options.Node.Value, config.Options.SampleInterval, config.Options.LogLevel));
        Assert.Equal("flag --node", config.Origins["node"].ToString());
        Assert.Equal("environment HOMELAB_INTERVAL__SAMPLE", config.Origins["interval.sample"].ToString());
        Assert.Equal("/etc/homelab/agent.yaml:2", config.Origins["log.level"].ToString());
    }

    [Fact]
    public void Load_ManyErrors_NamesAllAtOnceWithPlaceKeyAndFix()
    {
        _text = """
            aggregator: hub.lan
            node: Not A Name
            interval:
              sample: 5 minutes
            collectors:
              hwmon: maybe
            power: { static: -3 }
            """;
        _environment["HOMELAB_LOG__LEVEL"] = "loud";

        var problems = Load().Problems.Select(p => p.ToString()).ToList();

        Assert.Equal(6, problems.Count);
        Assert.Equal("/etc/homelab/agent.yaml:1: aggregator: 'hub.lan' is not an address like https://hub.lan:8766, or several with commas between; fix: aggregator: https://hub.lan:8766", problems[0]);
        Assert.Contains("/etc/homelab/agent.yaml:2: node: ", problems[1], StringComparison.Ordinal);
        Assert.Contains(":4: interval.sample: '5 minutes' is not a duration from 100ms to 60s; fix: interval.sample: 1s", problems[2], StringComparison.Ordinal);
        Assert.Contains(":6: collectors.hwmon: ", problems[3], StringComparison.Ordinal);
        Assert.Contains(":7: power.static: ", problems[4], StringComparison.Ordinal);
        Assert.StartsWith("environment HOMELAB_LOG__LEVEL: log.level: 'loud' is not ", problems[5], StringComparison.Ordinal);
    }

    [Fact]
    public void Load_UnknownKeys_AreWarningsWithASuggestion()
    {
        _text = "interval: { smple: 1s }\nsample: 1s\nfuture: { thing: 1 }\n";

        var config = Load();

        Assert.False(config.HasErrors);
        Assert.Equal(3, config.Problems.Count(p => p.IsWarning));
        Assert.Contains("did you mean interval.sample?", config.Problems[1].Fix, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("http://10.0.0.2:8766", false, true)]
    [InlineData("http://hub.lan:8766", false, true)]
    [InlineData("http://10.0.0.2:8766", true, false)]
    [InlineData("https://10.0.0.2:8766", false, false)]
    [InlineData("http://127.0.0.1:8766", false, false)]
    [InlineData("http://localhost:8766", false, false)]
    [InlineData("http://[::1]:8766", false, false)]
    public void Load_PlainHttpToAnotherMachine_NeedsToBeAccepted(string address, bool insecure, bool isError)
    {
        _text = $"aggregator: {address}\ninsecure: {(insecure ? "true" : "false")}\n";

        var config = Load();

        Assert.Equal(isError, config.HasErrors);
        if (isError)
            Assert.Contains("insecure: true", config.Problems.Single().ToString(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("tls: { certificate: /c }\n", "tls.certificate")]
    [InlineData("tls: { key: /k }\n", "tls.key")]
    public void Load_HalfAKeyPair_IsAnError(string text, string key)
    {
        _text = text;

        Assert.Equal(key, Load().Problems.Single().Key);
    }

    [Fact]
    public void Load_TlsFileMissing_IsAnErrorThatNamesIt()
    {
        (_text, _filesExist) = ("tls: { ca: /absent.pem }\n", false);

        Assert.Contains(Load().Problems, p => p.Key == "tls.ca" && p.Meaning.Contains("/absent.pem", StringComparison.Ordinal));
    }

    [Fact]
    public void Load_HostRootMissing_IsAnErrorThatNamesIt()
    {
        (_text, _filesExist) = ("host: { root: /absent }\n", false);

        Assert.Equal("/etc/homelab/agent.yaml:1: host.root: there is no folder /absent", Load().Problems.Single().ToString().Split(';')[0]);
    }

    [Fact]
    public void Load_AskedForFileMissing_IsAnErrorButTheDefaultMayBe()
    {
        var config = AgentConfig.Load(Inputs() with { File = "/absent.yaml", ReadText = _ => throw new FileNotFoundException() });
        var byDefault = AgentConfig.Load(Inputs() with { ReadText = _ => throw new FileNotFoundException() });

        Assert.Contains("/absent.yaml", config.Problems.Single().ToString(), StringComparison.Ordinal);
        Assert.Empty(byDefault.Problems);
    }

    [Fact]
    public void Load_FileUnreadable_IsAnErrorAndNotACrash()
    {
        var config = AgentConfig.Load(Inputs() with { ReadText = _ => throw new UnauthorizedAccessException("denied") });

        Assert.True(config.HasErrors);
    }

    [Theory]
    [InlineData("My_Host", "my-host")]
    [InlineData("um890", "um890")]
    public void Load_HostName_BecomesANodeName(string host, string node)
    {
        Assert.Equal(node, AgentConfig.Load(Inputs() with { HostName = _ => host }).Options.Node.Value);
    }

    [Fact]
    public void Load_HostNameThatCanNotServe_AsksForANode()
    {
        Assert.Equal("node", AgentConfig.Load(Inputs() with { HostName = _ => "(none)" }).Problems.Single().Key);
    }

    [Fact]
    public void Load_InKubernetes_TakesTheNodesName()
    {
        _environment["NODE_NAME"] = "worker-3";

        Assert.Equal("worker-3", Load().Options.Node.Value);
    }

    [Fact]
    public void Load_SeveralAggregators_AreTakenInTheirOrder()
    {
        _environment["HOMELAB_AGGREGATOR"] = "https://hub-0.lan:8766, https://hub-1.lan:8766";

        var options = Load().Options;

        Assert.Equal(["https://hub-0.lan:8766/", "https://hub-1.lan:8766/"], options.Aggregators.Select(uri => uri.ToString()));
    }

    [Theory]
    [InlineData("https://hub-0.lan:8766, nonsense")]
    [InlineData("https://hub-0.lan:8766,https://hub-0.lan:8766")]
    [InlineData(",")]
    public void Load_ListThatHoldsMoreThanAggregators_IsRefused(string text)
    {
        _environment["HOMELAB_AGGREGATOR"] = text;

        Assert.Contains(Load().Problems, problem => problem is { Key: "aggregator", IsWarning: false });
    }

    [Fact]
    public void Load_InAPod_TakesItsPlaceFromTheDownwardApi()
    {
        _environment["NODE_NAME"] = "worker-3";
        _environment["HOST_IP"] = "192.168.1.20";

        var options = Load().Options;

        Assert.Equal(("worker-3", true), (options.KubernetesNode, options.IsContained));
        Assert.Equal(["192.168.1.20"], options.Addresses);
    }

    [Fact]
    public void Load_SettingsBesideTheDownwardApi_AreStronger()
    {
        _environment["NODE_NAME"] = "worker-3";
        _environment["HOST_IP"] = "10.0.0.1";
        _environment["HOMELAB_KUBERNETES__NODE"] = "other";
        _environment["HOMELAB_KUBERNETES__ADDRESSES"] = "192.168.1.20, 2001:DB8::1";

        var options = Load().Options;

        Assert.Equal("other", options.KubernetesNode);
        Assert.Equal(["192.168.1.20", "2001:db8::1"], options.Addresses);
    }

    [Theory]
    [InlineData("not-an-address")]
    [InlineData("127.0.0.1")]
    [InlineData("fe80::1")]
    public void Load_HostIpThatIsNone_IsLeftOutWithAWarning(string text)
    {
        _environment["HOST_IP"] = text;

        var config = Load();

        Assert.Null(config.Options.Addresses);
        Assert.Contains(config.Problems, problem => problem.IsWarning && problem.ToString().Contains(text, StringComparison.Ordinal));
    }

    private AgentConfig Load() => AgentConfig.Load(Inputs());

    private ConfigInputs Inputs() => new()
    {
        Flags = _flags,
        Environment = _environment,
        Sources = ["powercap", "hwmon", "cpu"],
        HostName = _ => "my-host",
        ReadText = _ => _text,
        Exists = _ => _filesExist,
        FolderExists = _ => _filesExist,
    };
}
