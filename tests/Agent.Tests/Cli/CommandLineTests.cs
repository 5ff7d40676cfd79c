using Homelab.NodeAgent.Cli;

namespace Homelab.NodeAgent.Tests.Cli;

public class CommandLineTests
{
    [Theory]
    [InlineData("sensors --output json --watch")]
    [InlineData("--output=json sensors -w")]
    [InlineData("sensors -o json -w")]
    public void Parse_OptionsInAnyForm_AreTheSame(string text)
    {
        var line = CommandLine.Parse(text.Split(' '));

        Assert.Null(line.Error);
        Assert.Equal(("sensors", "json", true), (line.Command, line.Options["output"], line.Has("watch")));
    }

    [Theory]
    [InlineData("", "name a command")]
    [InlineData("dance", "unknown command 'dance'")]
    [InlineData("run now", "unknown command 'run now'")]
    [InlineData("run --fast", "unknown option --fast")]
    [InlineData("run --watch", "'run' takes no --watch")]
    [InlineData("sensors --output", "--output needs a value: --output FORMAT")]
    [InlineData("sensors --output xml", "--output is one of table, json")]
    [InlineData("sensors --watch=1", "--watch takes no value")]
    public void Parse_WhatItDoesNotKnow_IsSaidInOneLine(string text, string error)
    {
        Assert.Equal(error, CommandLine.Parse(text.Split(' ', StringSplitOptions.RemoveEmptyEntries)).Error);
    }

    [Theory]
    [InlineData("--help", "")]
    [InlineData("-h", "")]
    [InlineData("help sensors", "sensors")]
    [InlineData("config check --help", "config check")]
    public void Parse_Help_IsNoError(string text, string command)
    {
        var line = CommandLine.Parse(text.Split(' '));

        Assert.True(line.WantsHelp);
        Assert.Equal((command, null), (line.Command, line.Error));
    }

    [Fact]
    public void Settings_OfFlags_NameTheFlag()
    {
        var setting = Assert.Single(CommandLine.Parse(["run", "--host-root", "/host", "--config", "/c"]).Settings());

        Assert.Equal(("host.root", "/host", "flag --host-root"), (setting.Key, setting.Value, setting.Origin.ToString()));
    }
}
