using System.Collections.Immutable;

namespace Homelab.Aggregator.Prometheus;

/// <summary>Every metric the aggregator exposes, in order of exposition. METRICS.md is this list; a test keeps them one.</summary>
internal static class MetricFamilies
{
    public static readonly MetricFamily NodePower = Gauge("homelab_node_power_watts", "watts", ["node"],
        "Power of the whole node, mean over 5 s; absent while unknown. One series a node: sums are meaningful, but for nodes of one machine (homelab_node_shared_host_info).");
    public static readonly MetricFamily NodeEnergy = Counter("homelab_node_energy_joules_total", "joules", ["node"],
        "Energy of the whole node over all agent and aggregator restarts; shown only once it is durable.");
    public static readonly MetricFamily NodePowerSource = Info("homelab_node_power_source_info", ["node", "source", "quality", "scope"],
        "Where the node's power figure comes from and what part of the machine it covers.");
    public static readonly MetricFamily NodePowerQuality = Gauge("homelab_node_power_quality", "", ["node"],
        "3 measured, 2 apportioned, 1 modelled, 0 none.");
    public static readonly MetricFamily NodePowerUncertainty = Gauge("homelab_node_power_uncertainty_ratio", "ratio", ["node"],
        "Plus or minus share of the power figure against the whole node's draw.");
    public static readonly MetricFamily NodeIdle = Gauge("homelab_node_power_idle_watts", "watts", ["node"],
        "Power that the node undercuts for 5 % of the time: what it draws at rest. Learned over the last 30 days it was seen on, from figures of the source it has now; right to 1 %, absent before an hour of them.");
    public static readonly MetricFamily NodePeak = Gauge("homelab_node_power_peak_watts", "watts", ["node"],
        "Power that the node exceeds for 1 % of the time, learned as the idle power is.");
    public static readonly MetricFamily ComponentPower = Gauge("homelab_node_component_power_watts", "watts", ["node", "component", "device"],
        "Power of one part as its own sensor says. Parts overlap: do not sum.");
    public static readonly MetricFamily ComponentEnergy = Counter("homelab_node_component_energy_joules_total", "joules", ["node", "component", "device"],
        "Energy of one part since its agent started. Parts overlap: do not sum.");
    public static readonly MetricFamily NodePowerLimit = Gauge("homelab_node_power_limit_watts", "watts", ["node", "device", "limit"],
        "Power limits set on the hardware.");
    public static readonly MetricFamily NodeState = Gauge("homelab_node_state", "", ["node", "state"],
        "1 for the state the node is in: ok, elevated (throttled or at a max limit), critical (under-voltage or at a critical limit), unknown (not heard).");
    public static readonly MetricFamily NodeInfo = Info("homelab_node_info", ["node", "board", "model", "arch", "kernel", "os", "virt", "cluster"],
        "What the node's machine is; virt is none on hardware, else what the guest runs on; cluster is the Kubernetes cluster it is a node of, empty while none is known.");
    public static readonly MetricFamily NodeSharedHost = Info("homelab_node_shared_host_info", ["node", "host", "counted"],
        "The node is on one machine with others (Kind): its watts and energy are the machine's. The fleet's sums hold those of the node with counted true.");
    public static readonly MetricFamily CpuUtilization = Gauge("homelab_node_cpu_utilization_ratio", "ratio", ["node"],
        "Share of processor time in use, all processors together.");
    public static readonly MetricFamily CpuFrequency = Gauge("homelab_node_cpu_frequency_hertz", "hertz", ["node", "policy"],
        "Clock of a frequency domain now.");
    public static readonly MetricFamily CpuFrequencyMax = Gauge("homelab_node_cpu_frequency_max_hertz", "hertz", ["node", "policy"],
        "Highest clock that is allowed now in a frequency domain.");
    public static readonly MetricFamily Temperature = Gauge("homelab_node_temperature_celsius", "celsius", ["node", "chip", "sensor", "label"],
        "Temperature of one sensor.");
    public static readonly MetricFamily TemperatureLimit = Gauge("homelab_node_temperature_limit_celsius", "celsius", ["node", "chip", "sensor", "limit"],
        "Bound of one temperature sensor as its driver or firmware says.");
    public static readonly MetricFamily ThermalHeadroom = Gauge("homelab_node_thermal_headroom_celsius", "celsius", ["node"],
        "Least distance of any sensor to its nearest throttling, max, hot or critical limit, negative above it; absent while no limit is known.");
    public static readonly MetricFamily Ambient = Gauge("homelab_node_ambient_temperature_celsius", "celsius", ["node"],
        "Temperature of the air that cools the node; only where a sensor is called so (ambient, inlet, intake), the coolest of them.");
    public static readonly MetricFamily Resistance = Gauge("homelab_node_thermal_resistance_celsius_per_watt", "celsius_per_watt", ["node"],
        "Celsius that the processor is above the air for each watt of its packages, both means over 5 minutes; absent without the air's temperature or a package's power, and below 3 W. It grows with dust.");
    public static readonly MetricFamily ResistanceBaseline = Gauge("homelab_node_thermal_resistance_baseline_celsius_per_watt", "celsius_per_watt", ["node"],
        "Thermal resistance that the node undercuts for a quarter of the time, over the last 30 days it was seen on; absent before an hour of figures.");
    public static readonly MetricFamily Fan = Gauge("homelab_node_fan_rpm", "rpm", ["node", "chip", "sensor"],
        "Speed of one fan, revolutions per minute.");
    public static readonly MetricFamily CoolingState = Gauge("homelab_node_cooling_state_ratio", "ratio", ["node", "device"],
        "State of a cooling device as a share of its highest.");
    public static readonly MetricFamily Throttled = Gauge("homelab_node_throttled", "", ["node", "reason"],
        "1 while the node is held back for this reason (power and frequency_cap: a limit below the hardware's, which may be a setting); absent for reasons that no sensor of the node can tell.");
    public static readonly MetricFamily ThrottledSeconds = Counter("homelab_node_throttled_seconds_total", "seconds", ["node", "reason"],
        "Time the node was held back for this reason, by its agent's clock, since the aggregator started; lost reports lose none where the agent counts it itself.");
    public static readonly MetricFamily ThrottledSinceBoot = Gauge("homelab_node_throttled_since_boot", "", ["node", "reason"],
        "1 when the node was held back for this reason at some time since it booted; absent for reasons that nothing remembers.");
    public static readonly MetricFamily PodEnergy = Counter("homelab_pod_energy_joules_total", "joules", ["node", "namespace", "pod", "uid"],
        "Energy of a node by pod since its agent began to split it: at most 10 pods (by UID alone where the agent does not know the name), and without a namespace idle, system and other (pods without a place). Only where attribution.enabled.");
    public static readonly MetricFamily Voltage = Gauge("homelab_node_voltage_volts", "volts", ["node", "chip", "sensor"],
        "Voltage of one channel.");
    public static readonly MetricFamily Current = Gauge("homelab_node_current_amperes", "amperes", ["node", "chip", "sensor"],
        "Current of one channel.");
    public static readonly MetricFamily Pressure = Gauge("homelab_node_pressure_ratio", "ratio", ["node", "resource", "kind"],
        "Share of time that tasks waited for a resource (kernel pressure stall information).");
    public static readonly MetricFamily PressureStalled = Counter("homelab_node_pressure_stalled_seconds_total", "seconds", ["node", "resource", "kind"],
        "Time that tasks waited for a resource since the agent started.");

