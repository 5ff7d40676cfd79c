using Homelab.NodeAgent.Capping;
using Homelab.NodeAgent.Cli;
using Homelab.NodeAgent.Configuration;
using Homelab.NodeAgent.Enforcement;

namespace Homelab.NodeAgent.Tests.Enforcement;

/// <summary>Enforcement on files: the real limiters, state folder and lock, on a machine built for the test.</summary>
public sealed class CapControlTests : IDisposable
{
    private const string ShortTerm = RaplMachine.Zone + "constraint_1_power_limit_uw";

    private readonly RaplMachine _machine = new(
        (RaplMachine.Zone + "energy_uj", "1000\n"),
        (RaplMachine.Zone + "constraint_0_time_window_us", "27983872\n"),
        (RaplMachine.Zone + "constraint_1_name", "short_term\n"),
        (ShortTerm, "60000000\n"),
        ("/proc/sys/kernel/random/boot_id", "3f2b9a64-1c0e-4a53-9d8e-0a7b5c6d7e8f\n"));

    public void Dispose() => _machine.Dispose();

    [Fact]
    public async Task Open_AGrant_IsWrittenToTheFilesAndTheOriginalsToTheDisk()
    {
        using var caps = Open();
        await GrantAsync(caps);
        Assert.Equal(20_000_000, _machine.Held);
        Assert.Contains(Directory.EnumerateFiles(_machine.State), f => f.Contains("originals.3f2b9a64", StringComparison.Ordinal));
        Assert.Equal((CapResult.Ok, 22.0), (caps.Board.Current.Status.Result, caps.Board.Current.Status.Effective!.Value.Watts));
    }

    [Fact]
    public async Task Open_AfterKill_GoesToTheSafeShareAndKnowsTheOriginals()
    {
        using (var killed = Open())
            await GrantAsync(killed);
        using (var again = Open())
        {
            Assert.Equal(LeaseStanding.Safe, again.Board.Current.Status.Standing);
            await again.Loop!.LookAroundAsync();
            await again.Loop.StepAsync();
            // The safe share of 15.5 W less the base of 2 W, and not below what the processor takes: 30 % of 45 W.
            Assert.Equal(13_500_000, _machine.Held);
        }
        Assert.Equal(ExitCode.Ok, Release(out var said));
        Assert.Equal((45_000_000, "60000000"), (_machine.Held, _machine.Read(ShortTerm)));
        Assert.Contains(RaplMachine.Limit, said, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Release_WhileAnAgentRuns_RefusesWithTheFix()
    {
        using var caps = Open();
        await GrantAsync(caps);
        Assert.Equal(ExitCode.BadState, Release(out var said));
        Assert.Contains("systemctl stop homelab-agent", said, StringComparison.Ordinal);
        Assert.Equal(20_000_000, _machine.Held);
    }

    [Fact]
    public async Task Release_OfAHeldNode_SaysThatTheAggregatorStillCountsOnTheSafeShare()
    {
        using (var caps = Open())
            await GrantAsync(caps);
        Assert.Equal(ExitCode.Ok, Release(out var said));
        Assert.Contains("the aggregator has not been told", said, StringComparison.Ordinal);
        Assert.Contains("its safe share of 15.5 W", said, StringComparison.Ordinal);
        Assert.Contains("homelab forget n1", said, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Release_Twice_FindsNothingLeftAndForgetsTheSafeShare()
    {
        using (var caps = Open())
            await GrantAsync(caps);
        Assert.Equal(ExitCode.Ok, Release(out _));
        Assert.Equal(ExitCode.Ok, Release(out var said));
        Assert.Contains("nothing to release", said, StringComparison.Ordinal);
        Assert.DoesNotContain("aggregator", said, StringComparison.Ordinal);
        using var again = Open();
        Assert.Equal(LeaseStanding.None, again.Board.Current.Status.Standing);
    }

    [Fact]
    public async Task Open_TwoAgentsOnOneMachine_TheSecondOnlyObserves()
    {
        using var first = Open();
        using var second = Open();
        Assert.Null(second.Loop);
        Assert.Contains("another homelab-agent", second.Board.Current.Span.Detail, StringComparison.Ordinal);
        await GrantAsync(first);
        Assert.Equal(20_000_000, _machine.Held);
    }

    [Fact]
    public async Task Open_EnforcementSwitchedOffAfterAKill_RestoresOriginals()
    {
        using (var killed = Open())
            await GrantAsync(killed);
        using var caps = Open(enforces: false);
        Assert.Equal(45_000_000, _machine.Held);
        Assert.Null(caps.Loop);
        Assert.Equal((false, CapResult.Observing), (caps.Board.Current.Span.IsEnforcing, caps.Board.Current.Status.Result));
        Assert.Equal(("rapl:package-0", false), (caps.Board.Current.Limiters[0].Name, caps.Board.Current.Limiters[0].IsAllowed));
    }

    [Fact]
    public void Open_EnforcementOff_WritesNothingAnywhere()
    {
        using var caps = Open(enforces: false);
        Assert.Empty(Directory.EnumerateFileSystemEntries(_machine.State));
        Assert.Equal(45_000_000, _machine.Held);
    }

    [Fact]
    public async Task Open_StateFolderMissing_ObservesAndSaysWhy()
    {
        using var caps = Open(folder: "/nowhere/at/all");
        Assert.Null(caps.Loop);
        Assert.Contains("/nowhere/at/all", caps.Board.Current.Status.Detail, StringComparison.Ordinal);
        await Task.CompletedTask;
    }

    [Fact]
    public void LimitersTable_OfAMachine_NamesStateAndRange()
    {
        var seen = SeenLimiter.All(new AgentOptions { Enforces = true }, _machine.Host.Root);
        var text = LimitersCommand.Table(seen, true, new Terminal(TextWriter.Null, TextWriter.Null, false, false));
        Assert.Contains("rapl:package-0", text, StringComparison.Ordinal);
        Assert.Contains("13.5 W to 45.0 W", text, StringComparison.Ordinal);
        Assert.Contains("yes", text, StringComparison.Ordinal);
        Assert.Contains("\"effective\": 45000000", System.Text.Encoding.UTF8.GetString(LimitersCommand.Json("n1", seen).Span), StringComparison.Ordinal);
    }

    private CapControl Open(bool enforces = true, string? folder = null) => _machine.Open(enforces, folder);

    private static Task GrantAsync(CapControl caps) => RaplMachine.GrantAsync(caps, watts: 22, safe: 15.5);

    private int Release(out string said)
    {
        var text = new StringWriter();
        var code = ReleaseCommand.Run(new AgentOptions { StatePath = _machine.State, Node = Homelab.Units.NodeName.Parse("n1") }, _machine.Host.Root, new Terminal(text, text, false, false));
        said = text.ToString();
        return code;
    }
}
