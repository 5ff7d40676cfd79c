using System.Collections;
using System.CommandLine;
using Homelab.Aggregator.Configuration;
using Homelab.Aggregator.Control;
using Homelab.Aggregator.Diagnostics;
using Homelab.Aggregator.Fleet;
using Homelab.Aggregator.Kubernetes;
using Microsoft.Extensions.Logging.Console;

namespace Homelab.Aggregator.Cli;

/// <summary><c>run</c>: serves until it is told to stop. Problems before that go to standard error, once.</summary>
internal sealed class RunCommand(TextWriter errors, IDictionary environment, TimeProvider time)
{
    public void AddTo(RootCommand root)
    {
        var command = new Command("run", "Serve agents, the page, the API and metrics");
        var options = new ConfigOptions();
        options.AddTo(command);
        command.SetAction((parsed, cancelled) => RunAsync(options.Load(parsed, environment), cancelled));
        root.Subcommands.Add(command);
    }

    private async Task<int> RunAsync(LoadedConfig config, CancellationToken cancelled)
    {
        foreach (var problem in config.Problems.Concat(config.Warnings))
            await errors.WriteLineAsync(problem.ToString());
        if (!config.Problems.IsEmpty)
            return ExitCode.Usage;
        try
        {
            using var storage = OpenStorage(config.Options.StoragePath);
            await ServeAsync(config.Options, storage, cancelled);
            return ExitCode.Ok;
        }
        catch (ConfigException failure)
        {
            return await FailAsync(failure.Message, ExitCode.Usage);
        }
        catch (IOException failure)
        {
            return await FailAsync(failure.Message, ExitCode.Failure);
        }
    }

    private static LedgerDirectory OpenStorage(string folder)
    {
        try
        {
            return new LedgerDirectory(folder);
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            throw new ConfigException($"storage.path {folder}: {failure.Message} Name a folder that this user may write and no other aggregator uses, with storage.path or --storage.", failure);
        }
    }

    private async Task ServeAsync(AggregatorOptions options, LedgerDirectory storage, CancellationToken cancelled)
    {
        using var manager = new ServiceNotifier(environment["NOTIFY_SOCKET"] as string);
        using var election = ElectionPlan.Of(options.Kubernetes, name => environment[name] as string, Environment.MachineName, time, AggregatorHost.NextShare);
        await using var app = AggregatorHost.Build(options, AggregatorStorage.Of(storage), time, LogToStandardError, election?.Candidacy);
        var control = app.Services.GetRequiredService<ControlLoop>();
        // The watchdog is fed by both loops: one that stands still is a restart.
        app.Services.GetRequiredService<FleetLoop>().Alive = () =>
        {
            if (control.Silence < ControlLoop.MostSilence)
                manager.Alive();
        };
        app.Lifetime.ApplicationStopping.Register(manager.Stopping);
        await app.StartAsync(cancelled);
        var (http, grpc) = AggregatorHost.Addresses(app);
        Diagnostics.Log.Serving(app.Logger, http, grpc, options.Budget.Watts, options.Mode.Word());
        manager.Ready($"page {http}, agents {grpc}");
        await app.WaitForShutdownAsync(cancelled);
    }

    private void LogToStandardError(ILoggingBuilder logs)
    {
        logs.AddConsole(console =>
        {
            console.FormatterName = LineFormatter.FormatterName;
            console.LogToStandardErrorThreshold = LogLevel.Trace;
        });
        logs.Services.AddSingleton<ConsoleFormatter>(new LineFormatter(environment["JOURNAL_STREAM"] is string { Length: > 0 }, time));
    }

    private async Task<int> FailAsync(string complaint, int exit)
    {
        await errors.WriteLineAsync(complaint);
        return exit;
    }
}
