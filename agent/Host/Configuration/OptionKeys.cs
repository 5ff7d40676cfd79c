using Homelab.NodeAgent.Gpio;
using Homelab.NodeAgent.Sensors.I2c;
using Homelab.Units;

namespace Homelab.NodeAgent.Configuration;

/// <summary>Every key of <c>agent.yaml</c>: an explicit list, so that nothing is bound by reflection.</summary>
internal static class OptionKeys
{
    private static readonly TimeSpan TenMilliseconds = TimeSpan.FromMilliseconds(10);
    private static readonly TimeSpan Tenth = TimeSpan.FromMilliseconds(100);
    private static readonly TimeSpan Second = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan Minute = TimeSpan.FromMinutes(1);

    /// <summary>The fixed keys and one <c>collectors.NAME</c> for each source, in the order that <c>config print</c> shows.</summary>
    public static IReadOnlyList<OptionKey> For(IReadOnlyList<string> sources) =>
        [.. Identity(), .. Cluster(), .. Intervals(), .. Security(), .. Sensing(), .. Wiring(), .. Enforcing(), .. sources.Select(Collector)];

    private static IEnumerable<OptionKey> Identity() =>
    [
        new("aggregator", "an address like https://hub.lan:8766, or several with commas between", "https://hub.lan:8766",
            (o, text) => Words.AddressList(text) is { } list ? o with { Aggregators = list } : null,
            o => string.Join(", ", o.Aggregators.Select(static uri => uri.GetLeftPart(UriPartial.Authority)))),
        new("node", "a node name: lower-case letters, digits, '-' and '.', as Kubernetes writes it", "um890",
            (o, text) => NodeName.TryParse(text, out var name) ? o with { Node = name } : null,
            o => o.Node.Value),
        new("host.root", "a folder", "/host",
            (o, text) => o with { HostRoot = Path.GetFullPath(text) },
            o => o.HostRoot),
        new("log.level", "debug, info, warning or error", "info",
            (o, text) => Words.Level(text) is { } level ? o with { LogLevel = level } : null,
            o => Words.Of(o.LogLevel)),
    ];

    private static IEnumerable<OptionKey> Cluster() =>
    [
        new("kubernetes.node", "the name of a Kubernetes node", "um890",
            (o, text) => NodeName.TryParse(text, out var name) ? o with { KubernetesNode = name.Value } : null,
            o => o.KubernetesNode),
        new("kubernetes.providerId", "a provider's id of at most 256 characters", "kind://docker/kind/kind-worker",
            (o, text) => text.Length <= 256 && text.All(static c => c is > ' ' and < (char)127) ? o with { ProviderId = text } : null,
            o => o.ProviderId),
        new("kubernetes.addresses", "the machine's IP addresses", "192.168.1.20",
            (o, text) => Words.Addresses(text) is { } addresses ? o with { Addresses = addresses } : null,
            o => string.Join(", ", o.Addresses ?? [])),
    ];

    private static IEnumerable<OptionKey> Intervals() =>
    [
        new("interval.sample", "a duration from 100ms to 60s", "1s",
            (o, text) => Words.Duration(text, Tenth, Minute) is { } d ? o with { SampleInterval = d } : null,
            o => Words.Of(o.SampleInterval)),
        new("interval.send", "a duration from 100ms to 60s", "1s",
            (o, text) => Words.Duration(text, Tenth, Minute) is { } d ? o with { SendInterval = d } : null,
            o => Words.Of(o.SendInterval)),
        new("interval.deadline", "a duration from 10ms to 10s", "500ms",
            (o, text) => Words.Duration(text, TenMilliseconds, TimeSpan.FromSeconds(10)) is { } d ? o with { SourceDeadline = d } : null,
            o => Words.Of(o.SourceDeadline)),
        new("interval.rediscover", "a duration from 1s to 24h", "60s",
            (o, text) => Words.Duration(text, Second, TimeSpan.FromDays(1)) is { } d ? o with { RediscoverInterval = d } : null,
            o => Words.Of(o.RediscoverInterval)),
    ];

