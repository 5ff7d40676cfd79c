using Homelab.NodeAgent.Cli;

namespace Homelab.NodeAgent.Tests.Cli;

public class TerminalTests
{
    [Theory]
    [InlineData("auto", "", true, true)]
    [InlineData("auto", "", false, false)]
    [InlineData("auto", "NO_COLOR=1", true, false)]
    [InlineData("auto", "FORCE_COLOR=1", false, true)]
    [InlineData("auto", "NO_COLOR=1 FORCE_COLOR=1", true, false)]
    [InlineData("auto", "TERM=dumb", true, false)]
    [InlineData("always", "NO_COLOR=1", false, true)]
    [InlineData("never", "FORCE_COLOR=1", true, false)]
    public void WantsColour_ByFlagEnvironmentAndTerminal_FollowsTheConvention(string choice, string environment, bool isInteractive, bool expected)
    {
        var variables = environment.Split(' ', StringSplitOptions.RemoveEmptyEntries).ToDictionary(v => v.Split('=')[0], v => v.Split('=')[1]);

        Assert.Equal(expected, Terminal.WantsColour(choice, variables, isInteractive));
    }

    [Fact]
    public void Bold_WithoutColour_WritesNoEscapes()
    {
        Assert.Equal("x", new Terminal(TextWriter.Null, TextWriter.Null, false, false).Bold("x"));
    }
}
