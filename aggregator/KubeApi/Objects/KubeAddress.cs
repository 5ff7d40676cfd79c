namespace Homelab.Aggregator.KubeApi;

/// <summary>One address of a node.</summary>
/// <param name="Type">InternalIP, ExternalIP, Hostname, InternalDNS or ExternalDNS.</param>
internal sealed record KubeAddress(string Type, string Address);
