using System.Collections;
using System.Collections.Immutable;
using System.CommandLine;
using Homelab.Aggregator.Configuration;
using Homelab.Aggregator.KubeApi;
using Homelab.Aggregator.Kubernetes;
using Homelab.Aggregator.Labels;

namespace Homelab.Aggregator.Cli;

/// <summary><c>k8s preview</c> asks the aggregator; <c>k8s clean</c> goes to the clusters itself, so that it works when the aggregator is gone.</summary>
/// <param name="random">From 0 to less than 1.</param>
internal sealed class KubernetesCommands(
    FleetCaller caller, TextWriter output, TextWriter errors, IDictionary environment, TerminalStyle style, TimeProvider time, Func<double> random)
{
    public void AddTo(RootCommand root) =>
        root.Subcommands.Add(new Command("k8s", "Show what Kubernetes nodes are told, or take it off them") { Preview(), Clean() });

    private Command Preview()
    {
        var command = new Command("preview", "Show what would change on the nodes, and why it does not yet") { caller.Format };
        command.SetAction((parsed, cancelled) => caller.AskAsync(
            parsed, (client, cancel) => client.KubernetesAsync(cancel), document => KubernetesView.Preview(document, style), _ => ExitCode.Ok, cancelled));
        return command;
    }

    private Command Clean()
    {
        var dryRun = new Option<bool>("--dry-run") { Description = "Only say what would go" };
        var contexts = new Option<string[]>("--context") { Description = "Only this cluster (default: all of the configuration)", HelpName = "NAME" };
        var command = new Command("clean", "Take every label, annotation, taint, condition and resource of ours off the nodes; stop the aggregator first") { dryRun, contexts };
        var config = new ConfigOptions();
        config.AddTo(command);
        command.SetAction((parsed, cancelled) => CleanAsync(config.Load(parsed, environment), parsed.GetValue(contexts) ?? [], parsed.GetValue(dryRun), cancelled));
        return command;
    }

    private async Task<int> CleanAsync(LoadedConfig config, string[] contexts, bool isDry, CancellationToken cancelled)
    {
        foreach (var problem in config.Problems)
            await errors.WriteLineAsync(problem.ToString());
        if (!config.Problems.IsEmpty)
            return ExitCode.Usage;
        var options = config.Options.Kubernetes;
        // A context that the configuration does not list can be cleaned too.
        var listed = ClusterPlan.Of(options, Variable, time);
        var unlisted = contexts.Where(name => listed.All(plan => plan.Name != name)).ToImmutableArray();
        var plans = contexts.Length == 0 ? listed
            : [.. listed.Where(plan => contexts.Contains(plan.Name)), .. unlisted.IsEmpty ? [] : ClusterPlan.Of(options with { InCluster = false, Contexts = unlisted }, Variable, time)];
        var exit = ExitCode.Ok;
        foreach (var plan in plans)
            exit = Math.Max(exit, await CleanAsync(plan, ClusterPlan.Policy(options).Prefix, isDry, cancelled));
        return exit;
    }

    private async Task<int> CleanAsync(ClusterPlan plan, LabelPrefix prefix, bool isDry, CancellationToken cancelled)
    {
        var access = plan.Open();
        if (!access.IsOk)
        {
            await errors.WriteLineAsync($"{plan.Name}: {access.Status.Message}");
            return ExitCode.Usage;
        }
        using var client = new KubeClient(access.Value, new KubeClientOptions { RequestsPerSecond = 20, Burst = 50 }, time, random);
        var cleaned = await new NodeCleaning(client, prefix, time, random).RunAsync(isDry, cancelled);
        if (!cleaned.IsOk)
        {
            await errors.WriteLineAsync($"{plan.Name}: {cleaned.Status}");
            return cleaned.Status.Outcome is KubeOutcome.Unreachable or KubeOutcome.TimedOut ? ExitCode.Unreachable : ExitCode.Failure;
        }
        foreach (var node in cleaned.Value)
        {
            foreach (var item in node.Gone)
                await output.WriteLineAsync($"{plan.Name}/{node.Node}: {item.Kind} {item.Key} {(isDry ? "would go" : "is gone")}");
            foreach (var item in node.Left)
                await errors.WriteLineAsync($"{plan.Name}/{node.Node}: {item.Kind} {item.Key} stays: {node.Problem}");
        }
        if (cleaned.Value.IsEmpty)
            await output.WriteLineAsync($"{plan.Name}: nothing of ours under {prefix} is on its nodes");
        return cleaned.Value.All(node => node.Left.IsEmpty) ? ExitCode.Ok : ExitCode.Failure;
    }

    private string? Variable(string name) => environment[name] as string;
}
