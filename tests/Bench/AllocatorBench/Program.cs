using System.Globalization;
using Homelab.Aggregator.Budgeting;
using Homelab.Aggregator.Budgeting.Bench;

// Each line: what, how many nodes, the median of many runs, and the goal. Exit code 1 when a goal is missed.
var isMet = true;
foreach (var (nodes, groups, goal) in ((int, int, double)[])[(16, 0, 5), (16, 3, 5), (1_000, 0, 500), (10_000, 0, 5_000), (10_000, 40, 5_000)])
{
    var question = BenchFleet.Question(nodes, groups);
    isMet &= Tell("allocation", nodes, groups, Median(() => BudgetAllocator.Allocate(question), nodes), goal);
}
foreach (var nodes in (int[])[16, 1_000, 10_000])
{
    var fleet = new BenchFleet(nodes);
    Tell("whole round", nodes, 0, Median(fleet.Round, nodes), null);
}
return isMet ? 0 : 1;

static double Median(Action run, int nodes)
{
    var (batch, samples) = (Math.Max(1, 4_000 / nodes), new double[nodes > 5_000 ? 31 : 201]);
    for (var warm = 0; warm < (nodes > 5_000 ? 10 : 40) * batch; warm++)
        run();
    for (var sample = 0; sample < samples.Length; sample++)
    {
        var start = TimeProvider.System.GetTimestamp();
        for (var i = 0; i < batch; i++)
            run();
        samples[sample] = TimeProvider.System.GetElapsedTime(start).TotalMicroseconds / batch;
    }
    Array.Sort(samples);
    return samples[samples.Length / 2];
}

static bool Tell(string what, int nodes, int groups, double microseconds, double? goal)
{
    var figure = microseconds.ToString("0.00", CultureInfo.InvariantCulture);
    Console.WriteLine($"{what,-12} {nodes,6} nodes {groups,3} groups {figure,10} µs{(goal is { } most ? $"   goal {most} µs: {(microseconds <= most ? "met" : "MISSED")}" : "")}");
    return goal is null || microseconds <= goal;
}
