using Homelab.NodeAgent.Cli;
using Homelab.NodeAgent.Configuration;
using Homelab.NodeAgent.Sampling;
using Homelab.NodeAgent.Sensors;
using Homelab.TestKit;
using Microsoft.Extensions.Logging.Abstractions;

namespace Homelab.NodeAgent.Tests.Cli;

/// <summary>What the doctor says of each recorded machine. The goldens show the whole of it; the named rows hold what must not get lost when goldens are written anew.</summary>
public sealed class RecordedDoctorTests
{
    private const string Modules = " | sudo tee /etc/modules-load.d/";

    public static TheoryData<string> Hosts() => [.. Directory.EnumerateDirectories(Folder("hosts")).Select(static path => Path.GetFileName(path)).Order(StringComparer.Ordinal)];

    [Theory]
    [MemberData(nameof(Hosts))]
    public async Task Doctor_RecordedHost_SaysTheGolden(string name)
    {
        using var host = FixtureHost.Recorded(name);

        Golden(Path.Combine(host.Path, "doctor.txt"), (await ExamineAsync(host, name)).Text);
    }

    [Fact]
    public async Task Doctor_RecordedNvidiaHost_SaysTheGolden()
    {
        using var host = FixtureHost.Of();
        FakeNvml.Recorded(host, ("0000:01:00.0", "geforce-rtx-4080-super"), ("0000:41:00.0", "l40s"), ("0000:81:00.0", "h100-mig"));

        var report = await ExamineAsync(host, "nvidia");

        Golden(Path.Combine(Folder("nvml"), "doctor.txt"), report.Text);
        Assert.Contains("nvidia@0000:81:00.0: MIG is on", report.Text, StringComparison.Ordinal);
        Assert.DoesNotContain("nvidia@0000:01:00.0: MIG is on", report.Text, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("um890", "power.remainder", "sudo modprobe nct6775", "fix:")]
    [InlineData("hp-t640", "by rapl-package, scope package", "power.remainder", "fix:")]
    [InlineData("haswell", "Kernels before 4.20 do not say how long work waits.", "measured (±5 %) by hwmon:power_meter, scope wall", "better:")]
    [InlineData("n100", "by rapl-psys, scope board", "no problems", "power.remainder")]
    [InlineData("nuc11", "by rapl-package, scope package", "power.remainder", "fix:")]
    [InlineData("n150", "The container runtime masks /sys/devices/virtual/powercap", "-v /sys:/host/sys:ro", "better:")]
    [InlineData("laptop", "by rapl-psys, scope board", "no problems", "modprobe")]
    [InlineData("laptop-battery", "by battery, scope board", "/proc/stat was not recorded", "fix:")]
    [InlineData("steamdeck", "No RAPL driver is loaded", "fix: sudo modprobe intel_rapl_msr", "coretemp")]
    [InlineData("rk1", "neither this module nor the Turing Pi's BMC measures its power", "±50 %) by model:turing-rk1, 2.85 W at rest to 15.00 W at full load", "fix:")]
    [InlineData("rk1", "i2c.monitors: ina226@BUS-0x40", "power.idle and power.peak", "Rockchip's own kernel")]
    [InlineData("rk1-mainline", "Mainline's driver of the NPU tells no load", "better: Rockchip's own kernel (5.10 or 6.1)", "fix:")]
    [InlineData("rk1-mainline", "neither this module nor the Turing Pi's BMC measures its power", "power.idle and power.peak", "debugfs")]
    [InlineData("pi4b", "no model before the Pi 5 measures its power", "by model:raspberry-pi-4", "fix:")]
    [InlineData("pi4b", "i2c.monitors: ina226@BUS-0x40", "power.idle and power.peak", "RAPL")]
    [InlineData("pi5", "USB, HATs, fan and the regulator's loss are not in it", "role=input", "fix:")]
    [InlineData("jetson", "better: add psi=1 to the kernel command line and reboot", "by hwmon:ina3221, scope board", "fix:")]
    [InlineData("procfs-powercap", "Servers in such a case mostly have a management controller, and no driver of one is loaded", "better: sudo modprobe -a ipmi_si ipmi_devintf", "nct6775")]
    [InlineData("pathological", "The container runtime masks", "This chip's folder can not be listed", "modprobe")]
    [InlineData("radeon", "by hwmon:amdgpu+gpu", "/proc/stat was not recorded", "fix:")]
    [InlineData("vega64", "neither a meter nor the processor's use was recorded", "no problems", "fix:")]
    [InlineData("intel-gpu", "neither a meter nor the processor's use was recorded", "no problems", "fix:")]
    [InlineData("pi5-ups-hat", "neither a meter nor the processor's use was recorded", "no problems", "fix:")]
    [InlineData("node-exporter", "by rapl-package, scope package", "power.remainder", "fix:")]
    public async Task Doctor_EachTree_NamesWhatIsMissingAndTheFix(string name, string what, string remedy, string noise)
    {
        using var host = FixtureHost.Recorded(name);

        var text = (await ExamineAsync(host, name)).Text;

        Assert.Contains(what, text, StringComparison.Ordinal);
        Assert.Contains(remedy, text, StringComparison.Ordinal);
        Assert.DoesNotContain(noise, text, StringComparison.Ordinal);
    }

    [Theory]
    [MemberData(nameof(Hosts))]
    public async Task Doctor_RecordedHost_TellsNothingOfOtherMachines(string name)
    {
        using var host = FixtureHost.Recorded(name);

        var lines = (await ExamineAsync(host, name)).Text.Split('\n');

        // A kind of hardware that this machine lacks has its name in one line and no line of its own.
        Assert.InRange(lines.Count(static line => line.StartsWith("– not here, or not needed: ", StringComparison.Ordinal)), 0, 1);
        Assert.DoesNotContain(lines, static line => line.Contains("This machine has no", StringComparison.Ordinal) || line.Contains("no Raspberry Pi", StringComparison.Ordinal));
        Assert.All(lines, static line => Assert.InRange(line.Length, 0, 400));
    }

    [Theory]
    [InlineData("n100")]
    [InlineData("um890")]
    [InlineData("laptop")]
    [InlineData("haswell")]
    public async Task Doctor_RootOnlyCounters_NamesTheFix(string name)
    {
        using var host = FixtureHost.Recorded(name);

        var report = await ExamineAsync(host, name, new ScriptedFiles().Fail("/energy_uj", Errno.Access));

        Assert.Contains("EACCES: Energy counters are readable by root only since CVE-2020-8694", report.Text, StringComparison.Ordinal);
        Assert.Contains("fix: run it by its systemd unit, which has CAP_DAC_READ_SEARCH, or as root; by hand: sudo setcap cap_dac_read_search+ep", report.Text, StringComparison.Ordinal);
        // Once, however many zones are shut; and what opens them makes other advice idle.
        Assert.Equal(1, report.Fixable);
        Assert.DoesNotContain("power.idle", report.Text, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("um890", "/sys/class/hwmon/hwmon2/name", "The processor's own thermometer has no driver here (k10temp).", "sudo modprobe k10temp && echo k10temp" + Modules + "k10temp.conf")]
    [InlineData("n100", "coretemp", "The processor's own thermometer has no driver here (coretemp).", "sudo modprobe coretemp && echo coretemp" + Modules + "coretemp.conf")]
    [InlineData("pi4b", "/sys/class/hwmon", "The alarm of a weak supply has no driver here (rpi_volt).", "sudo modprobe raspberrypi-hwmon")]
    public async Task Doctor_ADriverNotLoaded_NamesItsModule(string name, string file, string what, string fix)
    {
        using var host = FixtureHost.Recorded(name);
        var files = new ScriptedFiles();
        if (file == "/sys/class/hwmon")
            files.Fail(file + "/hwmon0/name", Errno.NoEntry).Fail(file + "/hwmon1/name", Errno.NoEntry);
        else
            foreach (var chip in Directory.EnumerateDirectories(host.Locate("/sys/class/hwmon")).Where(chip => File.ReadAllText(chip + "/name").Trim() is "k10temp" or "coretemp"))
                files.Answer("/" + Path.GetFileName(chip) + "/name", "other\n");

        var report = await ExamineAsync(host, name, files);

        Assert.Contains(what, report.Text, StringComparison.Ordinal);
        Assert.Contains(fix, report.Text, StringComparison.Ordinal);
        Assert.True(report.Fixable > 0);
    }

    [Fact]
    public async Task Doctor_NvidiaCardWithoutDriver_NamesWhatToInstall()
    {
        using var host = FixtureHost.Of(
            ("/sys/bus/pci/devices/0000:01:00.0/vendor", "0x10de\n"),
            ("/sys/bus/pci/devices/0000:01:00.0/class", "0x030000\n"));

        var report = await ExamineAsync(host, "gaming");

        Assert.Contains("There is an NVIDIA GPU and no driver for it: its watts are not known.", report.Text, StringComparison.Ordinal);
        Assert.Contains("fix: install NVIDIA's driver", report.Text, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("no-such-chip/power1", true)]
    [InlineData("ina3221@platform/c240000.i2c/1-0040/curr1", true)]
    [InlineData("", false)]
    public async Task Doctor_MeterThatIsNotThere_IsSaid(string meter, bool isSaid)
    {
        using var host = FixtureHost.Recorded("jetson");

        var report = await ExamineAsync(host, "jetson", more: meter.Length > 0 ? $"power: {{ meter: {meter} }}\n" : "");

        Assert.Equal(isSaid, report.Text.Contains($"power.meter names {meter}, and no sensor of that name tells watts", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Doctor_SplitOverContainersWithoutControlGroups_NamesTheMount()
    {
        using var host = FixtureHost.Recorded("n100");

        var report = await ExamineAsync(host, "n100", more: "attribution: { enabled: true }\n");

        Assert.Contains("cgroup  /sys/fs/cgroup: ENOENT: No control groups are seen, so energy is not split over containers.", report.Text, StringComparison.Ordinal);
        Assert.Contains("-v /sys:/host/sys:ro", report.Text, StringComparison.Ordinal);
    }

    /// <summary>The command that says what hangs must not hang with it: not at a limiter's file, nor at what tells the board.</summary>
    [Theory]
    [InlineData("/intel-rapl:0/name")]
    [InlineData("/intel-rapl:0/constraint_0_power_limit_uw")]
    [InlineData("/policy0/scaling_max_freq")]
    [InlineData("/proc/cpuinfo")]
    [InlineData("/etc/os-release")]
    [InlineData("/proc/sys/kernel/osrelease")]
    public async Task Doctor_AFileThatNeverAnswers_StillSaysTheRest(string file)
    {
        using var host = FixtureHost.Recorded("n100");
        var (files, clock) = (new ScriptedFiles(), new ManualClock());
        using var hang = files.Block(file);

        var report = await clock.DriveAsync(Task.Run(() => ExamineAsync(host, "n100", files, clock: clock)), TimeSpan.FromMilliseconds(50));

        Assert.True(hang.Reached.IsCompleted);
        Assert.Contains("3 sensors on acpitz, x86_pkg_temp", report.Text, StringComparison.Ordinal);
        Assert.Contains("cpufreq:policy0", report.Text, StringComparison.Ordinal);
    }

    private static async Task<DoctorReport> ExamineAsync(FixtureHost host, string name, IPseudoFiles? files = null, string more = "", ManualClock? clock = null)
    {
        var config = AgentConfig.Load(new ConfigInputs
        {
            ReadText = _ => $"node: {name}\nhost: {{ root: {host.Path} }}\n{more}",
            Sources = [.. SensorCatalog.Sources().Select(static source => source.Name)],
        });
        Assert.Empty(config.Problems);
        var time = clock ?? new ManualClock();
        var parts = new Composition(config.Options, files ?? new PosixFiles(), new MonotonicClock(time), NullLogger.Instance);
        using var sampler = parts.Sampler(rawCounters: true, parts.Calibration().Desk, config.Options.Attributes);
        await sampler.PassAsync();
        time.Advance(TimeSpan.FromSeconds(1));
        return DoctorReport.Of(DoctorCommand.Examine(config, parts, await sampler.PassAsync(), []), new Terminal(TextWriter.Null, TextWriter.Null, false, false));
    }

    // UPDATE_GOLDENS=1 dotnet test tests/Agent.Tests writes them anew; the diff is then what a reviewer reads.
    private static void Golden(string path, string actual)
    {
        if (Environment.GetEnvironmentVariable("UPDATE_GOLDENS") == "1")
            File.WriteAllText(path, actual);
        Assert.Equal(File.ReadAllText(path), actual);
    }

    private static string Folder(string name) => Path.Combine(RepositoryRoot.Path, "tests", "fixtures", name);
}
