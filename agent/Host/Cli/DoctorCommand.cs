using System.Security.Cryptography;
using Homelab.NodeAgent.Configuration;
using Homelab.NodeAgent.Enforcement;
using Homelab.NodeAgent.Sampling;
using Homelab.NodeAgent.Uplink;

namespace Homelab.NodeAgent.Cli;

/// <summary><c>doctor</c>: looks at everything twice, a second apart, and says what it found. Changes nothing.</summary>
internal static class DoctorCommand
{
    private static readonly TimeSpan BetweenLooks = TimeSpan.FromSeconds(1);

    public static async Task<int> RunAsync(AgentConfig config, Composition parts, MonotonicClock clock, Terminal terminal, CancellationToken cancellation)
    {
        using var sampler = parts.Sampler(rawCounters: true, parts.Calibration().Desk, config.Options.Attributes);
        var probing = Task.WhenAll(config.Options.Aggregators.Select(aggregator => ProbeAsync(aggregator, parts, clock, cancellation)));
        try
        {
            await sampler.FirstLookAsync(cancellation).ConfigureAwait(false);
            await Task.Delay(BetweenLooks, clock.Time, cancellation).ConfigureAwait(false);
        }
        catch (OperationCanceledException)
        {
            return ExitCode.Interrupted;
        }
        var sample = await sampler.PassAsync().ConfigureAwait(false);
        var report = DoctorReport.Of(Examine(config, parts, sample, await probing.ConfigureAwait(false)), terminal);
        await terminal.Out.WriteAsync(report.Text).ConfigureAwait(false);
        return report.Fixable > 0 ? ExitCode.BadState : ExitCode.Ok;
    }

    /// <param name="config">Options and their problems.</param>
    /// <param name="parts">Of the machine.</param>
    /// <param name="sample">After two passes.</param>
    /// <param name="probes">One for each configured aggregator.</param>
    public static Examination Examine(AgentConfig config, Composition parts, NodeSample sample, IReadOnlyList<ProbeResult> probes) =>
        new(config, parts.Machine, HostMachine.IsReplay(parts.Root), sample, probes)
        {
            Model = parts.Model,
            Limiters = parts.Limiters(),
            OtherWriters = OtherWriters.Running(parts.Root),
        };

    private static async Task<ProbeResult> ProbeAsync(Uri aggregator, Composition parts, MonotonicClock clock, CancellationToken cancellation)
    {
        try
        {
            using var channel = parts.Channel(aggregator);
            return await AggregatorProbe.AskAsync(channel, clock, cancellation).ConfigureAwait(false);
        }
        catch (CryptographicException error)
        {
            return new ProbeResult(false, TimeSpan.Zero, error.Message);
        }
    }
}
