using System.CommandLine;
using Homelab.Aggregator.Api;

namespace Homelab.Aggregator.Cli;

/// <summary>The commands about the budget: <c>budget …</c>, <c>why</c> and <c>forget</c>. What changes something is an order to the running aggregator.</summary>
/// <param name="zone">Times are shown in it.</param>
internal sealed class BudgetCommands(FleetCaller caller, TerminalStyle style, TimeZoneInfo zone)
{
    private const int MostLines = 200;

    public void AddTo(RootCommand root)
    {
        var budget = new Command("budget", "Show the budget, or change it for a time") { Show(), Set(), Clear(), Mode(), History(), Battery() };
        root.Subcommands.Add(budget);
        root.Subcommands.Add(Why());
        root.Subcommands.Add(Forget());
    }

    private Command Show()
    {
        var command = new Command("show", "Show the budget tree and what each node may draw") { caller.Format };
        command.SetAction((parsed, cancelled) => caller.AskAsync(parsed, (client, cancel) => client.BudgetAsync(cancel), state => BudgetView.State(state, style, zone), _ => ExitCode.Ok, cancelled));
        return command;
    }

    private Command Set()
    {
        var watts = new Argument<double>("watts") { Description = "What the fleet, or the group, may draw" };
        var lasts = new Option<string>("--for") { Description = "How long it holds: 30m, 2h, 1d", HelpName = "DURATION", Required = true };
        var group = Group("Level of the budget tree (default: the fleet)");
        var command = new Command("set", "Override the budget for a time; it outlives a restart") { watts, lasts, group, caller.Format };
        command.SetAction((parsed, cancelled) => OrderAsync(parsed, (client, cancel) =>
            client.OverrideAsync(new OverrideRequest(parsed.GetValue(watts), parsed.GetValue(lasts), parsed.GetValue(group)), cancel), cancelled));
        return command;
    }

    private Command Clear()
    {
        var group = Group("Only this level's (default: all)");
        var command = new Command("clear", "End overrides: the configured budget holds again") { group, caller.Format };
        command.SetAction((parsed, cancelled) => OrderAsync(parsed, (client, cancel) => client.ClearOverrideAsync(parsed.GetValue(group) ?? "", cancel), cancelled));
        return command;
    }

    private Command Mode()
    {
        var mode = new Argument<string>("mode") { Description = "observe, label or cap" };
        mode.AcceptOnlyFromAmong("observe", "label", "cap");
        var yes = new Option<bool>("--yes") { Description = "Do it; without this it only says what would happen" };
        var command = new Command("mode", "Switch between observing and holding the nodes") { mode, yes, caller.Format };
        command.SetAction((parsed, cancelled) => OrderAsync(parsed, (client, cancel) => client.ModeAsync(new ModeRequest(parsed.GetValue(mode), parsed.GetValue(yes)), cancel), cancelled));
        return command;
    }

    private Command Battery()
    {
        var supply = new Argument<string>("supply") { Description = "on: the fleet runs on battery; off: on mains" };
        supply.AcceptOnlyFromAmong("on", "off");
        var command = new Command("battery", "Say that a UPS runs the fleet from its battery, for the hook of a UPS monitor") { supply, caller.Format };
        command.SetAction((parsed, cancelled) => OrderAsync(parsed, (client, cancel) => client.SupplyAsync(new SupplyRequest(parsed.GetValue(supply) == "on"), cancel), cancelled));
        return command;
    }

    private Command History()
    {
        var node = new Option<string>("--node") { Description = "Only this node's", HelpName = "NODE" };
        var since = Since("1h");
        var command = new Command("history", "Show what was decided and why") { node, since, caller.Format };
        command.SetAction((parsed, cancelled) => caller.AskAsync(parsed, (client, cancel) => client.DecisionsAsync(parsed.GetValue(node) ?? "", parsed.GetValue(since)!, MostLines, cancel),
            decisions => BudgetView.History(decisions, zone), _ => ExitCode.Ok, cancelled));
        return command;
    }

    private Command Why()
    {
        var node = new Argument<string>("node") { Description = "Name of the node" };
        var since = Since("24h");
        var command = new Command("why", "Say in words why a node is held as it is") { node, since };
        command.SetAction(async (parsed, cancelled) =>
        {
            NodeBudgetDocument? stands = null;
            return await caller.AskAsync(parsed, async (client, cancel) =>
            {
                var name = parsed.GetValue(node)!;
                stands = (await client.BudgetAsync(cancel)).Document?.Nodes.FirstOrDefault(each => each.Name == name);
                return await client.DecisionsAsync(name, parsed.GetValue(since)!, WhyView.MostLines, cancel);
            }, decisions => WhyView.Text(parsed.GetValue(node)!, stands, decisions, zone), decisions => stands is null && decisions.Decisions.Count == 0 ? ExitCode.NotFound : ExitCode.Ok, cancelled);
        });
        return command;
    }

    private Command Forget()
    {
        var node = new Argument<string>("node") { Description = "Name of the node" };
        var command = new Command("forget", "Free what is reserved for a node that is gone for good or switched off") { node, caller.Format };
        command.SetAction((parsed, cancelled) => OrderAsync(parsed, (client, cancel) => client.ForgetAsync(parsed.GetValue(node)!, cancel), cancelled));
        return command;
    }

    private Task<int> OrderAsync(ParseResult parsed, Func<FleetClient, CancellationToken, Task<Answer<OrderDocument>>> order, CancellationToken cancelled) =>
        caller.AskAsync(parsed, order, BudgetView.Order, done => done.Applied && !done.Stored ? ExitCode.Failure : ExitCode.Ok, cancelled);

    private static Option<string> Group(string meaning) => new("--group") { Description = meaning, HelpName = "GROUP" };

    private static Option<string> Since(string fallback) => new("--since") { Description = "How far back: 30m, 2h, 7d", HelpName = "DURATION", DefaultValueFactory = _ => fallback };
}
