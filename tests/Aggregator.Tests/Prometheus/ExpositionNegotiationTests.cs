using Homelab.Aggregator.Prometheus;

namespace Homelab.Aggregator.Tests.Prometheus;

public sealed class ExpositionNegotiationTests
{
    [Theory]
    [InlineData(null)]
    [InlineData("")]
    [InlineData("*/*")]
    [InlineData("text/plain")]
    [InlineData("text/html,application/xhtml+xml,*/*;q=0.8")]
    [InlineData("application/openmetrics-text;q=0")]
    [InlineData("application/openmetrics-text;q=0.1,text/plain;q=0.9")]
    [InlineData("application/openmetrics-text;version=2.0.0")]
    [InlineData("application/openmetrics-text;q=nonsense")]
    [InlineData(";;,,;q=")]
    public void Choose_AnythingElse_IsText(string? accept) => Assert.Equal(ExpositionFormat.Text, ExpositionNegotiation.Choose(accept));

    [Theory]
    [InlineData("application/openmetrics-text")]
    [InlineData("application/openmetrics-text; version=1.0.0")]
    [InlineData("application/openmetrics-text;version=1.0.0,application/openmetrics-text;version=0.0.1;q=0.75,text/plain;version=0.0.4;q=0.5,*/*;q=0.1")]
    [InlineData("text/plain, application/openmetrics-text")]
    public void Choose_OpenMetricsPreferred_IsOpenMetrics(string accept) => Assert.Equal(ExpositionFormat.OpenMetrics, ExpositionNegotiation.Choose(accept));
}
