using Homelab.NodeAgent;
using Homelab.NodeAgent.Cli;
using Homelab.NodeAgent.Configuration;
using Homelab.NodeAgent.Diagnostics;
using Homelab.NodeAgent.Sampling;
using Homelab.NodeAgent.Sensors;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;

// Arguments, then configuration, then one command. Time counts from here.
try
{
    var clock = new MonotonicClock(TimeProvider.System);
    var line = CommandLine.Parse(args);
    var environment = ProcessEnvironment.Read();
    var terminal = ProcessEnvironment.Terminal(line.Options.GetValueOrDefault("color", "auto"), environment);
    if (line.WantsHelp)
    {
        terminal.Out.Write(Usage.Help(line.Command));
        return ExitCode.Ok;
    }
    if (line.Error is { } error)
    {
        terminal.Error.WriteLine($"homelab-agent: {error}; try 'homelab-agent --help'");
        return ExitCode.Usage;
    }
    if (line.Command == "version")
    {
        terminal.Out.WriteLine(AgentVersion.Line);
        return ExitCode.Ok;
    }

    var files = new PosixFiles();
    var config = AgentConfig.Load(new ConfigInputs
    {
        File = line.Options.GetValueOrDefault("config"),
        Flags = line.Settings(),
        Environment = environment,
        Sources = [.. SensorCatalog.Sources().Select(s => s.Name)],
        HostName = root => HostMachine.Name(new HostRoot(root, files)),
    });
    if (line.Command == "config check")
        return ConfigCommand.Check(config, terminal);
    if (line.Command == "config print")
        return ConfigCommand.Print(config, terminal);
    // A machine must be releasable whatever else is wrong.
    if (line.Command == "release")
        return ReleaseCommand.Run(config.Options, new HostRoot(config.Options.HostRoot, files), terminal);
    if (config.HasErrors && line.Command != "doctor")
    {
        ConfigCommand.Report(config.Problems, terminal);
        if (line.Command == "run" && config.SaysHowToHold)
            await RunCommand.HoldAsync(new Composition(config.Options, files, clock, ProcessEnvironment.Log(config.Options.LogLevel, environment)), clock);
        return ExitCode.Usage;
    }
    if (line.Command == "limiters")
        return LimitersCommand.Run(line, config.Options, new Composition(config.Options, files, clock, NullLogger.Instance), terminal);

    ILogger log = line.Command == "run" ? ProcessEnvironment.Log(config.Options.LogLevel, environment) : NullLogger.Instance;
    using var notifier = new SystemdNotifier(environment, Environment.ProcessId, clock, log);
    var parts = new Composition(config.Options, files, clock, log);
    using var signals = new Signals(log, notifier.Stopping, parts.Self.Tell);
    var code = line.Command switch
    {
        "run" => await RunCommand.RunAsync(config, parts, notifier, clock, terminal, log, signals.Stopping),
        "pods" => await PodsCommand.RunAsync(line, config.Options.Node.Value, parts, terminal, clock.Time, signals.Stopping),
        "sensors" => await SensorsCommand.RunAsync(line, config.Options.Node.Value, parts, terminal, clock.Time, signals.Stopping),
        _ => await DoctorCommand.RunAsync(config, parts, clock, terminal, signals.Stopping),
    };
    return signals.WasInterrupted ? ExitCode.Interrupted : code;
}
catch (IOException)
{
    // Whoever read our output has gone (`sensors | head`). Files and sockets answer for themselves.
    return ExitCode.Failure;
}
