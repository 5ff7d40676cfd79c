using System.CommandLine;
using Homelab.Aggregator.Budgeting;
using Homelab.Aggregator.Cli;
using Homelab.Aggregator.Tests.Fakes;

namespace Homelab.Aggregator.Tests.Cli;

public sealed class BudgetCommandsTests : IDisposable
{
    private readonly StringWriter _output = new();
    private readonly StringWriter _errors = new();

    [Fact]
    public async Task Set_ForAWhile_IsShownAndCleared()
    {
        await using var aggregator = await RunningAggregator.StartAsync();
        await aggregator.UntilAsync(fleet => fleet.Control is not null, ticks: true);

        Assert.Equal(ExitCode.Ok, await RunAsync(aggregator, "budget", "set", "80", "--for", "2h"));
        Assert.Contains("fleet is held to 80 W until 2026-11-21", _output.ToString(), StringComparison.Ordinal);
        await aggregator.UntilAsync(fleet => fleet.Control!.State.Budget.Watts == 80, ticks: true);
        Assert.Equal(ExitCode.Ok, await RunAsync(aggregator, "budget", "show"));
        Assert.Contains("Budget  80 W  fleet set to 80 W until", _output.ToString(), StringComparison.Ordinal);
        Assert.Equal(ExitCode.Ok, await RunAsync(aggregator, "budget", "clear"));
        Assert.Equal(ExitCode.Ok, await RunAsync(aggregator, "budget", "history", "--since", "365d"));
        Assert.Contains("by order", _output.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Mode_WithoutYes_ChangesNothing()
    {
        await using var aggregator = await RunningAggregator.StartAsync();
        await aggregator.UntilAsync(fleet => fleet.Control is not null, ticks: true);

        Assert.Equal(ExitCode.Ok, await RunAsync(aggregator, "budget", "mode", "cap"));
        Assert.Contains("Nothing was changed. Add --yes to do it.", _output.ToString(), StringComparison.Ordinal);
        Assert.Equal(ControlMode.Observe, aggregator.Fleet.Current.Control!.State.Mode);

        Assert.Equal(ExitCode.Ok, await RunAsync(aggregator, "budget", "mode", "cap", "--yes"));
        await aggregator.UntilAsync(fleet => fleet.Control!.State.Mode == ControlMode.Cap, ticks: true);
    }

    [Fact]
    public async Task Orders_UnknownNames_AreNotFound()
    {
        await using var aggregator = await RunningAggregator.StartAsync();

        Assert.Equal(ExitCode.NotFound, await RunAsync(aggregator, "forget", "nobody"));
        Assert.Equal(ExitCode.NotFound, await RunAsync(aggregator, "budget", "set", "80", "--for", "2h", "--group", "tp9"));
        Assert.Equal(ExitCode.NotFound, await RunAsync(aggregator, "why", "nobody"));
    }

    [Fact]
    public async Task Set_TokenFileThatIsMissing_IsWrongUsage()
    {
        await using var aggregator = await RunningAggregator.StartAsync();

        Assert.Equal(ExitCode.Usage, await RunAsync(aggregator, "budget", "clear", "--token-file", "/nowhere/token"));
        Assert.Contains("/nowhere/token", _errors.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Why_HeldNode_SaysItInWords()
    {
        await using var aggregator = await RunningAggregator.StartAsync(new() { Mode = ControlMode.Cap, Budget = Units.Power.FromWatts(40) });
        using var channel = aggregator.Dial();
        await using var agent = await CappedAgent.JoinAsync(aggregator, channel);
        await agent.UntilAsync(grant => grant.HasCapMicrowatts);
        while (aggregator.Fleet.Current.Control?.Find(Sample.Node()) is not { Standing: NodeStanding.Held })
            await agent.TurnAsync();

        Assert.Equal(ExitCode.Ok, await RunAsync(aggregator, "why", "um890"));
        Assert.StartsWith("um890 may draw ", _output.ToString(), StringComparison.Ordinal);
    }

    public void Dispose()
    {
        _output.Dispose();
        _errors.Dispose();
    }

    private Task<int> RunAsync(RunningAggregator aggregator, params string[] args)
    {
        var root = new RootCommand();
        var caller = new FleetCaller(_output, _errors, name => name == "HOMELAB_URL" ? aggregator.Http.ToString() : null);
        caller.AddTo(root);
        new BudgetCommands(caller, TerminalStyle.Plain, TimeZoneInfo.Utc).AddTo(root);
        return root.Parse(args).InvokeAsync();
    }
}
