using System.CommandLine;

namespace Homelab.Aggregator.Cli;

/// <summary>The commands that read a running aggregator: <c>status</c>, <c>nodes</c>, <c>node</c> and <c>top</c>.</summary>
internal sealed class FleetCommands(FleetCaller caller, TextWriter output, TextWriter errors, TerminalStyle style, TimeProvider time)
{
    public void AddTo(RootCommand root)
    {
        root.Subcommands.Add(Status());
        root.Subcommands.Add(Nodes());
        root.Subcommands.Add(Node());
        root.Subcommands.Add(Top());
    }

    private Command Status()
    {
        var exitCode = new Option<bool>("--exit-code") { Description = "Exit with 6 unless the fleet is ok" };
        var command = new Command("status", "Show the fleet against its budget") { caller.Format, exitCode };
        command.SetAction((parsed, cancelled) => caller.AskAsync(parsed, (client, cancel) => client.FleetAsync(cancel), fleet => FleetView.Status(fleet, style),
            fleet => parsed.GetValue(exitCode) && fleet.Power.State != "ok" ? ExitCode.BadState : ExitCode.Ok, cancelled));
        return command;
    }

    private Command Nodes()
    {
        var command = new Command("nodes", "List the nodes") { caller.Format };
        command.SetAction((parsed, cancelled) => caller.AskAsync(parsed, (client, cancel) => client.NodesAsync(cancel), nodes => FleetView.Nodes(nodes.Nodes, style), _ => ExitCode.Ok, cancelled));
        return command;
    }

    private Command Node()
    {
        var name = new Argument<string>("name") { Description = "Name of the node" };
        var command = new Command("node", "Show one node and all its readings") { name, caller.Format };
        command.SetAction((parsed, cancelled) => caller.AskAsync(parsed, (client, cancel) => client.NodeAsync(parsed.GetValue(name)!, cancel), detail => NodeView.Text(detail, style), _ => ExitCode.Ok, cancelled));
        return command;
    }

    private Command Top()
    {
        var command = new Command("top", "Follow the fleet; q or Ctrl-C ends it");
        command.SetAction(async (parsed, cancelled) =>
        {
            using var http = FleetCaller.NewHttp();
            return caller.ClientOf(parsed, http) is { } client ? await new TopScreen(client, output, errors, style, time).RunAsync(cancelled) : ExitCode.Usage;
        });
        return command;
    }
}
