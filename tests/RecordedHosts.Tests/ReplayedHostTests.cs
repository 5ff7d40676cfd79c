using System.Globalization;

namespace Homelab.RecordedHosts.Tests;

public sealed class ReplayedHostTests : IDisposable
{
    private const string Package = "sys/class/powercap/intel-rapl:0/energy_uj";

    private readonly string _out = Directory.CreateTempSubdirectory("recorded-hosts-").FullName;

    public void Dispose() => Directory.Delete(_out, recursive: true);

    [Fact]
    public void Advance_Um890_CountersMoveAsThePlantSays()
    {
        using var host = Open("um890", "um890");
        var before = Number("um890", Package);
        var idle = CpuFields("um890");
        for (var i = 0; i < 40; i++)
            host.Advance(TimeSpan.FromMilliseconds(250));
        Assert.Equal(before + host.State.Energy.Microjoules, Number("um890", Package));
        Assert.Equal(host.State.Power.Microwatts / 1000 * 1000, Number("um890", "sys/class/hwmon/hwmon3/power1_average"));
        Assert.Equal(host.State.Celsius * 1000, Number("um890", "sys/class/hwmon/hwmon2/temp1_input"), 126.0);
        Assert.InRange(CpuFields("um890").Sum() - idle.Sum(), 16 * 990, 16 * 1000);
        Assert.Equal("184223.77", Text("um890", "proc/uptime").Split(' ')[0]);
    }

    [Fact]
    public void Advance_Rk1_ZonesAndFrequenciesMove()
    {
        using var host = Open("rk1-1", "rk1");
        for (var i = 0; i < 400; i++)
            host.Advance(TimeSpan.FromMilliseconds(250));
        Assert.Equal(host.State.Clusters[1].Kilohertz, Number("rk1-1", "sys/devices/system/cpu/cpu5/cpufreq/scaling_cur_freq"));
        Assert.Equal(Number("rk1-1", "sys/class/thermal/thermal_zone0/temp"), Number("rk1-1", "sys/class/hwmon/hwmon0/temp1_input"));
        Assert.Equal(host.State.Celsius * 1000, Number("rk1-1", "sys/class/thermal/thermal_zone0/temp"), 500.0);
        Assert.DoesNotContain("full", Text("rk1-1", "proc/pressure/cpu"), StringComparison.Ordinal);
    }

    [Fact]
    public void Advance_LimitWritten_FrequencyObeys()
    {
        using var host = Open("pi4b", "pi4b");
        File.WriteAllText(Path.Combine(_out, "pi4b/sys/devices/system/cpu/cpufreq/policy0/scaling_max_freq"), "850000\n");
        for (var i = 0; i < 2000; i++)
        {
            host.Advance(TimeSpan.FromMilliseconds(250));
            Assert.InRange(host.State.Clusters[0].Kilohertz, 600000, 800000);
        }
    }

    [Fact]
    public void Advance_AgentLowersRapl_PowerAndCounterFollow()
    {
        using var host = Open("nuc11", "nuc11", new Steady(1));
        Advance(host, 3);
        Assert.InRange(host.State.Power.Watts, 38, 40.1);
        foreach (var zone in (string[])["intel-rapl/intel-rapl:0", "intel-rapl-mmio/intel-rapl-mmio:0"])
        {
            Write("nuc11", $"sys/devices/virtual/powercap/{zone}/constraint_0_time_window_us", "999424");
            Write("nuc11", $"sys/devices/virtual/powercap/{zone}/constraint_0_power_limit_uw", "18060000");
        }
        Advance(host, 3);
        Assert.Equal(18.0, host.State.Power.Watts, 0.2);
        Assert.Equal(18_000_000, Number("nuc11", "sys/class/powercap/intel-rapl:0/constraint_0_power_limit_uw"));
        var before = Number("nuc11", Package);
        Advance(host, 1);
        Assert.InRange(Number("nuc11", Package) - before, 17_000_000, 18_100_000);
    }

