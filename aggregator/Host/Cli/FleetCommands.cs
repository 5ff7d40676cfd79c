using System.CommandLine;

namespace Homelab.Aggregator.Cli;

/// <summary>The commands that read a running aggregator: <c>status</c>, <c>nodes</c>, <c>node</c> and <c>top</c>.</summary>
internal sealed class FleetCommands(TextWriter output, TextWriter errors, TerminalStyle style, Func<string, string?> environment, TimeProvider time)
{
    private readonly Option<string> _aggregator = new("--aggregator") { Description = "Address of the aggregator (HOMELAB_URL)", HelpName = "URL", Recursive = true };
    private readonly Option<string> _format = Choice(new Option<string>("--output", "-o") { Description = "Form of the answer", DefaultValueFactory = _ => "table" }, "table", "json");

    public void AddTo(RootCommand root)
    {
        root.Options.Add(_aggregator);
        root.Subcommands.Add(Status());
        root.Subcommands.Add(Nodes());
        root.Subcommands.Add(Node());
        root.Subcommands.Add(Top());
    }

    private Command Status()
    {
        var exitCode = new Option<bool>("--exit-code") { Description = "Exit with 6 unless the fleet is ok" };
        var command = new Command("status", "Show the fleet against its budget") { _format, exitCode };
        command.SetAction((parsed, cancelled) => AskAsync(parsed, (client, cancel) => client.FleetAsync(cancel), fleet => FleetView.Status(fleet, style),
            fleet => parsed.GetValue(exitCode) && fleet.Power.State != "ok" ? ExitCode.BadState : ExitCode.Ok, cancelled));
        return command;
    }

    private Command Nodes()
    {
        var command = new Command("nodes", "List the nodes") { _format };
        command.SetAction((parsed, cancelled) => AskAsync(parsed, (client, cancel) => client.NodesAsync(cancel), nodes => FleetView.Nodes(nodes.Nodes, style), _ => ExitCode.Ok, cancelled));
        return command;
    }

    private Command Node()
    {
        var name = new Argument<string>("name") { Description = "Name of the node" };
        var command = new Command("node", "Show one node and all its readings") { name, _format };
        command.SetAction((parsed, cancelled) => AskAsync(parsed, (client, cancel) => client.NodeAsync(parsed.GetValue(name)!, cancel), detail => NodeView.Text(detail, style), _ => ExitCode.Ok, cancelled));
        return command;
    }

    private Command Top()
    {
        var command = new Command("top", "Follow the fleet; q or Ctrl-C ends it");
        command.SetAction(async (parsed, cancelled) =>
        {
            using var http = NewHttp();
            return ClientOf(parsed, http) is { } client ? await new TopScreen(client, output, errors, style, time).RunAsync(cancelled) : ExitCode.Usage;
        });
        return command;
    }

    private async Task<int> AskAsync<T>(
        ParseResult parsed, Func<FleetClient, CancellationToken, Task<Answer<T>>> ask, Func<T, string> show, Func<T, int> judge, CancellationToken cancelled)
        where T : class
    {
        using var http = NewHttp();
        if (ClientOf(parsed, http) is not { } client)
            return ExitCode.Usage;
        var answer = await ask(client, cancelled);
        if (answer.Document is not { } document)
        {
            await errors.WriteLineAsync(answer.Complaint);
            return answer.Exit;
        }
        await output.WriteAsync(parsed.GetValue(_format) == "json" ? answer.Json + "\n" : show(document));
        return judge(document);
    }

    private FleetClient? ClientOf(ParseResult parsed, HttpClient http)
    {
        var written = parsed.GetValue(_aggregator) ?? environment("HOMELAB_URL") ?? "";
        if (written.Length == 0)
            return new FleetClient(http, FleetClient.DefaultAddress);
        if (Uri.TryCreate(written.Contains("://", StringComparison.Ordinal) ? written : "http://" + written, UriKind.Absolute, out var address) && address.Scheme is "http" or "https")
            return new FleetClient(http, address);
        errors.WriteLine($"--aggregator: '{written}' is not an address. Write e.g. http://hub.lan:8765");
        return null;
    }

    private static HttpClient NewHttp() => new() { Timeout = TimeSpan.FromSeconds(10) };

    private static Option<string> Choice(Option<string> option, params string[] values)
    {
        option.AcceptOnlyFromAmong(values);
        return option;
    }
}