    private static IEnumerable<OptionKey> Security() =>
    [
        new("insecure", "true or false", "true",
            (o, text) => Words.Flag(text) is { } flag ? o with { Insecure = flag } : null,
            o => o.Insecure ? "true" : "false"),
        new("tls.ca", "a file", "/etc/homelab/ca.pem", (o, text) => o with { TlsAuthority = text }, o => o.TlsAuthority),
        new("tls.certificate", "a file", "/etc/homelab/agent.pem", (o, text) => o with { TlsCertificate = text }, o => o.TlsCertificate),
        new("tls.key", "a file", "/etc/homelab/agent.key", (o, text) => o with { TlsKey = text }, o => o.TlsKey),
    ];

    private static IEnumerable<OptionKey> Sensing() =>
    [
        new("power.static", "a power above 0, like 6 or 6.5W", "6.5W",
            (o, text) => Words.Watts(text) is { } power ? o with { StaticPower = power } : null,
            o => Words.Of(o.StaticPower)),
        new("power.idle", "a power above 0, like 6 or 6.5W", "6.5W",
            (o, text) => Words.Watts(text) is { } power ? o with { IdlePower = power } : null,
            o => Words.Of(o.IdlePower)),
        new("power.peak", "a power above 0, like 25 or 25W", "25W",
            (o, text) => Words.Watts(text) is { } power ? o with { PeakPower = power } : null,
            o => Words.Of(o.PeakPower)),
        new("power.remainder", "a power above 0, like 9 or 9W", "9W",
            (o, text) => Words.Watts(text) is { } power ? o with { PowerRemainder = power } : null,
            o => Words.Of(o.PowerRemainder)),
        new("power.meter", "a sensor as DEVICE/NAME, as 'homelab-agent sensors' shows them", "ina226@i2c-1/1-0040/power1",
            (o, text) => text.Length <= 256 && text.IndexOf('/', StringComparison.Ordinal) > 0 && text.All(static c => c is > ' ' and < (char)127) ? o with { PowerMeter = text } : null,
            o => o.PowerMeter),
        new("attribution.enabled", "true or false", "true",
            (o, text) => Words.Flag(text) is { } flag ? o with { Attributes = flag } : null,
            o => o.Attributes ? "true" : "false"),
    ];

    private static IEnumerable<OptionKey> Wiring() =>
    [
        new("i2c.monitors", MonitorText.Expects, MonitorText.Example,
            (o, text) => MonitorText.Parse(text, out _) is { } monitors ? o with { Monitors = monitors } : null,
            o => MonitorText.Print(o.Monitors))
        {
            Explain = static text => MonitorText.Parse(text, out var problem) is null ? problem : "",
        },
        new("gpio.statusLamp", GpioLineName.Expects, "gpiochip0:27",
            (o, text) => GpioLineName.Parse(text) is { } line ? o with { StatusLamp = line } : null,
            o => o.StatusLamp?.ToString() ?? ""),
    ];

    private static IEnumerable<OptionKey> Enforcing() =>
    [
        new("enforce.enabled", "true or false", "true",
            (o, text) => Words.Flag(text) is { } flag ? o with { Enforces = flag } : null,
            o => o.Enforces ? "true" : "false"),
        new("enforce.actuators", "names among " + string.Join(", ", Words.Families), "rapl, cpufreq",
            (o, text) => Words.FamilyList(text) is { } families ? o with { Actuators = families } : null,
            o => string.Join(", ", o.Actuators)),
        new("enforce.floor", "a power above 0, like 6 or 6.5W", "6.5W",
            (o, text) => Words.Watts(text) is { } power ? o with { CapFloor = power } : null,
            o => Words.Of(o.CapFloor)),
        new("enforce.ceiling", "a power above 0, like 45 or 45W", "45W",
            (o, text) => Words.Watts(text) is { } power ? o with { CapCeiling = power } : null,
            o => Words.Of(o.CapCeiling)),
        new("enforce.onStop", "restore or keep", "restore",
            (o, text) => Words.Stop(text) is { } action ? o with { OnStop = action } : null,
            o => o.OnStop == StopAction.Keep ? "keep" : "restore"),
        new("state.path", "a folder that starts with /", AgentOptions.DefaultStatePath,
            (o, text) => text.StartsWith('/') ? o with { StatePath = text } : null,
            o => o.StatePath),
    ];

    private static OptionKey Collector(string source) => new("collectors." + source, "auto, on or off", "auto",
        (o, text) => Words.Switch(text) is { } value
            ? o with { Collectors = new Dictionary<string, CollectorSwitch>(o.Collectors) { [source] = value } }
            : null,
        o => Words.Of(o.Collector(source)));
}
