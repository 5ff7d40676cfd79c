using System.Text;
using Homelab.NodeAgent.Sampling;

namespace Homelab.NodeAgent.Cli;

/// <summary><c>sensors</c>: every sensor once, or each second.</summary>
internal static class SensorsCommand
{
    private static readonly TimeSpan Pace = TimeSpan.FromSeconds(1);

    /// <summary>Between the two looks that a first table needs: rates and watts from counters have none after one.</summary>
    private static readonly TimeSpan Glance = TimeSpan.FromMilliseconds(250);

    public static async Task<int> RunAsync(CommandLine line, string node, Composition parts, Terminal terminal, TimeProvider time, CancellationToken cancellation)
    {
        using var sampler = parts.Sampler(rawCounters: true, parts.Calibration().Desk);
        var isJson = line.Options.GetValueOrDefault("output") == "json";
        var isWatch = line.Has("watch");
        try
        {
            var sample = await sampler.FirstLookAsync(cancellation).ConfigureAwait(false);
            // JSON is what the files say now, the same for the same files; a table is for people, who want the watts.
            if (!isJson)
            {
                await Task.Delay(Glance, time, cancellation).ConfigureAwait(false);
                sample = await sampler.PassAsync().ConfigureAwait(false);
            }
            Write(node, sample, isJson, isWatch, terminal);
            while (isWatch)
            {
                await Task.Delay(Pace, time, cancellation).ConfigureAwait(false);
                Write(node, await sampler.PassAsync().ConfigureAwait(false), isJson, isWatch, terminal);
            }
            return ExitCode.Ok;
        }
        catch (OperationCanceledException)
        {
            return ExitCode.Interrupted;
        }
    }

    private static void Write(string node, NodeSample sample, bool isJson, bool isWatch, Terminal terminal)
    {
        // Off a terminal each table follows the last; on one it takes its place.
        if (isWatch && !isJson && terminal.IsInteractive)
            terminal.Out.Write("\e[H\e[2J");
        terminal.Out.Write(isJson
            ? Encoding.UTF8.GetString(SensorsJson.Render(node, sample, isIndented: !isWatch).Span)
            : SensorsTable.Render(node, sample, terminal));
        terminal.Out.Flush();
    }
}