    public static readonly MetricFamily FleetPower = Gauge("homelab_fleet_power_watts", "watts", [],
        "Sum of homelab_node_power_watts; absent while no node has a figure.");
    public static readonly MetricFamily FleetUncertainty = Gauge("homelab_fleet_power_uncertainty_ratio", "ratio", [],
        "Plus or minus share of the fleet's power; nodes of one source err together, sources apart.");
    public static readonly MetricFamily FleetBudget = Gauge("homelab_fleet_power_budget_watts", "watts", [],
        "What the fleet may draw.");
    public static readonly MetricFamily FleetHeadroom = Gauge("homelab_fleet_power_headroom_watts", "watts", [],
        "Budget less power, negative above the budget; absent with the power.");
    public static readonly MetricFamily FleetEnergy = Counter("homelab_fleet_energy_joules_total", "joules", [],
        "Sum of homelab_node_energy_joules_total; absent while no node has one.");
    public static readonly MetricFamily FleetState = Gauge("homelab_fleet_state", "", ["state"],
        "1 for the state the fleet is in: ok, elevated, critical, unknown.");
    public static readonly MetricFamily FleetOverBudget = Counter("homelab_fleet_over_budget_seconds_total", "seconds", [],
        "Time the fleet drew more than its budget; durable.");
    public static readonly MetricFamily FleetNodes = Gauge("homelab_fleet_nodes", "", ["state"],
        "Nodes in each state.");
    public static readonly MetricFamily FleetNodesMissing = Gauge("homelab_fleet_nodes_missing", "", [],
        "Nodes known that have no power figure now; while above 0, the fleet's power is a lower bound.");

