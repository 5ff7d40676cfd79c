using Homelab.NodeAgent.Cli;
using Homelab.NodeAgent.Configuration;

namespace Homelab.NodeAgent.Tests.Cli;

public sealed class ConfigCommandTests : IDisposable
{
    private readonly StringWriter _out = new();
    private readonly StringWriter _error = new();

    public void Dispose()
    {
        _out.Dispose();
        _error.Dispose();
    }

    private Terminal Terminal => new(_out, _error, false, false);

    [Fact]
    public void Check_Errors_GoToStandardErrorWithExitTwo()
    {
        Assert.Equal(2, ConfigCommand.Check(Load("node: A B\nlog: { level: loud }\n"), Terminal));
        Assert.Equal(2, _error.ToString().Split('\n', StringSplitOptions.RemoveEmptyEntries).Length);
        Assert.Empty(_out.ToString());
    }

    [Fact]
    public void Check_WarningsOnly_AreNoFailure()
    {
        Assert.Equal(0, ConfigCommand.Check(Load("future: 1\n"), Terminal));
        Assert.StartsWith("warning: ", _error.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public void Print_TheEffectiveConfiguration_ReadsBackTheSame()
    {
        var config = Load("node: um890\ninterval: { sample: 250ms }\ncollectors: { hwmon: off }\npower: { static: 6.5W }\n");
        Assert.Equal(0, ConfigCommand.Print(config, Terminal));

        var again = Load(_out.ToString());

        Assert.Empty(again.Problems);
        Assert.Equal(config.Options with { Collectors = again.Options.Collectors }, again.Options);
        Assert.Equal(CollectorSwitch.Off, again.Options.Collector("hwmon"));
        Assert.Contains("# /f.yaml:1", _out.ToString(), StringComparison.Ordinal);
    }

    private static AgentConfig Load(string text) => AgentConfig.Load(new ConfigInputs { File = "/f.yaml", ReadText = _ => text, Sources = ["hwmon"], HostName = _ => "h" });
}
