namespace Homelab.Aggregator.Simulation;

public sealed class ScenarioTests
{
    [Fact]
    public void Name_AsGiven_IsKept() => Assert.Equal("homelab", new Scenario("homelab").Name);
}