    public static readonly MetricFamily AgentUp = Gauge("homelab_agent_up", "", ["node"],
        "1 while the node's agent reports; 0 after three missed intervals or when its stream ended.");
    public static readonly MetricFamily AgentLastSeen = Gauge("homelab_agent_last_seen_timestamp_seconds", "seconds", ["node"],
        "When the last report came in, by the aggregator's clock.");
    public static readonly MetricFamily AgentClockSkew = Gauge("homelab_agent_clock_skew_seconds", "seconds", ["node"],
        "The agent's wall clock less the aggregator's at the last report, transit included.");
    public static readonly MetricFamily AgentBuild = Info("homelab_agent_build_info", ["node", "version"],
        "Version of the node's agent.");
    public static readonly MetricFamily AgentReconnects = Counter("homelab_agent_stream_reconnects_total", "", ["node"],
        "Streams of the node's agent after its first, since the aggregator started.");
    public static readonly MetricFamily AgentSamples = Counter("homelab_agent_samples_total", "", ["node"],
        "Readings taken in from the node, since the aggregator started.");
    public static readonly MetricFamily AgentEnergyRefused = Counter("homelab_agent_energy_refused_total", "", ["node"],
        "Reports whose energy counter fell or was beyond belief and added nothing, since the aggregator started.");
    public static readonly MetricFamily AgentMemory = Gauge("homelab_agent_memory_bytes", "bytes", ["node"],
        "Resident memory of the node's agent.");
    public static readonly MetricFamily AgentCpu = Counter("homelab_agent_cpu_seconds_total", "seconds", ["node"],
        "Processor time of the node's agent since it started.");
    public static readonly MetricFamily AgentPower = Gauge("homelab_agent_power_watts", "watts", ["node"],
        "The agent's own part of what the node draws above its idle power, by processor time of the last minute; modelled. Absent while the idle power is not known.");
    public static readonly MetricFamily AgentCertificate = Gauge("homelab_agent_certificate_expiry_timestamp_seconds", "seconds", ["node"],
        "When the certificate ends that the node's agent shows; absent where it shows none.");
    public static readonly MetricFamily AgentDropped = Counter("homelab_agent_samples_dropped_total", "", ["node", "reason"],
        "Readings that came in and were dropped, since the aggregator started: inventory (they count by another list of sensors than the agent's last), stream (a newer stream holds the node).");
    public static readonly MetricFamily AgentIngestLatency = Histogram("homelab_agent_ingest_latency_seconds", "seconds", ["node"],
        "Delay of reports above the shortest seen in the last minutes, by monotonic clocks.");
    public static readonly MetricFamily CollectorSuccess = Gauge("homelab_collector_success", "", ["node", "collector"],
        "1 when the last pass of a sensor source ended in time without an unexpected failure.");
    public static readonly MetricFamily CollectorDuration = Gauge("homelab_collector_duration_seconds", "seconds", ["node", "collector"],
        "Duration of the last finished pass of a sensor source.");
    public static readonly MetricFamily CollectorLastSuccess = Gauge("homelab_collector_last_success_timestamp_seconds", "seconds", ["node", "collector"],
        "End of the last successful pass, by the node's clock; absent before the first.");
    public static readonly MetricFamily CollectorFailures = Counter("homelab_collector_failures_total", "", ["node", "collector"],
        "Passes of a sensor source that failed or were late, since the agent started.");

