using System.Buffers;
using System.Text;
using Homelab.Aggregator.Prometheus;

namespace Homelab.Aggregator.Tests.Prometheus;

public sealed class ExpositionWriterTests
{
    private static readonly MetricFamily Counter = new("x_energy_joules_total", MetricType.Counter, "joules", ["node"], "Energy \"so far\".");
    private static readonly MetricFamily Info = new("x_build_info", MetricType.Info, "", ["version"], "Build.");
    private static readonly MetricFamily Gauge = new("x_up", MetricType.Gauge, "", [], "Up.");
    private static readonly MetricFamily Latency = new("x_latency_seconds", MetricType.Histogram, "seconds", ["node"], "Latency.");

    [Fact]
    public void Sample_CounterAsText_KeepsTotalInTheFamilyName() => Assert.Equal(
        "# HELP x_energy_joules_total Energy \"so far\".\n# TYPE x_energy_joules_total counter\nx_energy_joules_total{node=\"a\"} 1.5\n",
        Write(ExpositionFormat.Text, writer => Sample(writer, Counter, 1.5, "a")));

    [Fact]
    public void Sample_CounterAsOpenMetrics_DropsTotalFromTheFamilyAndNamesTheUnit() => Assert.Equal(
        "# HELP x_energy_joules Energy \\\"so far\\\".\n# TYPE x_energy_joules counter\n# UNIT x_energy_joules joules\nx_energy_joules_total{node=\"a\"} 1.5\n# EOF\n",
        Write(ExpositionFormat.OpenMetrics, writer => Sample(writer, Counter, 1.5, "a")));

    [Fact]
    public void Sample_Info_IsAGaugeAsTextAndAnInfoAsOpenMetrics()
    {
        Assert.Contains("# TYPE x_build_info gauge\nx_build_info{version=\"1\"} 1\n", Write(ExpositionFormat.Text, writer => Sample(writer, Info, 1, "1")), StringComparison.Ordinal);
        Assert.Contains("# TYPE x_build info\nx_build_info{version=\"1\"} 1\n", Write(ExpositionFormat.OpenMetrics, writer => Sample(writer, Info, 1, "1")), StringComparison.Ordinal);
    }

    [Fact]
    public void Sample_HostileLabel_IsEscaped() =>
        Assert.Contains("{node=\"a\\\\b\\\"c\\nd\"} 1", Write(ExpositionFormat.Text, writer => Sample(writer, Counter, 1, "a\\b\"c\nd")), StringComparison.Ordinal);

    [Fact]
    public void Sample_SameLabelsTwice_KeepsTheFirst()
    {
        var text = Write(ExpositionFormat.Text, writer =>
        {
            writer.Begin(Counter);
            writer.Sample(1, "a");
            writer.Sample(2, "a");
        });

        Assert.Single(text.Split('\n'), line => line.StartsWith("x_energy", StringComparison.Ordinal));
        Assert.Contains("} 1\n", text, StringComparison.Ordinal);
    }

    [Fact]
    public void Sample_WrongNumberOfLabels_Throws() =>
        Assert.Throws<ArgumentException>(() => Write(ExpositionFormat.Text, writer => Sample(writer, Counter, 1)));

    [Fact]
    public void Begin_WithoutSamples_LeavesNoTrace() => Assert.Equal("", Write(ExpositionFormat.Text, writer => writer.Begin(Counter)));

    [Theory]
    [InlineData(0, "0")]
    [InlineData(12345.678901, "12345.678901")]
    [InlineData(double.PositiveInfinity, "+Inf")]
    [InlineData(double.NegativeInfinity, "-Inf")]
    [InlineData(double.NaN, "NaN")]
    [InlineData(1795259650.622, "1795259650.622")]
    public void Sample_Numbers_AreWrittenAsPrometheusReadsThem(double value, string text) =>
        Assert.EndsWith($"x_up {text}\n", Write(ExpositionFormat.Text, writer => Sample(writer, Gauge, value)), StringComparison.Ordinal);

    [Fact]
    public void Histogram_PerBucketCounts_AreWrittenCumulatively() => Assert.Equal(
        "# HELP x_latency_seconds Latency.\n# TYPE x_latency_seconds histogram\n# UNIT x_latency_seconds seconds\n" +
        "x_latency_seconds_bucket{node=\"a\",le=\"0.5\"} 2\nx_latency_seconds_bucket{node=\"a\",le=\"1.0\"} 3\nx_latency_seconds_bucket{node=\"a\",le=\"+Inf\"} 7\n" +
        "x_latency_seconds_sum{node=\"a\"} 9.5\nx_latency_seconds_count{node=\"a\"} 7\n# EOF\n",
        Write(ExpositionFormat.OpenMetrics, writer =>
        {
            writer.Begin(Latency);
            writer.Histogram([0.5, 1], [2, 1, 4], 9.5, "a");
        }));

    private static void Sample(ExpositionWriter writer, MetricFamily family, double value, params string[] labels)
    {
        writer.Begin(family);
        writer.Sample(value, labels);
    }

    private static string Write(ExpositionFormat format, Action<ExpositionWriter> write)
    {
        var output = new ArrayBufferWriter<byte>();
        var writer = new ExpositionWriter(output, format);
        write(writer);
        writer.End();
        return Encoding.UTF8.GetString(output.WrittenSpan);
    }
}
