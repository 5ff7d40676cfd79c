using System.Collections.Immutable;
using Homelab.Aggregator.Budgeting;
using Homelab.Units;
using YamlDotNet.Core;
using YamlDotNet.RepresentationModel;

namespace Homelab.Aggregator.Simulation.Scenarios;

/// <summary>A scenario as read from YAML or JSON.</summary>
/// <param name="Scenario">Null when there are problems.</param>
internal sealed record ScenarioFile(Scenario? Scenario, ImmutableArray<ScenarioProblem> Problems)
{
    /// <summary>Steps of the plant times nodes; beyond it a run would need gigabytes.</summary>
    private const long MostSteps = 50_000_000;

    /// <param name="path">For messages.</param>
    /// <param name="readTrace">The text of a trace file as the scenario names it; throws <see cref="IOException"/> when there is none.</param>
    public static ScenarioFile Parse(string path, string text, Func<string, string> readTrace)
    {
        var problems = new List<ScenarioProblem>();
        try
        {
            var stream = new YamlStream();
            stream.Load(new StringReader(text));
            if (stream.Documents.Count == 1)
            {
                var scenario = new Reader(path, readTrace, problems).Read(stream.Documents[0].RootNode);
                return new ScenarioFile(problems.Count == 0 ? scenario : null, [.. problems]);
            }
            problems.Add(new ScenarioProblem(path, "", "the file holds no scenario, or several", "Write one YAML or JSON document"));
        }
        catch (YamlException failure)
        {
            problems.Add(new ScenarioProblem($"{path}:{failure.Start.Line}", "", $"neither YAML nor JSON: {failure.Message}", "Indent with spaces, and quote text that holds ': ' or '#'"));
        }
        catch (Exception failure) when (failure is ArgumentException or InvalidOperationException or FormatException or OverflowException or IndexOutOfRangeException)
        {
            // The scanner of YamlDotNet 16.3 trips over some broken files without saying where.
            problems.Add(new ScenarioProblem(path, "", "neither YAML nor JSON", "Indent with spaces, and quote text that holds ': ' or '#'"));
        }
        return new ScenarioFile(null, [.. problems]);
    }

    private sealed class Reader(string path, Func<string, string> readTrace, List<ScenarioProblem> problems)
    {
        public Scenario Read(YamlNode node)
        {
            var root = new Fields(path, "", node, ScenarioKeys.Root, problems);
            var budget = root.Child("budget", ScenarioKeys.Budget);
            if (budget is null)
                root.Complain("budget", "missing", "Write 'budget: { watts: 100 }'");
            var nodes = NodeFields.Read(root, path, readTrace, problems);
            var scenario = new Scenario
            {
                Name = root.Required("name", "homelab"),
                Description = root.Text("description", ""),
                Duration = root.Time("duration", TimeSpan.FromSeconds(900)),
                Budget = budget?.Watts("watts", null) ?? Power.Zero,
                Unmanaged = budget?.Watts("unmanaged", Power.Zero) ?? Power.Zero,
                Device = (BudgetDevice)(budget?.Word("device", (int)BudgetDevice.Psu, ScenarioKeys.Devices) ?? 0),
                Steps = budget is null ? [] : Steps(budget),
                Classes = [.. root.Children("classes", ScenarioKeys.Class).Select(one => new PriorityClass(one.Text("name", ""), one.Number("guarantee", 0, 0, 1)))],
                Groups = [.. root.Children("groups", ScenarioKeys.Group).Select(group => Group(group, nodes))],
                Nodes = root.Flag("exact", false) ? [.. nodes.Select(NodeFields.Exact)] : nodes,
                Demand = Demand(root.Child("demand", ScenarioKeys.Demand)),
                Link = Link(root.Child("link", ScenarioKeys.Link)),
                Faults = FaultFields.Read(root, nodes),
                OuterMeter = root.Child("meter", ScenarioKeys.Meter) is { } meter ? new OuterMeter(meter.Time("period", TimeSpan.FromSeconds(2)), meter.Number("error", 0.005, 0, 1), meter.Flag("hard", true)) : null,
            };
            Check(root, scenario);
            return scenario;
        }

        private static ImmutableArray<BudgetStep> Steps(Fields budget)
        {
            ImmutableArray<BudgetStep> steps = [.. budget.Children("steps", ScenarioKeys.Step).Select(step => new BudgetStep(step.Time("at", TimeSpan.Zero), step.Watts("watts", null)))];
            for (var i = 1; i < steps.Length; i++)
            {
                if (steps[i].At <= steps[i - 1].At)
                    budget.Complain("steps", "the times must ascend", "Sort the steps by 'at'");
            }
            return steps;
        }

        private static BudgetGroup Group(Fields group, ImmutableArray<SimulatedNode> nodes)
        {
            var members = NodeFields.Names(group, nodes);
            return new BudgetGroup
            {
                Name = group.Required("name", "turing-pi"),
                Limit = group.Watts("watts", null),
                Unmanaged = group.Watts("unmanaged", Power.Zero),
                Device = (BudgetDevice)group.Word("device", (int)BudgetDevice.Psu, ScenarioKeys.Devices),
                IsHard = group.Has("mode") ? group.Word("mode", 0, ScenarioKeys.Modes) == 0 : null,
                Members = members,
                Groups = [.. group.Children("groups", ScenarioKeys.Group).Select(inner => Group(inner, nodes))],
            };
        }

        private static BurstDemand Demand(Fields? fields)
        {
            var usual = new BurstDemand();
            return fields is null ? usual : new BurstDemand
            {
                Correlation = fields.Number("correlation", usual.Correlation, 0, 1),
                FirstBurst = fields.Time("firstBurst", usual.FirstBurst),
                BurstEvery = fields.Time("burstEvery", usual.BurstEvery),
                FirstSwitch = fields.Time("firstSwitch", usual.FirstSwitch),
                Busy = fields.Time("busy", usual.Busy),
                Idle = fields.Time("idle", usual.Idle),
                BusyFrom = fields.Number("busyFrom", usual.BusyFrom, 0, 1),
                IdleFrom = fields.Number("idleFrom", usual.IdleFrom, 0, 1),
                IdleTo = fields.Number("idleTo", usual.IdleTo, 0, 1),
                Noise = fields.Number("noise", usual.Noise, 0, 1),
            };
        }

        private static LinkModel Link(Fields? fields)
        {
            var usual = new LinkModel();
            return fields is null ? usual : new LinkModel
            {
                Latency = fields.Time("latency", usual.Latency),
                Jitter = fields.Time("jitter", usual.Jitter),
                TailRatio = fields.Number("tailRatio", usual.TailRatio, 0, 1),
                Tail = fields.Time("tail", usual.Tail),
                Loss = fields.Number("loss", usual.Loss, 0, 1),
                ReportEvery = fields.Time("reportEvery", usual.ReportEvery),
                IsSpread = fields.Flag("spread", usual.IsSpread),
            };
        }

        private static void Check(Fields root, Scenario scenario)
        {
            if (scenario.Duration < TimeSpan.FromSeconds(1))
                root.Complain("duration", "shorter than a second", "Write e.g. 900s");
            if (scenario.Duration.TotalSeconds * 20 * Math.Max(1, scenario.Nodes.Length) > MostSteps)
                root.Complain("duration", "too long for so many nodes", $"Keep seconds × 20 × nodes below {MostSteps}");
            if (scenario.Budget <= Power.Zero && root.Has("budget"))
                root.Complain("budget", "the budget must be above zero", "Write e.g. 'watts: 100'");
        }
    }
}
