using System.Collections.Immutable;
using System.Globalization;
using Homelab.Aggregator.Budgeting;
using Homelab.Aggregator.Orders;
using Homelab.Units;

namespace Homelab.Aggregator.Configuration;

/// <summary>What came of reading the parts of the configuration that are lists or trees.</summary>
internal sealed record BudgetSettings(
    AggregatorOptions Options, IReadOnlyList<ConfigValue> Effective, IReadOnlyList<ConfigProblem> Problems, IReadOnlyList<ConfigProblem> Warnings);

/// <summary>Reads <c>budget.schedules</c>, <c>budget.groups</c>, <c>classes</c> and <c>nodes</c>; every mistake in them is told at once.</summary>
internal static class BudgetSections
{
    private const string WattsFix = "Write watts above 0, e.g. 50";
    private const string NameFix = "Write a short name, e.g. tp2";

    private static readonly string[] Starts = ["budget.schedules[", "budget.groups[", "classes[", "nodes."];

    private static readonly string[] Days = ["sun", "mon", "tue", "wed", "thu", "fri", "sat"];

    /// <summary>Whether a key of the file belongs here.</summary>
    public static bool Owns(string key) =>
        Starts.Any(start => key.StartsWith(start, StringComparison.OrdinalIgnoreCase));

    public static string Meaning(string key) => key.Split('.', '[')[0] switch
    {
        "classes" => "Priority classes, highest first",
        "nodes" => "What the operator says of one node",
        "kubernetes" => "Which Kubernetes node an agent's machine is",
        _ => key.StartsWith("budget.schedules", StringComparison.OrdinalIgnoreCase) ? "Another fleet budget for some hours" : "A level of the budget tree",
    };

    public static BudgetSettings Read(IReadOnlyList<ConfigValue> values, AggregatorOptions options)
    {
        var findings = new ConfigFindings();
        var (top, budget) = (new ConfigSection("", values, findings), new ConfigSection("budget", values, findings));
        var classes = top.Sections("classes").Select(Class).ToImmutableArray();
        options = options with
        {
            Schedules = [.. budget.Sections("schedules").Select(Schedule).OfType<BudgetSchedule>()],
            Groups = [.. budget.Sections("groups").Select(Group).OfType<BudgetGroup>()],
            Classes = classes.IsEmpty ? options.Classes : classes,
            Nodes = Nodes(values, findings, classes),
        };
        foreach (var problem in BudgetTreeRules.Check(options, budget.Origin))
            findings.Add(problem);
        var unknown = values.Where(value => !findings.Used.Contains(value))
            .Select(value => new ConfigProblem(value.Origin, value.Key, "no such setting, ignored", "See packaging/config/aggregator.yaml for what a group, schedule, class or node may say"));
        return new BudgetSettings(options, values, findings.Problems, [.. unknown]);
    }

    private static PriorityClass Class(ConfigSection section)
    {
        var name = section.Text("name");
        if (name.Length == 0)
            section.Missing("name", "Write a short name, e.g. batch");
        var guarantee = section.Value<double>("guarantee", "Write a share from 0 to 1, e.g. 0.15", text => ConfigKeys.Number(text) is >= 0 and <= 1 and var share ? share : null);
        return new PriorityClass(name, guarantee ?? 0);
    }

    private static BudgetSchedule? Schedule(ConfigSection section)
    {
        var days = DaysOf(section);
        var (from, to) = (Time(section, "from"), Time(section, "to"));
        var watts = Watts(section, "watts", isRequired: true);
        return from is { } start && to is { } end && watts is { } limit && !days.IsEmpty
            ? new BudgetSchedule(section.Text("name", section.Path), days, start, end, ImmutableSortedDictionary<string, Power>.Empty.Add(section.Text("group", AggregatorOptions.FleetName), limit))
            : null;
    }

    private static BudgetGroup? Group(ConfigSection section)
    {
        var name = section.Text("name");
        if (name.Length == 0)
            section.Missing("name", NameFix);
        var watts = Watts(section, "watts", isRequired: true);
        var device = section.Value<BudgetDevice>("device", "Write energy, breaker, psu or ups", ConfigKeys.Device);
        var isHard = section.Value<bool>("strictness", "Write hard or bounded, or leave it out", text => text switch { "hard" => true, "bounded" => false, _ => null });
        var groups = section.Sections("groups").Select(Group).OfType<BudgetGroup>().ToImmutableArray();
        var unmanaged = Watts(section, "unmanaged", isRequired: false) ?? Power.Zero;
        var members = Members(section);
        var cluster = section.Text("cluster");
        if (cluster.Length > 0 && !KubernetesKeys.IsClusterName(cluster))
            section.Wrong("cluster", $"'{cluster}' can not name a cluster", "Write a context of kubernetes.contexts or kubernetes.clusterName");
        return watts is not { } limit ? null : new BudgetGroup
        {
            Name = name,
            Limit = limit,
            Unmanaged = unmanaged,
            Device = device ?? BudgetDevice.Energy,
            IsHard = isHard,
            Groups = groups,
            Members = members,
            Cluster = cluster,
        };
    }

