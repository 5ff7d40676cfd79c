using System.Globalization;
using Homelab.NodeAgent.Actuators;
using Homelab.NodeAgent.Configuration;
using Homelab.NodeAgent.Enforcement;
using Homelab.Units;

namespace Homelab.NodeAgent.Cli;

/// <summary><c>release</c>: writes the original limits back and forgets the safe share. Not while an agent runs: it would take them back.</summary>
internal static class ReleaseCommand
{
    public static int Run(AgentOptions options, HostRoot root, Terminal terminal)
    {
        if (root.Files.List(options.StatePath, out _).Count == 0)
        {
            terminal.Out.WriteLine($"nothing to release: {options.StatePath} holds nothing; the service's folder is named by state.path");
            return ExitCode.Ok;
        }
        if (DiskState.TryOpen(root, options.StatePath, new PosixControlFiles(root), out var problem) is not { } state)
        {
            terminal.Error.WriteLine($"error: {problem}; fix: systemctl stop homelab-agent, then 'homelab-agent release' again");
            return ExitCode.BadState;
        }
        using (state)
            return Restore(state, options, terminal);
    }

    private static string Counted(Power? safeShare) =>
        safeShare is { } share ? string.Create(CultureInfo.InvariantCulture, $"its safe share of {share.Watts:0.0} W") : "its safe share";

    private static int Restore(DiskState state, AgentOptions options, Terminal terminal)
    {
        state.Restore(out var report);
        if (report.Problem is { } problem)
            terminal.Error.WriteLine("error: " + problem);
        foreach (var value in report.Restored)
            terminal.Out.WriteLine($"{terminal.Good("✔")} {value.Key}: {value.Text.Trim()}");
        foreach (var failure in report.Failures)
            terminal.Out.WriteLine($"{terminal.Bad("✘")} {failure.Why}");
        var memory = state.Memory;
        var unsaved = memory.SafeShare is null ? null : state.Save(memory with { SafeShare = null }, state.LearnedBase);
        if (unsaved is not null)
            terminal.Error.WriteLine($"error: the safe share stays remembered: {unsaved}");
        if (report.Restored.Count == 0 && report.Failures.Count == 0 && report.Problem is null)
            terminal.Out.WriteLine("nothing to release: no limit was changed since this machine started");
        // Who is silent counts as held to its safe share, which it is not any more.
        if (report.Restored.Count > 0 || memory.SafeShare is not null)
            terminal.Out.WriteLine(
                $"{terminal.Bad("!")} the aggregator has not been told: it may count this node at {Counted(memory.SafeShare)} and give the rest to others, until the agent runs again,"
                + $" or until you say 'homelab forget {options.Node}' of a node that is off or leaves the fleet");
        return report.Failures.Count > 0 || report.Problem is not null || unsaved is not null ? ExitCode.BadState : ExitCode.Ok;
    }
}
