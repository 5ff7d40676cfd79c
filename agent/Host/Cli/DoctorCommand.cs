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
        await sampler.PassAsync().ConfigureAwait(false);
        try
        {
            await Task.Delay(BetweenLooks, clock.Time, cancellation).ConfigureAwait(false);
        }
        catch (OperationCanceledException)
        {
            return ExitCode.Interrupted;
        }
        var sample = await sampler.PassAsync().ConfigureAwait(false);
        var seen = new Examination(config, parts.Machine, HostMachine.IsReplay(parts.Root), sample, await probing.ConfigureAwait(false))
        {
            Limiters = SeenLimiter.All(config.Options, parts.Root),
            OtherWriters = OtherWriters.Running(parts.Root),
        };
        var report = DoctorReport.Of(seen, terminal);
        await terminal.Out.WriteAsync(report.Text).ConfigureAwait(false);
        return report.Fixable > 0 ? ExitCode.BadState : ExitCode.Ok;
    }

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
