using Homelab.NodeAgent.Gpio;
using Homelab.NodeAgent.Sensors.I2c;
using Homelab.Units;
using Microsoft.Extensions.Logging;

namespace Homelab.NodeAgent.Configuration;

/// <summary>What becomes of the limits when the agent is stopped in good order.</summary>
internal enum StopAction
{
    /// <summary>The original values are written back, once the aggregator has been told.</summary>
    Restore = 0,

    /// <summary>The node stays at its cap or its safe share, whichever is lower.</summary>
    Keep = 1,
}

/// <summary>The agent's whole configuration, valid by construction: only <see cref="AgentConfig"/> makes one.</summary>
internal sealed record AgentOptions
{
    /// <summary>Where aggregators listen, <c>http(s)://host:port</c>, of which one takes the agent; empty when none is configured.</summary>
    public IReadOnlyList<Uri> Aggregators { get; init; } = [];

    /// <summary>The first of them; null when none is configured.</summary>
    public Uri? Aggregator => Aggregators.Count > 0 ? Aggregators[0] : null;

    public NodeName Node { get; init; }

    /// <summary>Name of the Kubernetes node that this machine is; empty: none, or not told.</summary>
    public string KubernetesNode { get; init; } = "";

    /// <summary>What the cluster's provider calls this machine; empty: not said.</summary>
    public string ProviderId { get; init; } = "";

    /// <summary>The machine's addresses as the operator or Kubernetes says them; null: they are looked up.</summary>
    public IReadOnlyList<string>? Addresses { get; init; }

    /// <summary>True in a pod or another container: the addresses seen from there are not the machine's.</summary>
    public bool IsContained { get; init; }

    /// <summary>Time between sampling passes, 100 ms to 60 s.</summary>
    public TimeSpan SampleInterval { get; init; } = TimeSpan.FromSeconds(1);

    /// <summary>Shortest time between reports, 100 ms to 60 s; the aggregator's Welcome may lengthen it.</summary>
    public TimeSpan SendInterval { get; init; } = TimeSpan.FromSeconds(1);

    /// <summary>How long one source may take in a pass, 10 ms to 10 s.</summary>
    public TimeSpan SourceDeadline { get; init; } = TimeSpan.FromMilliseconds(500);

    /// <summary>Time between searches for new hardware, 1 s to 24 h.</summary>
    public TimeSpan RediscoverInterval { get; init; } = TimeSpan.FromSeconds(60);

    /// <summary>The folder that holds the machine's <c>/sys</c>, <c>/proc</c> and <c>/etc</c>.</summary>
    public string HostRoot { get; init; } = "/";

    /// <summary>Sources that are not on <see cref="CollectorSwitch.Auto"/>, by name.</summary>
    public IReadOnlyDictionary<string, CollectorSwitch> Collectors { get; init; } = new Dictionary<string, CollectorSwitch>();

    /// <summary>What the operator says the node draws; used where nothing measures it. Null: not said.</summary>
    public Power? StaticPower { get; init; }

    /// <summary>Read at the plug at rest; takes the place of the board table's figure. Null: not said.</summary>
    public Power? IdlePower { get; init; }

    /// <summary>Read at the plug with all processors busy; takes the place of the board table's figure. Null: not said.</summary>
    public Power? PeakPower { get; init; }

    /// <summary>What the machine draws at the plug beside its processor packages and cards; added to what those measure. Null: not said, and nothing is added.</summary>
    public Power? PowerRemainder { get; init; }

    /// <summary>The sensor that measures the whole board, <c>DEVICE/NAME</c>; empty: those that are known by name.</summary>
    public string PowerMeter { get; init; } = "";

    /// <summary>True splits the node's energy over containers.</summary>
    public bool Attributes { get; init; }

    /// <summary>Power monitors on I²C buses that no driver of the kernel has; no bus is searched for others.</summary>
    public IReadOnlyList<MonitorSpec> Monitors { get; init; } = [];

    /// <summary>The GPIO line of a lamp that shows whether the agent is well; null: none.</summary>
    public GpioLineName? StatusLamp { get; init; }

    /// <summary>True lets the agent hold the node to granted caps, through <see cref="Actuators"/>.</summary>
    public bool Enforces { get; init; }

    /// <summary>Families of limiters that may be written to; empty: every one that takes watts, and <c>cpufreq</c>.</summary>
    public IReadOnlyList<string> Actuators { get; init; } = [];

    /// <summary>The node is never held below it; null: only the hardware's own least.</summary>
    public Power? CapFloor { get; init; }

    /// <summary>No cap on this node is higher; null: only the hardware's own most.</summary>
    public Power? CapCeiling { get; init; }

    public StopAction OnStop { get; init; }

    /// <summary>Folder for what must survive a crash: originals, safe share, lock.</summary>
    public string StatePath { get; init; } = DefaultStatePath;

    public const string DefaultStatePath = "/var/lib/homelab-agent";

    public LogLevel LogLevel { get; init; } = LogLevel.Information;

    /// <summary>True allows plain http to another machine.</summary>
    public bool Insecure { get; init; }

    /// <summary>PEM file of the authorities that may vouch for the aggregator; empty means the system's.</summary>
    public string TlsAuthority { get; init; } = "";

    /// <summary>PEM file of this node's certificate; empty means none.</summary>
    public string TlsCertificate { get; init; } = "";

    /// <summary>PEM file of the certificate's private key; empty means none.</summary>
    public string TlsKey { get; init; } = "";

    /// <summary>Whether a source is used; anything not configured is <see cref="CollectorSwitch.Auto"/>.</summary>
    public CollectorSwitch Collector(string source) => Collectors.GetValueOrDefault(source);

    /// <summary>Whether the operator lets a limiter be written to.</summary>
    /// <param name="family">The word for its kind, as in <see cref="Actuators"/>.</param>
    /// <param name="takesWatts">True for a limiter that takes a power rather than a clock.</param>
    public bool Allows(string family, bool takesWatts) => Enforces && (Actuators.Count > 0
        ? Actuators.Contains(family, StringComparer.Ordinal)
        : takesWatts || family == "cpufreq");
}
