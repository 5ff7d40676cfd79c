using System.Text;
using Homelab.Aggregator.Api;

namespace Homelab.Aggregator.Cli;

/// <summary>What the clusters are told, as tables. Pure.</summary>
internal static class KubernetesView
{
    public static string Preview(KubernetesDocument document, TerminalStyle style)
    {
        if (document.Role == "off")
            return "Kubernetes is not told anything: set kubernetes.enabled: true in the aggregator's configuration.\n";
        var text = new StringBuilder();
        Clusters(text, document, style);
        foreach (var node in document.Nodes.Where(node => node.Error.Length > 0))
            text.Append('\n').Append(style.State("in doubt: ", "elevated")).Append(node.Error).Append('\n');
        var lonely = document.Nodes.Where(node => node.Agent is null && node.Error.Length == 0).Select(node => $"{node.Cluster}/{node.Name}").ToList();
        if (lonely.Count > 0)
            text.Append("\nNo agent speaks for ").AppendJoin(", ", lonely).Append(".\n");
        if (document.UnmatchedAgents.Count > 0)
            text.Append("\nNo Kubernetes node is ").AppendJoin(", ", document.UnmatchedAgents).Append(".\n");
        text.Append('\n');
        if (document.Role == "standby")
            text.Append("Another aggregator leads; it has the plan.\n");
        else if (document.Plan.Count == 0)
            text.Append("The nodes carry all that they should.\n");
        else
            Plan(text, document, style);
        return text.ToString();
    }

    private static void Clusters(StringBuilder text, KubernetesDocument document, TerminalStyle style)
    {
        var rows = new List<TextTable.Cell[]> { new TextTable.Cell[] { "CLUSTER", "STATE", "NODES", "MATCHED", "WAITING", "ERROR" } };
        foreach (var cluster in document.Clusters)
        {
            rows.Add(
            [
                cluster.Name, new TextTable.Cell(cluster.State, style.State(cluster.State, cluster.State == "up" ? "ok" : "critical")),
                $"{cluster.Nodes}", $"{cluster.Matched}", $"{cluster.Waiting}", cluster.Error,
            ]);
        }
        TextTable.Append(text, rows, 2, 3, 4);
    }

    private static void Plan(StringBuilder text, KubernetesDocument document, TerminalStyle style)
    {
        var rows = new List<TextTable.Cell[]> { new TextTable.Cell[] { "NODE", "KIND", "KEY", "FROM", "TO", "WHEN" } };
        foreach (var line in document.Plan)
        {
            var when = line.HeldBack.Length == 0 ? "now" : line.HeldBack;
            rows.Add([$"{line.Cluster}/{line.Node}", line.Kind, line.Key, line.From ?? FigureText.Absent, line.To ?? FigureText.Absent, new TextTable.Cell(when, style.Dim(when))]);
        }
        TextTable.Append(text, rows);
    }
}
