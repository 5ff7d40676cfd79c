using Homelab.NodeAgent.Configuration;

namespace Homelab.NodeAgent.Tests.Configuration;

public class OptionKeyTests
{
    [Fact]
    public void Variable_OfADottedKey_UsesDoubleUnderscores()
    {
        Assert.Equal("HOMELAB_HOST__ROOT", OptionKeys.For([]).Single(k => k.Name == "host.root").Variable);
    }

    [Fact]
    public void Apply_TheExampleOfEachKey_IsTakenAndPrintedBack()
    {
        foreach (var key in OptionKeys.For(["hwmon"]))
        {
            var applied = key.Apply(new AgentOptions(), key.Example);
            Assert.True(applied is not null, key.Name);
            Assert.Equal(key.Example, key.Print(applied));
        }
    }
}
