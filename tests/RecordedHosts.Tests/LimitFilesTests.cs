using System.Globalization;

namespace Homelab.RecordedHosts.Tests;

/// <summary>A fake agent writes, the machine answers as its kernel would.</summary>
public sealed class LimitFilesTests : IDisposable
{
    private const string Msr = "sys/class/powercap/intel-rapl:0";
    private const string Mmio = "sys/class/powercap/intel-rapl-mmio:0";
    private const string Policy4 = "sys/devices/system/cpu/cpufreq/policy4";

    private readonly string _root = Directory.CreateTempSubdirectory("limit-files-").FullName;

    public void Dispose() => Directory.Delete(_root, recursive: true);

    [Fact]
    public void Read_Nuc_HasEveryDoorOfItsPackage()
    {
        var files = Open("nuc11");
        var limits = files.Read(Machine("nuc11"));
        Assert.Equal([40.0, 64, 40, 64], limits.Powers.Select(limit => limit.Power.Watts));
        Assert.Equal(4, limits.Powers.Select(limit => limit.Name).Distinct().Count());
        // 28 s of window against 2.4 ms.
        Assert.Equal([11.19, 0.1, 11.19, 0.1], limits.Powers.Select(limit => Math.Round(limit.Lag.TotalSeconds, 2)));
    }

    [Theory]
    [InlineData("15000000", 15_000_000)]
    [InlineData("15062499", 15_000_000)]
    [InlineData("15124999", 15_000_000)]
    [InlineData("0", 0)]
    [InlineData("-1", 40_000_000)]
    public void Read_RaplLimitWritten_IsKeptInEighthsOfAWatt(string written, long kept)
    {
        var files = Open("nuc11");
        Write($"{Msr}/constraint_0_power_limit_uw", written);
        Assert.Equal(kept, files.Read(Machine("nuc11")).Powers[0].Power.Microwatts);
        Assert.Equal(kept, Number($"{Msr}/constraint_0_power_limit_uw"));
    }

    [Fact]
    public void Read_ZoneDisabled_ItsLimitsAreGone()
    {
        var files = Open("nuc11");
        Write($"{Msr}/enabled", "0");
        Assert.All(files.Read(Machine("nuc11")).Powers, limit => Assert.Contains("mmio", limit.Name, StringComparison.Ordinal));
        Write($"{Msr}/enabled", "2");
        Assert.Equal(2, files.Read(Machine("nuc11")).Powers.Length);
        Assert.Equal(0, Number($"{Msr}/enabled"));
    }

    [Theory]
    [InlineData("1000000", 999_424)]
    [InlineData("28000000", 27_983_872)]
    [InlineData("2500", 2_440)]
    [InlineData("0", 27_983_872)]
    public void Read_WindowWritten_IsRoundedAsTheRegisterHasIt(string written, long kept)
    {
        var files = Open("nuc11");
        Write($"{Msr}/constraint_0_time_window_us", written);
        _ = files.Read(Machine("nuc11"));
        Assert.Equal(kept, Number($"{Msr}/constraint_0_time_window_us"));
    }

    [Fact]
    public void Read_ShortWindow_ShortLag()
    {
        var files = Open("nuc11");
        Write($"{Mmio}/constraint_0_time_window_us", "999424");
        Assert.Equal(0.4, files.Read(Machine("nuc11")).Powers[2].Lag.TotalSeconds, 0.01);
    }

    [Theory]
    [InlineData("1999999", 1_800_000)]
    [InlineData("2016000", 2_016_000)]
    [InlineData("9999999", 2_304_000)]
    [InlineData("1", 408_000)]
    public void Read_FrequencyWritten_IsRoundedDownToAnOperatingPoint(string written, long kept)
    {
        var files = Open("rk1");
        Write($"{Policy4}/scaling_max_freq", written);
        Assert.Equal([1_800_000, kept, 2_304_000], files.Read(Machine("rk1")).MaximumKilohertz.AsEnumerable());
        Assert.Equal(kept, Number($"{Policy4}/scaling_max_freq"));
    }

    [Fact]
    public void Read_FrequencyBelowTheMinimum_StaysAtTheMinimum()
    {
        var files = Open("rk1");
        Write($"{Policy4}/scaling_min_freq", "1200000");
        _ = files.Read(Machine("rk1"));
        Write($"{Policy4}/scaling_max_freq", "600000");
        Assert.Equal(1_200_000, files.Read(Machine("rk1")).MaximumKilohertz[1]);
    }

    [Fact]
    public void Read_TurboOff_CeilingIsTheBaseFrequency()
    {
        var files = Open("nuc11");
        Write("sys/devices/system/cpu/intel_pstate/no_turbo", "1");
        Assert.All(files.Read(Machine("nuc11")).MaximumKilohertz, ceiling => Assert.Equal(2_800_000, ceiling));
    }

    [Theory]
    [InlineData("60000000", 60_000_000)]
    [InlineData("5000000", 120_000_000)]
    [InlineData("500000000", 120_000_000)]
    public void Read_MeterCapWritten_IsRefusedOutsideItsRange(string written, long kept)
    {
        Copy("um890");
        var chip = Directory.CreateDirectory(Path.Combine(_root, "sys/class/hwmon/hwmon9")).FullName;
        foreach (var (name, text) in ((string, string)[])[("name", "power_meter"), ("power1_cap", "120000000"), ("power1_cap_min", "20000000"), ("power1_cap_max", "200000000")])
            File.WriteAllText(Path.Combine(chip, name), text + "\n");
        var files = new LimitFiles(new HostTree(_root));
        Write("sys/class/hwmon/hwmon9/power1_cap", written);
        Assert.Equal(kept, Assert.Single(files.Read(Machine("um890")).Powers).Power.Microwatts);
        Assert.Equal(kept, Number("sys/class/hwmon/hwmon9/power1_cap"));
    }

    [Fact]
    public void Read_DevfreqCeilingWritten_IsClampedAnd0MeansTheHighest()
    {
        var files = Open("rk1");
        const string gpu = "sys/class/devfreq/fb000000.gpu/max_freq";
        var highest = Number(gpu);
        Write(gpu, "1");
        _ = files.Read(Machine("rk1"));
        Assert.Equal(Numbers("sys/class/devfreq/fb000000.gpu/available_frequencies").Min(), Number(gpu));
        Write(gpu, "0");
        _ = files.Read(Machine("rk1"));
        Assert.Equal(highest, Number(gpu));
    }

    private LimitFiles Open(string machine)
    {
        Copy(machine);
        return new LimitFiles(new HostTree(_root));
    }

    private void Copy(string machine)
    {
        Directory.Delete(_root);
        RecordedTree.Copy(Path.Combine(Recorded.Fixtures, machine), _root);
    }

    private MachineModel Machine(string machine) => MachineModel.For(machine, HostFiles.Clusters(new HostTree(_root)));

    private void Write(string path, string text) => File.WriteAllText(Path.Combine(_root, path), text + "\n");

    private long Number(string path) => Numbers(path).Single();

    private IEnumerable<long> Numbers(string path) => File.ReadAllText(Path.Combine(_root, path)).Split([' ', '\n'], StringSplitOptions.RemoveEmptyEntries)
        .Select(word => long.Parse(word, CultureInfo.InvariantCulture));
}
