using System.Buffers;
using System.Globalization;
using System.Text;

namespace Homelab.Aggregator.Prometheus;

/// <summary>
/// Writes families and samples in either text format. Families must come whole: <see cref="Begin"/>, then every sample of it.
/// A family without samples leaves no trace.
/// </summary>
internal sealed class ExpositionWriter(IBufferWriter<byte> output, ExpositionFormat format)
{
    private readonly HashSet<string> _seen = new(StringComparer.Ordinal);
    private readonly Dictionary<string, int> _ofNodes = new(StringComparer.Ordinal);
    private MetricFamily _family = MetricFamilies.NodePower;
    private bool _isAnnounced;

    public int Series { get; private set; }

    /// <summary>Series so far whose first label is this node.</summary>
    public int SeriesOf(string node) => _ofNodes.GetValueOrDefault(node);

    public void Begin(MetricFamily family)
    {
        _family = family;
        _isAnnounced = false;
        _seen.Clear();
    }

    /// <summary>One sample; label values in the order of the family's labels. A second sample with the same labels is dropped:
    /// two sensors that a driver names alike must not spoil the whole scrape.</summary>
    public void Sample(double value, params ReadOnlySpan<string> labels)
    {
        var block = Labels(labels, "", "");
        if (!_seen.Add(block))
            return;
        Announce();
        Count(labels, 1);
        Line(_family.Name, block, Number(value));
    }

    /// <summary>A histogram with cumulative buckets; counts are per bucket, the last above all bounds.</summary>
    public void Histogram(ReadOnlySpan<double> bounds, ReadOnlySpan<long> counts, double sum, params ReadOnlySpan<string> labels)
    {
        Announce();
        Count(labels, counts.Length + 2);
        long cumulative = 0;
        for (var i = 0; i < counts.Length; i++)
        {
            cumulative += counts[i];
            var bound = i < bounds.Length ? Bound(bounds[i]) : "+Inf";
            Line(_family.Name + "_bucket", Labels(labels, "le", bound), Number(cumulative));
        }
        Line(_family.Name + "_sum", Labels(labels, "", ""), Number(sum));
        Line(_family.Name + "_count", Labels(labels, "", ""), Number(cumulative));
    }

    /// <summary>Ends the exposition; nothing may follow.</summary>
    public void End()
    {
        if (format == ExpositionFormat.OpenMetrics)
            Write("# EOF\n");
    }

    private void Announce()
    {
        if (_isAnnounced)
            return;
        _isAnnounced = true;
        var name = FamilyName();
        Write($"# HELP {name} {EscapeHelp(_family.Help)}\n# TYPE {name} {TypeWord()}\n");
        if (format == ExpositionFormat.OpenMetrics && _family.Unit.Length > 0)
            Write($"# UNIT {name} {_family.Unit}\n");
    }

    /// <summary>OpenMetrics names a family without the suffix that its samples carry.</summary>
    private string FamilyName() => (format, _family.Type) switch
    {
        (ExpositionFormat.OpenMetrics, MetricType.Counter) when HasCounterName => _family.Name[..^"_total".Length],
        (ExpositionFormat.OpenMetrics, MetricType.Info) => _family.Name[..^"_info".Length],
        _ => _family.Name,
    };

    private bool HasCounterName => _family.Name.EndsWith("_total", StringComparison.Ordinal);

    private string TypeWord() => (format, _family.Type) switch
    {
        (ExpositionFormat.OpenMetrics, MetricType.Info) => "info",
        // OpenMetrics knows no counter without the suffix, which other exporters' names may lack.
        (ExpositionFormat.OpenMetrics, MetricType.Counter) when !HasCounterName => "unknown",
        (_, MetricType.Counter) => "counter",
        (_, MetricType.Histogram) => "histogram",
        _ => "gauge",
    };

    private void Count(ReadOnlySpan<string> labels, int series)
    {
        if (_family.Labels is ["node", ..])
            _ofNodes[labels[0]] = SeriesOf(labels[0]) + series;
    }

    private void Line(string name, string labels, string value)
    {
        Series++;
        Write($"{name}{labels} {value}\n");
    }

    private string Labels(ReadOnlySpan<string> values, string extraName, string extraValue)
    {
        if (values.Length != _family.Labels.Length)
            throw new ArgumentException($"{_family.Name} has {_family.Labels.Length} labels, not {values.Length}");
        if (values.IsEmpty && extraName.Length == 0)
            return "";
        var text = new StringBuilder("{");
        for (var i = 0; i < values.Length; i++)
            Append(text, _family.Labels[i], values[i]);
        if (extraName.Length > 0)
            Append(text, extraName, extraValue);
        return text.Append('}').ToString();
    }

    private static void Append(StringBuilder text, string name, string value)
    {
        if (text.Length > 1)
            text.Append(',');
        text.Append(name).Append("=\"").Append(EscapeLabel(value)).Append('"');
    }

    private static string EscapeLabel(string value) =>
        value.AsSpan().IndexOfAny('\\', '"', '\n') < 0
            ? value
            : value.Replace("\\", "\\\\", StringComparison.Ordinal).Replace("\"", "\\\"", StringComparison.Ordinal).Replace("\n", "\\n", StringComparison.Ordinal);

    private string EscapeHelp(string help)
    {
        var escaped = help.Replace("\\", "\\\\", StringComparison.Ordinal).Replace("\n", "\\n", StringComparison.Ordinal);
        return format == ExpositionFormat.OpenMetrics ? escaped.Replace("\"", "\\\"", StringComparison.Ordinal) : escaped;
    }

    /// <summary>OpenMetrics wants bounds in float form (<c>1.0</c>).</summary>
    private string Bound(double bound)
    {
        var text = Number(bound);
        return format == ExpositionFormat.OpenMetrics && !text.AsSpan().ContainsAny('.', 'E') ? text + ".0" : text;
    }

    private static string Number(double value) => value switch
    {
        double.PositiveInfinity => "+Inf",
        double.NegativeInfinity => "-Inf",
        _ => value.ToString("R", CultureInfo.InvariantCulture),
    };

    private void Write(string text)
    {
        var span = output.GetSpan(Encoding.UTF8.GetMaxByteCount(text.Length));
        output.Advance(Encoding.UTF8.GetBytes(text, span));
    }
}