    public static readonly MetricFamily NodeAllocation = Gauge("homelab_node_power_allocation_watts", "watts", ["node"],
        "Cap granted to the node: its share of the budget; absent while none is.");
    public static readonly MetricFamily NodeCap = Gauge("homelab_node_power_cap_watts", "watts", ["node"],
        "Cap that the node's hardware holds, as its agent read it back; absent while it is not held.");
    public static readonly MetricFamily NodeHeadroom = Gauge("homelab_node_power_headroom_watts", "watts", ["node"],
        "Allocation less power; absent with either.");
    public static readonly MetricFamily NodeDemand = Gauge("homelab_node_power_demand_watts", "watts", ["node"],
        "What the node is taken to want.");
    public static readonly MetricFamily NodeCommitted = Gauge("homelab_node_power_committed_watts", "watts", ["node"],
        "Most that the node can draw by all that is known: what counts against the budget.");
    public static readonly MetricFamily NodeSafeShare = Gauge("homelab_node_power_safe_share_watts", "watts", ["node"],
        "What the node falls to by itself when its lease ends; absent before its first grant.");
    public static readonly MetricFamily NodeStanding = Gauge("homelab_node_control_standing", "", ["node", "standing"],
        "1 for how the node stands in the control loop: observing (its agent does not enforce), held, silent, uncontrolled (it does not obey), awaited (known from before, not heard yet).");
    public static readonly MetricFamily NodeLease = Gauge("homelab_node_lease_state", "", ["node", "lease"],
        "1 for the state of the node's cap by its agent's word: none, live, expired, safe, unknown; absent before it answered.");
    public static readonly MetricFamily EnforcementMode = Gauge("homelab_enforcement_mode", "", ["mode"],
        "1 for the mode in force: observe, label, cap.");
    public static readonly MetricFamily FleetAllocatable = Gauge("homelab_fleet_power_allocatable_watts", "watts", [],
        "Budget less guard, unmanaged load and trim: what may be committed.");
    public static readonly MetricFamily FleetCommitted = Gauge("homelab_fleet_power_committed_watts", "watts", [],
        "Sum of homelab_node_power_committed_watts.");
    public static readonly MetricFamily FleetGuard = Gauge("homelab_fleet_power_guard_watts", "watts", [],
        "Kept free of the budget for the errors of sensors and limiters.");
    public static readonly MetricFamily FleetTrim = Gauge("homelab_fleet_power_trim_watts", "watts", [],
        "Correction learned from a meter above the fleet.");
    public static readonly MetricFamily GroupBudget = Gauge("homelab_group_power_budget_watts", "watts", ["group"],
        "What a level of the budget tree may draw; the fleet is one.");
    public static readonly MetricFamily GroupAllocatable = Gauge("homelab_group_power_allocatable_watts", "watts", ["group"],
        "What may be committed in a level of the budget tree.");
    public static readonly MetricFamily GroupCommitted = Gauge("homelab_group_power_committed_watts", "watts", ["group"],
        "Sum of what is committed to the nodes of a level of the budget tree.");
    public static readonly MetricFamily GroupPower = Gauge("homelab_group_power_watts", "watts", ["group"],
        "What the nodes of a level of the budget tree draw.");
    public static readonly MetricFamily ControlAlarms = Gauge("homelab_control_alarms", "", ["alarm"],
        "Alarms that stand now, by kind; silent and uncontrolled count nodes.");
    public static readonly MetricFamily Grants = Counter("homelab_grants_total", "", ["kind"],
        "Grants made since the aggregator started: cut, raise, renew, release.");
    public static readonly MetricFamily Decisions = Counter("homelab_decisions_total", "", ["kind"],
        "Lines of the decision log since the aggregator started.");
    public static readonly MetricFamily Actuations = Counter("homelab_actuations_total", "", ["node", "actuator", "result"],
        "Answers of agents to grants and changes of their caps, since the aggregator started; the actuator is empty for several at once.");
    public static readonly MetricFamily DecisionDuration = Histogram("homelab_decision_duration_seconds", "seconds", [],
        "Time that a round of control took.");
    public static readonly MetricFamily GrantLatency = Histogram("homelab_grant_latency_seconds", "seconds", [],
        "From the arrival of the report that called for a round, or from when the round was due, to a grant written to its stream.");
    public static readonly MetricFamily ControlStorage = Gauge("homelab_control_storage_success", "", [],
        "1 while what grants rest on is stored; 0 after a failed write, while new caps wait.");

    public static readonly MetricFamily KubernetesUp = Gauge("homelab_kubernetes_up", "", ["cluster"],
        "1 while the nodes of a Kubernetes cluster are seen; 0 while they keep what they carry.");
    public static readonly MetricFamily KubernetesNodes = Gauge("homelab_kubernetes_nodes", "", ["cluster", "matched"],
        "Nodes of a Kubernetes cluster, by whether an agent is known to be on their machine.");
    public static readonly MetricFamily KubernetesWrites = Counter("homelab_kubernetes_writes_total", "", ["cluster", "kind", "result"],
        "Writes to a Kubernetes cluster since the aggregator started; kinds are metadata, taints, status and event, results ok, unchanged or how it failed.");

