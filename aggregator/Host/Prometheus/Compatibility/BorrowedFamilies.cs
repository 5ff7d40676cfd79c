using System.Collections.Immutable;

namespace Homelab.Aggregator.Prometheus.Compatibility;

/// <summary>Samples of families whose names are another exporter's, collected until each family is whole.</summary>
internal sealed class BorrowedFamilies
{
    private readonly SortedDictionary<string, (MetricFamily Family, List<(double Value, string[] Labels)> Samples)> _families = new(StringComparer.Ordinal);

    public void Add(string name, MetricType type, string help, ImmutableArray<string> labels, double value, params string[] values)
    {
        if (!_families.TryGetValue(name, out var family))
            _families[name] = family = (new MetricFamily(name, type, "", labels, help), []);
        family.Samples.Add((value, values));
    }

    /// <summary>Families by name, samples as they came; of two with the same labels the first.</summary>
    public void Write(ExpositionWriter writer)
    {
        foreach (var (family, samples) in _families.Values)
        {
            writer.Begin(family);
            foreach (var (value, labels) in samples)
                writer.Sample(value, labels);
        }
    }
}
