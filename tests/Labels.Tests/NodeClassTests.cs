using Homelab.Units;

namespace Homelab.Aggregator.Labels.Tests;

public sealed class NodeClassTests
{
    [Theory]
    [InlineData(2.5, 7.0, null, "sbc")]
    [InlineData(9.0, 60.0, null, "mini")]
    [InlineData(70.0, null, null, "server")]
    [InlineData(null, 7.0, null, "sbc")]
    [InlineData(null, 65.0, null, "mini")]
    [InlineData(null, 250.0, null, "server")]
    [InlineData(null, null, "mini", null)]
    [InlineData(7.9, null, "mini", "mini")]
    [InlineData(8.1, null, "sbc", "sbc")]
    [InlineData(9.0, null, "sbc", "mini")]
    public void Of_IdleAndCeiling_MakeTheClass(double? idle, double? ceiling, string? current, string? expected) => Assert.Equal(
        expected, NodeClass.Of(Facts(idle, ceiling), current));

    [Fact]
    public void Of_Gpu_OutweighsTheRest() => Assert.Equal("gpu", NodeClass.Of(Facts(2, 7) with { HasGpu = true }, "sbc"));

    private static NodeFacts Facts(double? idle, double? ceiling) => new()
    {
        Agent = NodeName.Parse("n"),
        Idle = idle is { } rest ? Power.FromWatts(rest) : null,
        Ceiling = ceiling is { } most ? Power.FromWatts(most) : null,
    };
}