    public static readonly MetricFamily AggregatorBuild = Info("homelab_aggregator_build_info", ["version", "revision", "runtime"],
        "Version of the aggregator.");
    public static readonly MetricFamily AggregatorLeader = Gauge("homelab_aggregator_leader", "", [],
        "1 while this aggregator takes agents and grants caps; 0 while it stands by for another.");
    public static readonly MetricFamily AggregatorStreams = Gauge("homelab_aggregator_streams", "", [],
        "Agent streams that hold a node now.");
    public static readonly MetricFamily AggregatorStorage = Gauge("homelab_aggregator_storage_success", "", [],
        "1 while energy totals are stored; 0 after a failed write, while totals stand still.");
    public static readonly MetricFamily AggregatorState = Gauge("homelab_aggregator_db_size_bytes", "bytes", [],
        "Size of the files that the aggregator keeps: energy, control, what it learned, decisions.");
    public static readonly MetricFamily ProcessCpu = Counter("process_cpu_seconds_total", "seconds", [],
        "Processor time of the aggregator.");
    public static readonly MetricFamily ProcessMemory = Gauge("process_resident_memory_bytes", "bytes", [],
        "Resident memory of the aggregator.");
    public static readonly MetricFamily ProcessStart = Gauge("process_start_time_seconds", "seconds", [],
        "When the aggregator started, since 1970 UTC.");
    public static readonly MetricFamily ProcessFiles = Gauge("process_open_fds", "", [],
        "Open file descriptors of the aggregator.");

    /// <summary>Every family of sensors but those of GPUs, what matters most first.</summary>
    public static readonly ImmutableArray<MetricFamily> OfSensors =
    [
        ComponentPower, ComponentEnergy, NodePowerLimit, Temperature, Fan, BoardFamilies.AlarmsRaised, BoardFamilies.Alarm, BoardFamilies.Alarms,
        BoardFamilies.UpsCharge, BoardFamilies.UpsHealth, BoardFamilies.UpsRuntime, BoardFamilies.UpsPower, BoardFamilies.UpsStatus, BoardFamilies.ClusterUtilization, BoardFamilies.NpuUtilization,
        BoardFamilies.DeviceUtilization, BoardFamilies.Idle, Pressure, PressureStalled, BoardFamilies.Clock, TemperatureLimit,
        CpuFrequency, CpuFrequencyMax, Voltage, BoardFamilies.Humidity, BoardFamilies.FanDuty, CoolingState, Current,
    ];

    public static readonly ImmutableArray<MetricFamily> All =
    [
        NodePower, NodeEnergy, NodePowerSource, NodePowerQuality, NodePowerUncertainty, NodeIdle, NodePeak, NodeState, NodeInfo, NodeSharedHost,
        CpuUtilization, ThermalHeadroom, Ambient, Resistance, ResistanceBaseline, Throttled, ThrottledSeconds, ThrottledSinceBoot, PodEnergy,
        FleetPower, FleetUncertainty, FleetBudget, FleetHeadroom, FleetEnergy, FleetState, FleetOverBudget, FleetNodes, FleetNodesMissing,
        AgentUp, AgentLastSeen, AgentClockSkew, AgentBuild, AgentReconnects, AgentSamples, AgentDropped, AgentEnergyRefused, AgentMemory,
        AgentCpu, AgentPower, AgentCertificate, AgentIngestLatency, CollectorSuccess, CollectorDuration, CollectorLastSuccess, CollectorFailures,
        NodeAllocation, NodeCap, NodeHeadroom, NodeDemand, NodeCommitted, NodeSafeShare, NodeStanding, NodeLease,
        EnforcementMode, FleetAllocatable, FleetCommitted, FleetGuard, FleetTrim, GroupBudget, GroupAllocatable, GroupCommitted, GroupPower,
        ControlAlarms, Grants, Decisions, Actuations, DecisionDuration, GrantLatency, ControlStorage,
        .. OfSensors, BoardFamilies.LeftOut, .. GpuFamilies.All,
        KubernetesUp, KubernetesNodes, KubernetesWrites,
        AggregatorBuild, AggregatorLeader, AggregatorStreams, AggregatorStorage, AggregatorState, ProcessCpu, ProcessMemory, ProcessStart, ProcessFiles,
    ];

    internal static MetricFamily Gauge(string name, string unit, ImmutableArray<string> labels, string help) =>
        new(name, MetricType.Gauge, unit, labels, help);

    internal static MetricFamily Counter(string name, string unit, ImmutableArray<string> labels, string help) =>
        new(name, MetricType.Counter, unit, labels, help);

    private static MetricFamily Histogram(string name, string unit, ImmutableArray<string> labels, string help) =>
        new(name, MetricType.Histogram, unit, labels, help);

    private static MetricFamily Info(string name, ImmutableArray<string> labels, string help) =>
        new(name, MetricType.Info, "", labels, help);
}
