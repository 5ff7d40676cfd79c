using System.Collections.Immutable;
using System.Net;
using Homelab.Aggregator.Budgeting;
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

    /// <summary><c>observe</c> is the only mode so far.</summary>
    public string Mode { get; init; } = "observe";

    /// <summary>Share of the budget from which the fleet is elevated.</summary>
    public double WarnAt { get; init; } = BudgetPolicy.DefaultWarnRatio;

    /// <summary>How often agents are asked to report.</summary>
    public TimeSpan ReportInterval { get; init; } = TimeSpan.FromSeconds(1);

    public bool HasTls => TlsCertificate.Length > 0;
}
