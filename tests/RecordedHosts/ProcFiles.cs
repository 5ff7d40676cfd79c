using System.Globalization;
using System.Text;

namespace Homelab.RecordedHosts;

/// <summary>The moving files of <c>/proc</c>: use, pressure, load and uptime go on from what was recorded.</summary>
internal static class ProcFiles
{
    private const int TicksPerSecond = 100;

    public static IEnumerable<(string Path, Func<PlantState, string> Text)> Described(HostTree tree, MachineModel machine) =>
    [
        ("/proc/stat", Use(tree, machine)),
        ("/proc/uptime", Uptime(tree)),
        ("/proc/loadavg", LoadAverage(tree, machine)),
        ("/proc/pressure/cpu", CpuPressure(tree)),
    ];

    // cpu lines only grow; the other lines stay as recorded, which is valid: nothing else happened.
    private static Func<PlantState, string> Use(HostTree tree, MachineModel machine)
    {
        var lines = (tree.Text("/proc/stat") ?? "").Split('\n');
        var recorded = lines.Where(line => line.StartsWith("cpu", StringComparison.Ordinal) && !line.StartsWith("cpu ", StringComparison.Ordinal))
            .Select(line => line.Split(' ').Skip(1).Select(word => long.Parse(word, CultureInfo.InvariantCulture)).ToArray()).ToArray();
        var rest = string.Join('\n', lines.Where(line => !line.StartsWith("cpu", StringComparison.Ordinal)));
        var clusterOf = ClusterOfCpu(machine, recorded.Length);
        return state =>
        {
            var cpus = recorded.Select((start, cpu) => Advanced(start, clusterOf[cpu] is { } cluster ? state.Clusters[cluster].BusyTime : TimeSpan.Zero, state.Elapsed)).ToArray();
            var sum = Enumerable.Range(0, cpus.Length == 0 ? 0 : cpus[0].Length).Select(column => cpus.Sum(cpu => cpu[column]));
            var text = new StringBuilder("cpu  ").AppendJoin(' ', sum).Append('\n');
            for (var cpu = 0; cpu < cpus.Length; cpu++)
                text.Append(CultureInfo.InvariantCulture, $"cpu{cpu} ").AppendJoin(' ', cpus[cpu]).Append('\n');
            return text.Append(rest).ToString();
        };
    }

    // Four fifths of the work are user time, one fifth is the kernel's.
    private static long[] Advanced(long[] start, TimeSpan busy, TimeSpan elapsed)
    {
        var now = (long[])start.Clone();
        var work = (long)(busy.TotalSeconds * TicksPerSecond);
        now[0] += work * 4 / 5;
        now[2] += work - work * 4 / 5;
        now[3] += Math.Max(0, (long)(elapsed.TotalSeconds * TicksPerSecond) - work);
        return now;
    }

    private static int?[] ClusterOfCpu(MachineModel machine, int cpus)
    {
        var clusters = new int?[cpus];
        for (var i = 0; i < machine.Clusters.Length; i++)
        {
            foreach (var cpu in machine.Clusters[i].Cpus.Where(cpu => cpu < cpus))
                clusters[cpu] = i;
        }
        return clusters;
    }

    private static Func<PlantState, string> Uptime(HostTree tree)
    {
        var start = (tree.Text("/proc/uptime") ?? "0 0").Split(' ').Select(word => double.Parse(word, CultureInfo.InvariantCulture)).ToArray();
        return state =>
        {
            var idle = state.Elapsed.TotalSeconds - state.Clusters.Select(cluster => cluster.BusyTime.TotalSeconds).DefaultIfEmpty(0).Average();
            return string.Create(CultureInfo.InvariantCulture, $"{start[0] + state.Elapsed.TotalSeconds:F2} {start[1] + Math.Max(0, idle):F2}");
        };
    }

    private static Func<PlantState, string> LoadAverage(HostTree tree, MachineModel machine)
    {
        var tail = string.Join(' ', (tree.Text("/proc/loadavg") ?? "").Split(' ').Skip(3));
        var cpus = machine.Clusters.Sum(cluster => cluster.Cpus.Length);
        return state =>
        {
            var running = cpus * state.Clusters.Select(cluster => cluster.Busy).DefaultIfEmpty(0).Average();
            return string.Create(CultureInfo.InvariantCulture, $"{running:F2} {running * 0.9:F2} {running * 0.8:F2} {tail}");
        };
    }

    // The "full" line exists since kernel 5.13 and is zero for the system as a whole.
    private static Func<PlantState, string> CpuPressure(HostTree tree)
    {
        var recorded = tree.Text("/proc/pressure/cpu") ?? "";
        var start = recorded.Split('\n')[0].Split("total=") is [_, var total] ? long.Parse(total, CultureInfo.InvariantCulture) : 0;
        var full = recorded.Contains("full ", StringComparison.Ordinal) ? "\nfull avg10=0.00 avg60=0.00 avg300=0.00 total=0" : "";
        return state => string.Create(CultureInfo.InvariantCulture,
            $"some avg10={state.Pressure.Average10:F2} avg60={state.Pressure.Average60:F2} avg300={state.Pressure.Average300:F2} total={start + state.Pressure.Total.Ticks / 10}{full}");
    }
}
