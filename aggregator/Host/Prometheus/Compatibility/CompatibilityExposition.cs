using System.Collections.Immutable;
using Homelab.Aggregator.Configuration;
using Homelab.Aggregator.Fleet;

namespace Homelab.Aggregator.Prometheus.Compatibility;

/// <summary>What other exporters would say of the fleet's nodes, for rules and dashboards that are already there. Only on request; every
/// series has a <c>node</c> label beside the exporter's own, and counts for no bound of ours.</summary>
internal static class CompatibilityExposition
{
    public static void Write(ExpositionWriter writer, ImmutableArray<NodeSnapshot> nodes, CompatibilityOptions options)
    {
        var families = new BorrowedFamilies();
        foreach (var node in nodes)
        {
            if (node.Link == NodeLink.Down || node.Identity is null)
                continue;
            if (options.NodeExporter)
            {
                HwmonNames.Write(families, node);
                RaplNames.Write(families, node);
            }
            if (options.Dcgm)
                DcgmNames.Write(families, node, options.DcgmHostnameLabel);
        }
        families.Write(writer);
    }
}