    [Fact]
    public void Count_BetweenMoves_OnlyRises()
    {
        using var host = Open("nuc11", "nuc11", new Steady(1));
        Advance(host, 1);
        Write("nuc11", "sys/class/powercap/intel-rapl:0/constraint_1_power_limit_uw", "8000000");
        var last = Number("nuc11", Package);
        for (var i = 0; i < 100; i++)
        {
            host.Count(TimeSpan.FromMilliseconds(49));
            var between = Number("nuc11", Package);
            host.Advance(TimeSpan.FromMilliseconds(50));
            Assert.True(between > last && Number("nuc11", Package) >= between);
            last = Number("nuc11", Package);
        }
    }

    [Fact]
    public void Advance_NoMatterWhen_EveryFileIsWhole()
    {
        using var host = Open("um890", "um890");
        for (var i = 0; i < 200; i++)
        {
            host.Advance(TimeSpan.FromSeconds(1));
            Assert.Matches(@"^\d+\n$", File.ReadAllText(Path.Combine(_out, "um890", Package)));
            Assert.Matches(@"^some avg10=\d+\.\d\d avg60=\d+\.\d\d avg300=\d+\.\d\d total=\d+\nfull [^\n]+\n$", File.ReadAllText(Path.Combine(_out, "um890/proc/pressure/cpu")));
        }
    }

    [Fact]
    public void Identify_TwoCopies_TwoBoots()
    {
        using var one = Open("rk1-1", "rk1");
        using var two = Open("rk1-2", "rk1");
        Assert.NotEqual(Text("rk1-1", "proc/sys/kernel/random/boot_id"), Text("rk1-2", "proc/sys/kernel/random/boot_id"));
        Assert.Equal("rk1-2", Text("rk1-2", "etc/hostname"));
    }

    [Fact]
    public void Copy_Links_StayInsideTheCopy()
    {
        using var host = Open("um890", "um890");
        Assert.Equal("0x1022", Text("um890", "sys/class/hwmon/hwmon2/device/vendor"));
        Assert.Equal("../../devices/virtual/powercap/intel-rapl/intel-rapl:0", new DirectoryInfo(Path.Combine(_out, "um890/sys/class/powercap/intel-rapl:0")).LinkTarget);
    }

    [Fact]
    public void Copy_ForeignFolder_IsLeftAlone()
    {
        Directory.CreateDirectory(Path.Combine(_out, "mine"));
        var failure = Assert.Throws<ReplayException>(() => RecordedTree.Copy(Path.Combine(Recorded.Fixtures, "pi4b"), Path.Combine(_out, "mine")));
        Assert.Contains("--out", failure.Message, StringComparison.Ordinal);
        Assert.True(Directory.Exists(Path.Combine(_out, "mine")));
    }

    [Fact]
    public void Copy_EarlierCopy_IsReplaced()
    {
        RecordedTree.Copy(Path.Combine(Recorded.Fixtures, "pi4b"), Path.Combine(_out, "pi4b"));
        File.WriteAllText(Path.Combine(_out, "pi4b/etc/left-over"), "");
        RecordedTree.Copy(Path.Combine(Recorded.Fixtures, "pi4b"), Path.Combine(_out, "pi4b"));
        Assert.False(File.Exists(Path.Combine(_out, "pi4b/etc/left-over")));
    }

    private ReplayedHost Open(string name, string machine, IDemand? demand = null)
    {
        var root = Path.Combine(_out, name);
        RecordedTree.Copy(Path.Combine(Recorded.Fixtures, machine), root);
        ReplayedHost.Identify(root, name, seed: 1);
        return new ReplayedHost(root, name, machine, instance: 0, demand ?? new Demand(1, name), speed: 1);
    }

    private static void Advance(ReplayedHost host, double seconds)
    {
        for (var i = 0; i < seconds * 20; i++)
            host.Advance(TimeSpan.FromMilliseconds(50));
    }

    private void Write(string name, string path, string text) => File.WriteAllText(Path.Combine(_out, name, path), text + "\n");

    private string Text(string name, string path) => File.ReadAllText(Path.Combine(_out, name, path)).Trim();

    private long Number(string name, string path) => long.Parse(Text(name, path), CultureInfo.InvariantCulture);

    private long[] CpuFields(string name) =>
        [.. Text(name, "proc/stat").Split('\n')[0].Split(' ', StringSplitOptions.RemoveEmptyEntries).Skip(1).Select(word => long.Parse(word, CultureInfo.InvariantCulture))];
}
