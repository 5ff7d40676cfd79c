using System.Collections;
using Homelab.Aggregator.Configuration;
using Homelab.Units;

namespace Homelab.Aggregator.Tests.Configuration;

public sealed class ConfigLoaderTests
{
    private static readonly Hashtable NoEnvironment = [];

    [Fact]
    public void Load_NothingWritten_IsTheDefaults()
    {
        var config = Load("");

        Assert.Empty(config.Problems);
        Assert.Equal(new AggregatorOptions().ToString(), config.Options.ToString());
        Assert.All(config.Effective, value => Assert.Equal("default", value.Origin));
    }

    [Fact]
    public void Load_DefaultsAsText_GiveTheDefaultOptions()
    {
        var written = string.Join('\n', ConfigKeys.All.Where(key => key.Default.Length > 0).Select(key => $"{key.Name}: {key.Default}"));

        // Dotted keys are flat in this text, so they are fed as flags.
        var flags = written.Split('\n').Select(line => line.Split(": ")).Select(pair => new ConfigValue(pair[0], [pair[1]], "test"));

        Assert.Equal(new AggregatorOptions().ToString(), ConfigLoader.Load(ConfigFile.Empty, NoEnvironment, flags).Options.ToString());
    }

    [Fact]
    public void Load_WholeFile_IsTaken()
    {
        var options = Load("""
            listen: { http: "[::1]:9000", grpc: 127.0.0.1:9001 }
            allowedHosts: [Hub.lan, fleet.home.arpa]
            storage:
              path: /srv/homelab
            budget:
              watts: 80W
              mode: observe
              warnAt: 0.8
            intervals: { report: 500ms }
            prometheus: { compatibility: [dcgm, node_exporter], dcgmHostnameLabel: Hostname }
            """).Options;

        Assert.Equal("[::1]:9000", options.Http.ToString());
        Assert.Equal("127.0.0.1:9001", options.Grpc.ToString());
        Assert.Equal<string>(["hub.lan", "fleet.home.arpa"], options.AllowedHosts);
        Assert.Equal("/srv/homelab", options.StoragePath);
        Assert.Equal(Power.FromWatts(80), options.Budget);
        Assert.Equal(0.8, options.WarnAt);
        Assert.Equal(TimeSpan.FromMilliseconds(500), options.ReportInterval);
        Assert.Equal(new CompatibilityOptions(NodeExporter: true, Dcgm: true, "Hostname"), options.Compatibility);
    }

    [Fact]
    public void Load_EveryLayer_FlagBeatsEnvironmentBeatsFile()
    {
        var file = ConfigFile.Parse("a.yaml", "budget: { watts: 10, warnAt: 0.5 }\nstorage: { path: /file }");
        var environment = new Hashtable { ["HOMELAB_BUDGET__WATTS"] = "20", ["HOMELAB_STORAGE__PATH"] = "/environment", ["HOMELAB_ALLOWEDHOSTS"] = "a.lan, b.lan", ["HOMELAB_NODE"] = "other" };

        var config = ConfigLoader.Load(file, environment, [new ConfigValue("budget.watts", ["30"], "--budget")]);

        Assert.Empty(config.Problems);
        Assert.Empty(config.Warnings);
        Assert.Equal(Power.FromWatts(30), config.Options.Budget);
        Assert.Equal("/environment", config.Options.StoragePath);
        Assert.Equal(0.5, config.Options.WarnAt);
        Assert.Equal<string>(["a.lan", "b.lan"], config.Options.AllowedHosts);
        Assert.Equal(["--budget", "a.yaml:1", "HOMELAB_STORAGE__PATH"], new[] { "budget.watts", "budget.warnAt", "storage.path" }.Select(key => config.Effective.Single(value => value.Key == key).Origin));
    }

    [Theory]
    [InlineData("", "/var/lib/private/homelab")]
    [InlineData("storage: { path: /srv }", "/srv")]
    public void Load_UnderAServiceManager_ItsStateFolderIsTheDefaultOnly(string yaml, string folder)
    {
        var environment = new Hashtable { ["STATE_DIRECTORY"] = "/var/lib/private/homelab:/other" };

        Assert.Equal(folder, ConfigLoader.Load(ConfigFile.Parse("f", yaml), environment, []).Options.StoragePath);
    }

    [Fact]
    public void Load_SeveralMistakes_ReportsAllAtOnceWithFileLineKeyAndFix()
    {
        var config = Load("""
            listen:
              http: nonsense
            budget:
              watts: -5
              warnAt: 7
            intervals: { report: 1h }
            """);

        Assert.Equal(
        [
            "test.yaml:2: listen.http: 'nonsense' will not do. Write address:port, e.g. 127.0.0.1:8765, [::1]:8765, or :8765 for every address",
            "test.yaml:4: budget.watts: '-5' will not do. Write watts above 0, e.g. 100",
            "test.yaml:5: budget.warnAt: '7' will not do. Write a share between 0.05 and 1, e.g. 0.9",
            "test.yaml:6: intervals.report: '1h' will not do. Write a duration from 100ms to 60s, e.g. 1s",
        ], config.Problems.Select(problem => problem.ToString()));
    }

    [Fact]
    public void Load_UnknownKey_IsAWarningThatNamesItsLikeness()
    {
        var config = Load("budget:\n  watt: 5\nstorage:\n  retention: { raw: 1h }\nlisten: { HTTP: 127.0.0.1:1 }");

        Assert.Empty(config.Problems);
        Assert.Equal(["test.yaml:2: budget.watt: no such setting, ignored. Did you mean budget.watts?", "test.yaml:4: storage.retention.raw: no such setting, ignored. Did you mean storage.path?"], config.Warnings.Select(warning => warning.ToString()));
    }

    [Theory]
    [InlineData("listen: { http: ':8765' }", "listen.http")]
    [InlineData("listen: { grpc: 192.168.1.2:8766 }", "listen.grpc")]
    public void Load_PlaintextBeyondLoopback_IsRefusedUnlessInsecureIsSaid(string yaml, string key)
    {
        Assert.Equal(key, Assert.Single(Load(yaml).Problems).Key);
        Assert.Empty(ConfigLoader.Load(ConfigFile.Parse("t", yaml), NoEnvironment, [new ConfigValue("listen.insecure", ["true"], "--insecure")]).Problems);
    }

    [Theory]
    [InlineData("listen: { http: 127.0.0.1:8766 }", "listen.grpc")]
    [InlineData("tls: { certificate: /nowhere.pem }", "tls.key", "tls.certificate")]
    [InlineData("tls: { key: /nowhere.pem }", "tls.certificate", "tls.key")]
    [InlineData("tls: { clientCa: /nowhere.pem }", "tls.clientCa", "tls.clientCa")]
    [InlineData("budget: { mode: throttle }", "budget.mode")]
    [InlineData("storage: { path: relative }", "storage.path")]
    [InlineData("allowedHosts: ['a b']", "allowedHosts")]
    [InlineData("prometheus: { compatibility: [kepler] }", "prometheus.compatibility")]
    [InlineData("prometheus: { dcgmHostnameLabel: host }", "prometheus.dcgmHostnameLabel")]
    public void Load_SettingsThatDoNotGoTogether_AreNamed(string yaml, params string[] keys) =>
        Assert.Equal(keys, Load(yaml).Problems.Select(problem => problem.Key));

    private static LoadedConfig Load(string yaml) => ConfigLoader.Load(ConfigFile.Parse("test.yaml", yaml), NoEnvironment, []);
}
