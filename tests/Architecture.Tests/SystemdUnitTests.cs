namespace Homelab.Architecture.Tests;

/// <summary>What the service manager has to be told, or the agent reads nothing.</summary>
public sealed class SystemdUnitTests
{
    /// <summary>A program that is no root and has no file capabilities loses one that is not ambient as it starts, and a bounding set without it takes it from the ambient ones.</summary>
    [Theory]
    [InlineData("packaging/systemd/homelab-agent.service")]
    [InlineData("packaging/systemd/homelab-agent-enforce.conf")]
    public void Units_OfTheAgent_KeepTheCapabilityAmbientAndBounded(string unit)
    {
        var lines = SourceTree.Lines(unit).ToArray();

        foreach (var key in (string[])["AmbientCapabilities=", "CapabilityBoundingSet="])
            Assert.Contains("CAP_DAC_READ_SEARCH", lines.Single(line => line.StartsWith(key, StringComparison.Ordinal)), StringComparison.Ordinal);
    }
}
