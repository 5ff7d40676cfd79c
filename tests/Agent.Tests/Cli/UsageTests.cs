using Homelab.NodeAgent.Cli;

namespace Homelab.NodeAgent.Tests.Cli;

public class UsageTests
{
    [Fact]
    public void Help_Overview_NamesEveryCommand()
    {
        Assert.All(Usage.Commands, c => Assert.Contains("  " + c.Name, Usage.Help(""), StringComparison.Ordinal));
    }

    [Fact]
    public void Help_OfEachCommand_NamesItsOptions()
    {
        Assert.All(Usage.Commands, c => Assert.All(c.Options, o => Assert.Contains("--" + o.Name, Usage.Help(c.Name), StringComparison.Ordinal)));
    }
}
