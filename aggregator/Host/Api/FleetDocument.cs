using System.Text.Json.Serialization;

namespace Homelab.Aggregator.Api;

/// <summary>Body of <c>GET /api/v1/fleet</c> and of each <c>fleet</c> event. Schema <c>homelab.fleet/v1</c>: fields are only ever added.
/// Absent figures are null, never zero.</summary>
internal sealed record FleetDocument(
    string Schema, string Time, BudgetDocument Budget, FleetPowerDocument Power, double? EnergyJoules,
    double OverBudgetSeconds, int NodesReporting, int NodesMissing, IReadOnlyList<NodeDocument> Nodes, FleetControlDocument? Control = null)
{
    public const string SchemaName = "homelab.fleet/v1";
}

/// <param name="Watts">In force now: a schedule's or an override's, where one holds.</param>
/// <param name="Mode"><c>observe</c> and <c>label</c>: nothing is enforced; <c>cap</c>: nodes are held.</param>
internal sealed record BudgetDocument(double Watts, string Mode);

/// <param name="Watts">A lower bound while nodes are missing.</param>
/// <param name="State"><c>ok</c>, <c>elevated</c>, <c>critical</c> or <c>unknown</c>.</param>
internal sealed record FleetPowerDocument(double? Watts, double? UncertaintyRatio, double? HeadroomWatts, string State);

/// <param name="Link"><c>up</c>, <c>stale</c> or <c>down</c>; <paramref name="Up"/> is true for the first two.</param>
/// <param name="EnergyJoules">Durable total over all agent processes; null until the first is stored.</param>
/// <param name="Throttled">Reasons that hold now.</param>
/// <param name="Control">Null until the control loop knows the node.</param>
internal sealed record NodeDocument(
    string Name, bool Up, string Link, string State, string? LastSeen, bool Replay, NodePowerDocument Power,
    double? EnergyJoules, TemperatureDocument? Temperature, double? CpuUtilizationRatio, IReadOnlyList<string> Throttled,
    string Board, string Processor, string Architecture, string OperatingSystem, string AgentVersion,
    long Reconnects, SensorCountDocument Sensors, NodeControlDocument? Control = null)
{
    /// <summary>Null for a node that has its machine for itself. Else its watts and energy are the machine's, which the fleet's sums hold once.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public SharedHostDocument? SharedHost { get; init; }

    /// <summary>The Kubernetes cluster that it is a node of; null when none is known.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? Cluster { get; init; }

    /// <summary>Every reason that can be told or was counted, whether it holds or not.</summary>
    public IReadOnlyList<ThrottleDocument> Throttles { get; init; } = [];
}

/// <param name="Name">The same for all nodes of the machine.</param>
/// <param name="CountedBy">The node whose figures are in the fleet's sums now.</param>
internal sealed record SharedHostDocument(string Name, string CountedBy);

/// <param name="Now">Null: nothing can tell at the moment.</param>
/// <param name="SinceBoot">Null: nothing remembers.</param>
/// <param name="Seconds">How long it held since the aggregator started.</param>
internal sealed record ThrottleDocument(string Cause, bool? Now, bool? SinceBoot, double Seconds);

internal sealed record NodePowerDocument(double? Watts, string Provenance, string Source, string Scope, double UncertaintyRatio)
{
    /// <summary>Undercut for 5 % of the time; null before an hour was seen.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public double? IdleWatts { get; init; }

    /// <summary>Exceeded for 1 % of the time; null before an hour was seen.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public double? PeakWatts { get; init; }
}

internal sealed record TemperatureDocument(double Celsius, string Sensor);

internal sealed record SensorCountDocument(int Ok, int Other);

/// <summary>Body of <c>GET /api/v1/nodes</c>. Schema <c>homelab.nodes/v1</c>.</summary>
internal sealed record NodesDocument(string Schema, string Time, IReadOnlyList<NodeDocument> Nodes)
{
    public const string SchemaName = "homelab.nodes/v1";
}

/// <summary>Body of <c>GET /api/v1/nodes/{name}</c>. Schema <c>homelab.node/v1</c>.</summary>
internal sealed record NodeDetailDocument(
    string Schema, string Time, NodeDocument Node, MachineDocument Machine,
    IReadOnlyList<ReadingDocument> Readings, IReadOnlyList<SourceDocument> Sources)
{
    /// <summary>Null where the agent does not split the node's energy.</summary>
    public SplitDocument? Split { get; init; }

    public const string SchemaName = "homelab.node/v1";
}

/// <summary>Joules since the agent began to split; the parts sum to the node's own.</summary>
internal sealed record SplitDocument(double IdleJoules, double SystemJoules, double OtherJoules, double EndedJoules, IReadOnlyList<PodDocument> Pods);

/// <param name="Pod">UID, or the first digits of a container's id that is in no pod.</param>
/// <param name="Namespace">Empty with the name.</param>
/// <param name="Name">Empty: the agent does not know.</param>
internal sealed record PodDocument(string Pod, string Namespace, string Name, double Joules);

/// <summary>Empty text and null mean unknown.</summary>
internal sealed record MachineDocument(string BootId, string Kernel, int? LogicalCpus, long? MemoryBytes);

/// <param name="Unit">Base unit in the plural; the value is in it.</param>
internal sealed record ReadingDocument(
    string Source, string Device, string Name, string Label, string Quantity, string Unit, double? Value,
    string Quality, string Path, string Detail)
{
    /// <summary>Model of the device, where it has one: <c>NVIDIA L40S</c>.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? Product { get; init; }

    /// <summary>What its maker or driver tells the device by.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? Uuid { get; init; }

    /// <summary>What drives a GPU: NVIDIA's version, else the driver's name.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? Driver { get; init; }
}

internal sealed record SourceDocument(
    string Source, bool Success, double DurationSeconds, string? LastSuccess, ulong Failures, string Detail);

/// <summary>RFC 9457 problem details.</summary>
internal sealed record ProblemDocument(string Type, string Title, int Status, string Detail);
