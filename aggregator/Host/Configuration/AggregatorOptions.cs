using System.Collections.Immutable;
using System.Net;
using Homelab.Aggregator.Budgeting;
using Homelab.Aggregator.Control;
using Homelab.Aggregator.Orders;
using Homelab.Units;

namespace Homelab.Aggregator.Configuration;

/// <summary>Everything that can be set, with its defaults. <see cref="ConfigKeys"/> says how each is written.</summary>
internal sealed record AggregatorOptions
{
    /// <summary>Page, API and metrics.</summary>
    public ListenAddress Http { get; init; } = new(IPAddress.Loopback, 8765);

    /// <summary>Agents.</summary>
    public ListenAddress Grpc { get; init; } = new(IPAddress.Loopback, 8766);

    /// <summary>Plaintext beyond loopback is refused unless this is said.</summary>
    public bool Insecure { get; init; }

    /// <summary>PEM file of the server's certificate chain; empty for plaintext.</summary>
    public string TlsCertificate { get; init; } = "";

    /// <summary>PEM file of its private key.</summary>
    public string TlsKey { get; init; } = "";

    /// <summary>PEM file of the authorities that sign agents' certificates; empty asks agents for none.</summary>
    public string TlsClientCa { get; init; } = "";

    /// <summary>Names, besides this machine's own, that a browser may call the page by.</summary>
    public ImmutableArray<string> AllowedHosts { get; init; } = [];

    /// <summary>Folder of durable state.</summary>
    public string StoragePath { get; init; } = "/var/lib/homelab";

    public Power Budget { get; init; } = Power.FromWatts(100);

    public ControlMode Mode { get; init; } = ControlMode.Observe;

    /// <summary>What feeds the fleet.</summary>
    public BudgetDevice Device { get; init; } = BudgetDevice.Energy;

    /// <summary>Whether the budget is a hard line; null: as the device says.</summary>
    public bool? IsHard { get; init; }

    /// <summary>Draw of the fleet that no agent reports.</summary>
    public Power Unmanaged { get; init; }

    /// <summary>The fleet's budget while a UPS runs it from its battery; null when that changes nothing.</summary>
    public Power? OnBattery { get; init; }

    /// <summary>Nodes whose own word that they run from a battery puts the fleet on battery.</summary>
    public ImmutableSortedSet<NodeName> SupplyTellers { get; init; } = [];

    /// <summary>How long a silent agent may be frozen or dead before its service manager restarts it.</summary>
    public TimeSpan AgentRestartLimit { get; init; } = TimeSpan.FromSeconds(60);

    public ImmutableArray<BudgetSchedule> Schedules { get; init; } = [];

    public ImmutableArray<BudgetGroup> Groups { get; init; } = [];

    /// <summary>Highest first.</summary>
    public ImmutableArray<PriorityClass> Classes { get; init; } = [new("", 0)];

    public ImmutableSortedDictionary<NodeName, NodeSettings> Nodes { get; init; } = ImmutableSortedDictionary<NodeName, NodeSettings>.Empty;

    /// <summary>File with the token that lets other machines give orders; empty: only this machine may.</summary>
    public string TokenFile { get; init; } = "";

    /// <summary>Share of the budget from which the fleet is elevated.</summary>
    public double WarnAt { get; init; } = BudgetPolicy.DefaultWarnRatio;

    /// <summary>How often agents are asked to report.</summary>
    public TimeSpan ReportInterval { get; init; } = TimeSpan.FromSeconds(1);

    public KubernetesOptions Kubernetes { get; init; } = new();

    /// <summary>Other exporters' metrics beside ours.</summary>
    public CompatibilityOptions Compatibility { get; init; } = new();

    /// <summary>What the operator calls the machines of nodes, where anything was said.</summary>
    public ImmutableSortedDictionary<NodeName, string> Hosts =>
        Nodes.Where(node => node.Value.Host.Length > 0).ToImmutableSortedDictionary(node => node.Key, node => node.Value.Host);

    public bool HasTls => TlsCertificate.Length > 0;

    /// <summary>Name of the whole fleet among the groups.</summary>
    public const string FleetName = "fleet";

    private BudgetCalendar Calendar(ControlPolicy policy)
    {
        var onBattery = ImmutableSortedDictionary<string, Power>.Empty;
        return new BudgetCalendar(policy, Schedules, OnBattery is { } battery ? onBattery.Add(FleetName, battery) : onBattery);
    }

    public ControlSettings Control()
    {
        var fleet = new BudgetGroup { Name = FleetName, Limit = Budget, Unmanaged = Unmanaged, Device = Device, IsHard = IsHard, Groups = Groups };
        var policy = new ControlPolicy { Budget = fleet, Mode = Mode, Classes = Classes, AgentRestartLimit = AgentRestartLimit };
        return new ControlSettings(policy, Calendar(policy), Nodes) { SupplyTellers = SupplyTellers };
    }
}
