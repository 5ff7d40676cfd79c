using Homelab.Aggregator.Budgeting;

namespace Homelab.Aggregator.Configuration;

/// <summary>What groups, classes and nodes must hold together.</summary>
internal static class BudgetTreeRules
{
    public static IEnumerable<ConfigProblem> Check(AggregatorOptions options, string origin)
    {
        var groups = options.Groups.SelectMany(WithInner).ToList();
        foreach (var twice in groups.Select(group => group.Name).Append(AggregatorOptions.FleetName).GroupBy(name => name).Where(same => same.Count() > 1))
            yield return new ConfigProblem(origin, "budget.groups", $"two groups are called '{twice.Key}'", twice.Key == AggregatorOptions.FleetName ? "The whole fleet has that name; choose another" : "Give each its own name");
        foreach (var lost in options.Schedules.Where(schedule => !schedule.Limits.Keys.All(name => name == AggregatorOptions.FleetName || groups.Exists(group => group.Name == name))))
            yield return new ConfigProblem(origin, "budget.schedules", $"schedule '{lost.Name}' is for a group that is not there", "Name one of budget.groups, or leave group out for the whole fleet");
        foreach (var twice in groups.SelectMany(group => group.Members).GroupBy(member => member).Where(same => same.Count() > 1))
            yield return new ConfigProblem(origin, "budget.groups", $"node '{twice.Key}' is in several groups", "Name it in the innermost only; the groups around that one count it too");
        foreach (var twice in groups.Where(group => group.Cluster.Length > 0).GroupBy(group => group.Cluster).Where(same => same.Count() > 1))
            yield return new ConfigProblem(origin, "budget.groups", $"several groups are the cluster '{twice.Key}'", "Name it in the innermost only; the groups around that one count its nodes too");
        var kubernetes = options.Kubernetes;
        foreach (var lost in groups.Where(group => group.Cluster.Length > 0))
        {
            if (!kubernetes.Enabled)
                yield return new ConfigProblem(origin, "budget.groups", $"'{lost.Name}' is the cluster '{lost.Cluster}', and no cluster is looked at", "Set kubernetes.enabled: true, or list the nodes");
            else if (!kubernetes.Contexts.IsEmpty && !kubernetes.Contexts.Contains(lost.Cluster) && lost.Cluster != kubernetes.ClusterName)
                yield return new ConfigProblem(origin, "budget.groups", $"'{lost.Name}' is the cluster '{lost.Cluster}', which is not there", $"There is {string.Join(", ", kubernetes.Contexts.Append(kubernetes.ClusterName))}");
        }
        foreach (var full in groups.Where(group => group.Unmanaged >= group.Limit))
            yield return new ConfigProblem(origin, "budget.groups", $"{full.Unmanaged} unmanaged in '{full.Name}' leave nothing of {full.Limit}", "Write less than the group's watts");
        foreach (var twice in options.Classes.GroupBy(each => each.Name).Where(same => same.Count() > 1))
            yield return new ConfigProblem(origin, "classes", $"two classes are called '{twice.Key}'", "Give each its own name");
        if (options.Classes.Sum(each => each.Guarantee) > 1)
            yield return new ConfigProblem(origin, "classes", "the guarantees are more than 1 together", "Write shares of the watts above the floors; 0.15 is a good one for the lowest class");
    }

    private static IEnumerable<BudgetGroup> WithInner(BudgetGroup group) => group.Groups.SelectMany(WithInner).Prepend(group);
}
