using System.CommandLine;
using System.CommandLine.Help;
using Homelab.Aggregator;
using Homelab.Aggregator.Cli;
using Homelab.Aggregator.Prometheus;

var environment = Environment.GetEnvironmentVariables();
var style = TerminalStyle.Detect(Console.IsOutputRedirected, Environment.GetEnvironmentVariable);

var root = new RootCommand("Homelab fleet: how much power it draws, against what it may draw.");
new RunCommand(Console.Error, environment, TimeProvider.System).AddTo(root);
var caller = new FleetCaller(Console.Out, Console.Error, Environment.GetEnvironmentVariable);
caller.AddTo(root);
new FleetCommands(caller, Console.Out, Console.Error, style, TimeProvider.System).AddTo(root);
new BudgetCommands(caller, style, TimeProvider.System.LocalTimeZone).AddTo(root);
new KubernetesCommands(caller, Console.Out, Console.Error, environment, style, TimeProvider.System, AggregatorHost.NextShare).AddTo(root);
new ConfigCommands(Console.Out, Console.Error, environment).AddTo(root);
new SimulateCommand(Console.Out, Console.Error).AddTo(root);

var version = new Command("version", "Show the version");
version.SetAction(_ => Console.Out.WriteLine($"homelab-aggregator {SelfFacts.Version} ({SelfFacts.Platform})"));
root.Subcommands.Add(version);

// Without a verb there is nothing to do but to say what could be done.
root.SetAction(parsed => new HelpAction().Invoke(parsed));

var command = root.Parse(args);
if (command.Errors.Count > 0)
{
    foreach (var error in command.Errors)
        Console.Error.WriteLine(error.Message);
    Console.Error.WriteLine("Run it with --help to see what it takes.");
    return ExitCode.Usage;
}
// The server's own shutdown is bounded already, so the parser sets no limit of its own.
return await command.InvokeAsync(new InvocationConfiguration { ProcessTerminationTimeout = null });
