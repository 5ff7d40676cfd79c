namespace Homelab.Aggregator.Configuration;

/// <summary>Which other exporters' metrics <c>/metrics</c> carries beside our own.</summary>
/// <param name="NodeExporter"><c>node_hwmon_*</c> and <c>node_rapl_*</c>.</param>
/// <param name="Dcgm"><c>DCGM_FI_DEV_*</c>.</param>
/// <param name="DcgmHostnameLabel">dcgm-exporter wrote <c>Hostname</c> until May 2026 and <c>hostname</c> since.</param>
internal sealed record CompatibilityOptions(bool NodeExporter = false, bool Dcgm = false, string DcgmHostnameLabel = "hostname")
{
    /// <summary>Null when a word is none of the exporters'.</summary>
    public CompatibilityOptions? Choose(IReadOnlyList<string> words) => words.All(word => word is "node_exporter" or "dcgm")
        ? this with { NodeExporter = words.Contains("node_exporter"), Dcgm = words.Contains("dcgm") }
        : null;
}