    private static ImmutableArray<NodeName> Members(ConfigSection section)
    {
        var members = ImmutableArray.CreateBuilder<NodeName>();
        foreach (var text in section.Items("nodes"))
        {
            if (NodeName.TryParse(text, out var name))
                members.Add(name);
            else
                section.Wrong("nodes", $"'{text}' is not a node name", "Write lower-case DNS names, e.g. [rk1-1, rk1-2]");
        }
        return members.ToImmutable();
    }

    private static ImmutableSortedDictionary<NodeName, NodeSettings> Nodes(IReadOnlyList<ConfigValue> values, ConfigFindings findings, ImmutableArray<PriorityClass> classes)
    {
        var nodes = ImmutableSortedDictionary.CreateBuilder<NodeName, NodeSettings>();
        // A node's name may hold dots, a setting's does not.
        foreach (var path in values.Where(value => value.Key.StartsWith("nodes.", StringComparison.OrdinalIgnoreCase)).Select(value => value.Key[..value.Key.LastIndexOf('.')]).Distinct())
        {
            var section = new ConfigSection(path, values, findings);
            if (path.Length <= "nodes.".Length || !NodeName.TryParse(path["nodes.".Length..], out var name))
                continue;
            nodes[name] = Node(section, classes);
        }
        return nodes.ToImmutable();
    }

    private static NodeSettings Node(ConfigSection section, ImmutableArray<PriorityClass> classes)
    {
        var priority = section.Text("class");
        if (priority.Length > 0 && classes.All(each => each.Name != priority))
            section.Wrong("class", $"there is no class '{priority}'", "List it under classes, highest first");
        var weight = section.Value<double>("weight", "Write a number above 0, e.g. 3", text => ConfigKeys.Number(text) is > 0 and <= 1e6 and var number ? number : null);
        var (floor, ceiling) = (Watts(section, "floor", isRequired: false), Watts(section, "ceiling", isRequired: false));
        if (floor > ceiling)
            section.Wrong("floor", $"{floor} is above the ceiling of {ceiling}", "Write a floor below the ceiling");
        var host = section.Text("host");
        if (host.Length > 0 && (host.Length > 63 || !NodeName.TryParse(host, out _)))
            section.Wrong("host", $"'{host}' can not name a machine", "Write one lower-case name for all nodes of one machine, e.g. nas");
        return new NodeSettings(priority, weight ?? 0, floor, ceiling, host);
    }

    private static Power? Watts(ConfigSection section, string name, bool isRequired)
    {
        if (isRequired && section.Items(name).IsEmpty)
            section.Missing(name, WattsFix);
        return section.Value<Power>(name, isRequired ? WattsFix : "Write watts, 0 or more, e.g. 6",
            text => ConfigKeys.Watts(text) is { } watts && (!isRequired || watts > Power.Zero) ? watts : null);
    }

    private static TimeOnly? Time(ConfigSection section, string name)
    {
        const string Fix = "Write a time of day, e.g. \"17:00\"";
        if (section.Items(name).IsEmpty)
            section.Missing(name, Fix);
        return section.Value<TimeOnly>(name, Fix, text => text == "24:00" ? TimeOnly.MinValue
            : TimeOnly.TryParseExact(text, ["HH:mm", "H:mm"], CultureInfo.InvariantCulture, DateTimeStyles.None, out var time) ? time : null);
    }

    /// <summary><c>daily</c>, <c>mon-fri</c>, <c>sat</c>, or a list of them; every day when nothing is said.</summary>
    private static ImmutableArray<DayOfWeek> DaysOf(ConfigSection section)
    {
        var words = section.Items("days");
        var days = new SortedSet<DayOfWeek>();
        foreach (var word in words.IsEmpty ? ["daily"] : words)
        {
            var ends = word.Trim().ToLowerInvariant() is "daily" ? ["sun", "sat"] : word.Trim().ToLowerInvariant().Split('-');
            var (first, last) = (Array.IndexOf(Days, ends[0]), Array.IndexOf(Days, ends[^1]));
            if (first < 0 || last < 0 || ends.Length > 2)
            {
                section.Wrong("days", $"'{word}' is not a day", "Write daily, mon-fri or a list such as [sat, sun]");
                return [];
            }
            for (var day = first; ; day = (day + 1) % 7)
            {
                days.Add((DayOfWeek)day);
                if (day == last)
                    break;
            }
        }
        return [.. days];
    }
}
