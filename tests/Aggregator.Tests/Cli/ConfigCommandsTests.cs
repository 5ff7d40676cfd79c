using System.Collections;
using System.CommandLine;
using Homelab.Aggregator.Cli;

namespace Homelab.Aggregator.Tests.Cli;

public sealed class ConfigCommandsTests : IDisposable
{
    private readonly StringWriter _output = new();
    private readonly StringWriter _errors = new();
    private readonly string _file = Path.GetTempFileName();

    public void Dispose()
    {
        File.Delete(_file);
        _output.Dispose();
        _errors.Dispose();
    }

    [Theory]
    [InlineData("budget: { watts: 80 }", ExitCode.Ok)]
    [InlineData("budget: { watts: many }", ExitCode.Usage)]
    [InlineData("budgets: 80", ExitCode.Usage)]
    public void Check_File_ExitsWithTheVerdict(string yaml, int exit) => Assert.Equal(exit, Run(yaml, "config", "check", "--config", _file));

    [Fact]
    public void Print_File_ShowsEverySettingWithItsOrigin()
    {
        Assert.Equal(ExitCode.Ok, Run("budget: { watts: 80 }", "config", "print", "--config", _file, "--http", "127.0.0.1:1"));

        var lines = _output.ToString().TrimEnd('\n').Split('\n');
        Assert.Contains(lines, line => line.StartsWith("budget.watts: 80 ", StringComparison.Ordinal) && line.Contains($"# {_file}:1;", StringComparison.Ordinal));
        Assert.Contains(lines, line => line.StartsWith("listen.http: 127.0.0.1:1 ", StringComparison.Ordinal) && line.Contains("# --http;", StringComparison.Ordinal));
        Assert.Contains(lines, line => line.StartsWith("listen.grpc: 127.0.0.1:8766 ", StringComparison.Ordinal) && line.Contains("# default;", StringComparison.Ordinal));
    }

    [Fact]
    public void Check_MissingFile_IsNamed()
    {
        Assert.Equal(ExitCode.Usage, Run("", "config", "check", "--config", "/nowhere/a.yaml"));
        Assert.Contains("/nowhere/a.yaml", _errors.ToString(), StringComparison.Ordinal);
    }

    private int Run(string yaml, params string[] args)
    {
        File.WriteAllText(_file, yaml);
        var root = new RootCommand();
        new ConfigCommands(_output, _errors, new Hashtable()).AddTo(root);
        return root.Parse(args).Invoke();
    }
}
