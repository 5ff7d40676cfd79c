using System.Collections.Immutable;
using System.Globalization;
using Homelab.Units;

namespace Homelab.Aggregator.Simulation.Scenarios;

/// <summary>The nodes of a scenario file. What an entry leaves out is as usual for its kind of actuator.</summary>
internal static class NodeFields
{
    private const int MostNodes = 10_000;

    public static ImmutableArray<SimulatedNode> Read(Fields root, string path, Func<string, string> readTrace, List<ScenarioProblem> problems)
    {
        var nodes = ImmutableArray.CreateBuilder<SimulatedNode>();
        var names = new HashSet<NodeName>();
        foreach (var fields in root.Children("nodes", ScenarioKeys.Node))
        {
            var word = fields.Required("name", "rk1");
            var count = (int)fields.Number("count", 1, 1, MostNodes);
            var model = Model(fields, path, readTrace, problems);
            for (var i = 1; i <= count; i++)
            {
                var text = fields.Has("count") ? $"{word}-{i.ToString(CultureInfo.InvariantCulture)}" : word;
                if (!NodeName.TryParse(text, out var name))
                    fields.Complain("name", $"'{text}' is not a node name", "Write lower-case letters, digits, '-' and '.'");
                else if (!names.Add(name))
                    fields.Complain("name", $"there are two nodes '{text}'", "Give each its own name");
                else
                    nodes.Add(model with { Name = name });
            }
        }
        if (nodes.Count == 0)
            root.Complain("nodes", "there is no node", "Write at least one '- name: …' below 'nodes:'");
        return nodes.ToImmutable();
    }

    /// <summary>The nodes that an entry names; a name with a count stands for all of its nodes.</summary>
    public static ImmutableArray<NodeName> Names(Fields fields, ImmutableArray<SimulatedNode> nodes)
    {
        var found = ImmutableArray.CreateBuilder<NodeName>();
        foreach (var text in fields.Texts("nodes"))
        {
            var members = nodes.Where(node => node.Name.Value == text || IsOneOf(text, node.Name.Value)).Select(node => node.Name).ToArray();
            if (members.Length == 0)
                fields.Complain("nodes", $"there is no node '{text}'", "Name nodes of this scenario");
            found.AddRange(members);
        }
        return found.ToImmutable();
    }

    /// <summary>Meters and limiters without any error, and an agent that knows it.</summary>
    public static SimulatedNode Exact(SimulatedNode node) =>
        node with { MeterError = 0, MeterNoise = 0, ActuatorError = 0, WorkloadError = 0, Uncertainty = 0 };

    private static bool IsOneOf(string text, string name) =>
        name.Length > text.Length + 1 && name.StartsWith(text, StringComparison.Ordinal) && name[text.Length] == '-' && name.AsSpan(text.Length + 1).IndexOfAnyExceptInRange('0', '9') < 0;

    private static SimulatedNode Model(Fields fields, string path, Func<string, string> readTrace, List<ScenarioProblem> problems)
    {
        var usual = Usual((ActuatorKind)fields.Word("actuator", (int)ActuatorKind.Rapl, ScenarioKeys.Actuators));
        var idle = fields.Watts("idle", null);
        var ceiling = fields.Watts("ceiling", null);
        var enforceable = fields.Watts("enforceableFloor", fields.Has("floor") ? fields.Watts("floor", null) : idle);
        var floor = fields.Watts("floor", enforceable);
        if (idle > enforceable || enforceable > ceiling || idle >= ceiling)
            fields.Complain("enforceableFloor", $"{idle} idle, {enforceable} enforceable floor and {ceiling} ceiling do not ascend", "Write idle ≤ enforceableFloor ≤ ceiling");
        if (floor < enforceable || floor > ceiling)
            fields.Complain("floor", $"{floor} is not between the enforceable floor and the ceiling", "Write a cap that the node can be held to");
        return usual with
        {
            Idle = idle,
            Ceiling = ceiling,
            EnforceableFloor = enforceable,
            Floor = floor,
            Steps = Steps(fields, enforceable, ceiling),
            DeadTime = fields.Time("deadTime", usual.DeadTime),
            Lag = fields.Time("lag", usual.Lag),
            MeterWindow = fields.Time("meterWindow", usual.MeterWindow),
            MeterError = fields.Number("meterError", usual.MeterError, 0, 1),
            MeterNoise = fields.Number("meterNoise", usual.MeterNoise, 0, 1),
            ActuatorError = fields.Number("actuatorError", usual.ActuatorError, 0, 1),
            WorkloadError = fields.Number("workloadError", usual.WorkloadError, 0, 1),
            Uncertainty = fields.Number("uncertainty", usual.Uncertainty, 0, 1),
            PriorityClass = fields.Text("class", ""),
            Weight = fields.Number("weight", 1, 0.001, 1000),
            Trace = fields.Has("trace") ? TraceFile.Read(fields, path, idle, ceiling, readTrace, problems) : null,
        };
    }

    /// <summary>A number: so many even parts of the range. A list: the caps themselves.</summary>
    private static ImmutableArray<Power> Steps(Fields fields, Power floor, Power ceiling)
    {
        var texts = fields.Texts("steps");
        var watts = ImmutableArray.CreateBuilder<Power>();
        foreach (var text in texts)
        {
            if (double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out var number) && number is > 0 and <= 1e6)
                watts.Add(Power.FromWatts(number));
            else
                fields.Complain("steps", $"'{text}' is not a number of watts", "Write a list of watts, or how many even steps there are");
        }
        if (texts.Length != 1 || watts.Count != 1)
            return [.. watts.Order()];
        var parts = (int)Math.Clamp(watts[0].Watts, 1, 1000);
        return [.. Enumerable.Range(0, parts + 1).Select(i => floor + ((ceiling - floor) * (i / (double)parts)))];
    }

    private static SimulatedNode Usual(ActuatorKind kind)
    {
        var node = new SimulatedNode
        {
            Name = default,
            Actuator = kind,
            Idle = Power.Zero,
            Ceiling = Power.Zero,
            EnforceableFloor = Power.Zero,
            Floor = Power.Zero,
            DeadTime = TimeSpan.FromMilliseconds(20),
            MeterWindow = TimeSpan.FromMilliseconds(500),
            MeterError = 0.01,
        };
        return kind switch
        {
            ActuatorKind.Rapl => node with { Lag = TimeSpan.FromMilliseconds(400), ActuatorError = 0.005, Uncertainty = 0.01 },
            ActuatorKind.Freq => node with { Lag = TimeSpan.FromMilliseconds(150), ActuatorError = 0.02, WorkloadError = 0.04, Uncertainty = 0.02 },
            ActuatorKind.FreqEstimated => node with { Lag = TimeSpan.FromMilliseconds(100), MeterError = 0.10, ActuatorError = 0.08, WorkloadError = 0.04, Uncertainty = 0.10 },
            ActuatorKind.Gpu or ActuatorKind.AmdGpu => node with
            {
                DeadTime = TimeSpan.FromMilliseconds(300),
                Lag = TimeSpan.FromMilliseconds(600),
                MeterWindow = TimeSpan.FromSeconds(1),
                MeterError = 0.02,
                ActuatorError = 0.005,
                Uncertainty = 0.01,
            },
            _ => node,
        };
    }
}
