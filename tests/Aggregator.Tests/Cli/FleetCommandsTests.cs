using System.CommandLine;
using System.Text.Json;
using Homelab.Aggregator.Cli;
using Homelab.Aggregator.Tests.Fakes;
using Homelab.TestKit;
using Homelab.Units;

namespace Homelab.Aggregator.Tests.Cli;

public sealed class FleetCommandsTests : IDisposable
{
    private readonly LineWriter _output = new();
    private readonly StringWriter _errors = new();

    public void Dispose()
    {
        _output.Dispose();
        _errors.Dispose();
    }

    [Fact]
    public async Task Status_NoAggregator_ExitsUnreachable()
    {
        Assert.Equal(ExitCode.Unreachable, await RunAsync("http://127.0.0.1:1", "status"));
        Assert.Contains("no aggregator at http://127.0.0.1:1", _errors.ToString(), StringComparison.Ordinal);
        Assert.Contains("HOMELAB_URL", _errors.ToString(), StringComparison.Ordinal);
        Assert.Equal("", _output.ToString());
    }

    [Fact]
    public async Task Status_WrongAddress_ExitsUsage() => Assert.Equal(ExitCode.Usage, await RunAsync("ftp://x", "status"));

    [Fact]
    public async Task Status_ExitCode_TellsTheState()
    {
        await using var aggregator = await RunningAggregator.StartAsync();

        Assert.Equal(ExitCode.Ok, await RunAsync(aggregator.Http.ToString(), "status"));
        Assert.Equal(ExitCode.BadState, await RunAsync(aggregator.Http.ToString(), "status", "--exit-code"));
        using var channel = aggregator.Dial();
        await using var agent = await channel.JoinAsync();
        await agent.ReportAsync(1, 40, 0);
        await aggregator.UntilAsync(fleet => fleet.Balance.Power == Power.FromWatts(40), ticks: true);
        Assert.Equal(ExitCode.Ok, await RunAsync(aggregator.Http.ToString(), "status", "--exit-code"));
    }

    [Fact]
    public async Task Nodes_AsJson_IsTheVersionedDocument()
    {
        await using var aggregator = await RunningAggregator.StartAsync();

        Assert.Equal(ExitCode.Ok, await RunAsync(aggregator.Http.ToString(), "nodes", "-o", "json"));

        Assert.Equal("homelab.nodes/v1", JsonDocument.Parse(_output.ToString()).RootElement.GetProperty("schema").GetString());
    }

    [Fact]
    public async Task Node_Unknown_ExitsNotFound()
    {
        await using var aggregator = await RunningAggregator.StartAsync();

        Assert.Equal(ExitCode.NotFound, await RunAsync(aggregator.Http.ToString(), "node", "nobody"));
        Assert.Contains("No node of that name", _errors.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Top_OnAPipe_WritesLinesUntilTheAggregatorGoes()
    {
        await using var aggregator = await RunningAggregator.StartAsync();
        var running = RunAsync(aggregator.Http.ToString(), "top");
        await _output.FirstLine.InTime();
        await aggregator.StopAsync();

        Assert.Equal(ExitCode.Unreachable, await _time.DriveAsync(running, TimeSpan.FromSeconds(1)));
        Assert.Contains(" unknown", _output.ToString(), StringComparison.Ordinal);
        Assert.DoesNotContain("\u001b", _output.ToString(), StringComparison.Ordinal);
    }

    private readonly ManualClock _time = Sample.Clock();

    private Task<int> RunAsync(string aggregator, params string[] args)
    {
        var root = new RootCommand();
        var caller = new FleetCaller(_output, _errors, name => name == "HOMELAB_URL" ? aggregator : null);
        caller.AddTo(root);
        new FleetCommands(caller, _output, _errors, TerminalStyle.Plain, _time).AddTo(root);
        return root.Parse(args).InvokeAsync();
    }

    private sealed class LineWriter : StringWriter
    {
        private readonly TaskCompletionSource _first = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public Task FirstLine => _first.Task;

        public override Task WriteLineAsync(string? value)
        {
            WriteLine(value);
            _first.TrySetResult();
            return Task.CompletedTask;
        }
    }
}
