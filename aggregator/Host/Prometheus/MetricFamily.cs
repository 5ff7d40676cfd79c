using System.Collections.Immutable;

namespace Homelab.Aggregator.Prometheus;

/// <summary>Metric types both text formats know.</summary>
internal enum MetricType
{
    Gauge = 1,
    Counter = 2,
    Histogram = 3,

    /// <summary>Constant 1 whose labels carry the facts; a gauge to the older text format.</summary>
    Info = 4,
}

/// <summary>What is said of a metric once.</summary>
/// <param name="Name">With <c>_total</c> on counters and <c>_info</c> on infos, as a query writes it.</param>
/// <param name="Unit">Suffix word of the name (<c>watts</c>); empty when it has none.</param>
/// <param name="Labels">Names, in the order that samples give their values.</param>
/// <param name="Help">One sentence: meaning, and what absence means where that matters.</param>
internal sealed record MetricFamily(string Name, MetricType Type, string Unit, ImmutableArray<string> Labels, string Help);
