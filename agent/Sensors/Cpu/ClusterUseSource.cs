using System.Buffers.Text;
using System.Globalization;
using Homelab.Units;

namespace Homelab.NodeAgent.Sensors.Cpu;

/// <summary>How busy each frequency domain is, on processors whose domains hold several CPUs: big and little clusters.</summary>
/// <remarks>
/// Source: <c>/proc/stat</c>, one line for each CPU; <c>cpufreq/policy*/related_cpus</c>; <c>cpu*/cpu_capacity</c> (Documentation/scheduler/sched-capacity.rst).
/// Device <c>policyN</c> as of <c>cpufreq</c>: <c>utilization</c> = busy share of its CPUs since the last read; <c>weight</c> = its share of what the processor draws at full use.
/// The weight is capacity to the power of 1.5: capacities of 1024 and 397 with dynamic-power-coefficients of about 300 and 100 (RK3588's A76 and A55) lie on that curve.
/// </remarks>
internal sealed class ClusterUseSource : ISensorSource
{
    private const string Folder = "/sys/devices/system/cpu";
    private const int MostPolicies = 16;

    public string Name => "cluster";

    public Discovery Discover(HostRoot root)
    {
        var clusters = new List<Cluster>();
        var (isShared, total) = (false, 0.0);
        foreach (var (policy, _) in NumberedEntries.Of(root.List(Folder + "/cpufreq", out _), "policy"))
        {
            var cpus = Cpus(root.ReadLine($"{Folder}/cpufreq/{policy}/related_cpus") ?? "");
            var cluster = new Cluster(policy, cpus, Weight(root, cpus));
            clusters.Add(cluster);
            total += cluster.Weight;
            isShared |= Array.IndexOf(cpus, true) != Array.LastIndexOf(cpus, true);
        }
        if (!isShared || clusters.Count is < 2 or > MostPolicies || !(total > 0))
            return Discovery.Nothing(new Finding(FindingKind.Foreign, Folder + "/cpufreq", "", "No clusters of different clocks: the processor's use stands for all of it.", ""));
        var stat = new SharedFile(root, "/proc/stat", 16_384);
        var sensors = new List<ISensor>();
        foreach (var (policy, cpus, weight) in clusters)
        {
            sensors.Add(new ClusterUseSensor(new SensorInfo(Name, policy, "utilization", "", Quantity.Ratio, SensorShape.Gauge, stat.MachinePath), stat, cpus));
            sensors.Add(new FixedSensor(new SensorInfo(Name, policy, "weight", "", Quantity.Ratio, SensorShape.Limit, ""), (long)(weight / total * 1e6)));
        }
        return Discovery.Of(sensors);
    }

    private static bool[] Cpus(string related)
    {
        var cpus = new bool[256];
        foreach (var word in related.Split(' ', StringSplitOptions.RemoveEmptyEntries))
        {
            if (int.TryParse(word, NumberStyles.None, CultureInfo.InvariantCulture, out var cpu) && cpu < cpus.Length)
                cpus[cpu] = true;
        }
        return cpus;
    }

    private static double Weight(HostRoot root, bool[] cpus)
    {
        var weight = 0.0;
        for (var cpu = 0; cpu < cpus.Length; cpu++)
        {
            if (!cpus[cpu])
                continue;
            // Where the kernel tells no capacity, all are alike.
            var capacity = root.ReadInteger($"{Folder}/cpu{cpu.ToString(CultureInfo.InvariantCulture)}/cpu_capacity");
            weight += Math.Pow(capacity is > 0 and <= 1024 and var known ? known / 1024.0 : 1, 1.5);
        }
        return weight;
    }

    private sealed record Cluster(string Policy, bool[] Cpus, double Weight);

    private sealed class FixedSensor(SensorInfo info, long micros) : ISensor
    {
        public SensorInfo Info => info;

        public Reading Read() => Reading.Ok(micros);
    }
}

/// <summary>Busy share of some CPUs between two looks at <c>/proc/stat</c>.</summary>
internal sealed class ClusterUseSensor(SensorInfo info, SharedFile stat, bool[] cpus) : ISensor
{
    private readonly ReadFailure _failure = new(info.Path);
    private CpuTimes? _previous;
    private Reading _last = Reading.None(Quality.Unsupported, "needs two looks");
    private uint _used;

    public SensorInfo Info => info;

    public Reading Read()
    {
        var count = stat.Read(ref _used, out var text);
        if (count < 0)
            return _failure.Of(-count);
        if (!TrySum(text, cpus, out var now))
            return _failure.OfGarbage("lines of CPU times");
        var before = _previous;
        _previous = now;
        if (before is not { } earlier || now.Total <= earlier.Total)
            return _last;
        var busy = Math.Clamp(now.Busy - earlier.Busy, 0, now.Total - earlier.Total);
        return _last = Reading.Ok((long)((Int128)busy * 1_000_000 / (now.Total - earlier.Total)));
    }

    /// <summary>The times of the CPUs that are asked for and online; false when a line is no such line, or none of them is there.</summary>
    internal static bool TrySum(ReadOnlySpan<byte> text, ReadOnlySpan<bool> cpus, out CpuTimes sum)
    {
        Span<byte> plain = stackalloc byte[256];
        "cpu "u8.CopyTo(plain);
        sum = default;
        var found = false;
        while (text.StartsWith("cpu"u8))
        {
            var end = text.IndexOf((byte)'\n');
            var line = end < 0 ? text : text[..end];
            text = end < 0 ? default : text[(end + 1)..];
            if (!Utf8Parser.TryParse(line[3..], out int cpu, out var digits) || (uint)cpu >= (uint)cpus.Length || !cpus[cpu])
                continue;
            var fields = line[(3 + digits)..];
            if (fields.Length > plain.Length - 4)
                return false;
            fields.CopyTo(plain[4..]);
            if (!CpuTimes.TryParse(plain[..(4 + fields.Length)], out var times))
                return false;
            sum = new CpuTimes(sum.Busy + times.Busy, sum.Total + times.Total);
            found = true;
        }
        return found;
    }
}
