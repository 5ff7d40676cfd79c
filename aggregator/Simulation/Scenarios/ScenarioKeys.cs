using System.Collections.Immutable;

namespace Homelab.Aggregator.Simulation.Scenarios;

/// <summary>The keys of each part of a scenario file; the shipped schema says the same, and a test sees to it.</summary>
internal static class ScenarioKeys
{
    public const string Root = "scenario";
    public const string Budget = "budget";
    public const string Step = "step";
    public const string Group = "group";
    public const string Class = "class";
    public const string Node = "node";
    public const string Demand = "demand";
    public const string Link = "link";
    public const string Fault = "fault";
    public const string Meter = "meter";

    public static readonly IReadOnlyList<string> Actuators = ["none", "rapl", "freq", "freq-estimated", "gpu", "amdgpu"];

    public static readonly IReadOnlyList<string> Devices = ["energy", "breaker", "psu", "ups"];

    public static readonly IReadOnlyList<string> Modes = ["hard", "bounded"];

    /// <summary>In the order of <see cref="FaultKind"/>.</summary>
    public static readonly IReadOnlyList<string> Faults =
    [
        "message-loss", "message-delay", "message-duplicate", "telemetry-lost", "partition", "aggregator-dead", "split-brain", "agent-killed", "agent-frozen",
        "node-rebooted", "clock-jump", "node-suspended", "actuator-ignores", "actuator-reset", "actuator-stuck",
    ];

    private static readonly ImmutableDictionary<string, ImmutableArray<string>> Sections = new Dictionary<string, ImmutableArray<string>>
    {
        [Root] = ["name", "description", "duration", "exact", "budget", "groups", "classes", "nodes", "demand", "link", "faults", "meter"],
        [Budget] = ["watts", "unmanaged", "device", "steps"],
        [Step] = ["at", "watts"],
        [Group] = ["name", "watts", "unmanaged", "device", "mode", "nodes", "groups"],
        [Class] = ["name", "guarantee"],
        [Node] =
        [
            "name", "count", "actuator", "idle", "ceiling", "floor", "enforceableFloor", "steps", "deadTime", "lag", "meterWindow", "meterError", "meterNoise",
            "actuatorError", "workloadError", "uncertainty", "class", "weight", "trace",
        ],
        [Demand] = ["correlation", "firstBurst", "burstEvery", "firstSwitch", "busy", "idle", "busyFrom", "idleFrom", "idleTo", "noise"],
        [Link] = ["latency", "jitter", "tailRatio", "tail", "loss", "reportEvery", "spread"],
        [Fault] = ["kind", "at", "for", "nodes", "ratio", "by"],
        [Meter] = ["period", "error", "hard"],
    }.ToImmutableDictionary();

    public static IEnumerable<string> Names => Sections.Keys;

    public static ImmutableArray<string> Of(string section) => Sections[section];
}
