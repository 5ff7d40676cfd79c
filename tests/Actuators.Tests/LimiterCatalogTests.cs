using Homelab.TestKit;
using static Homelab.NodeAgent.Actuators.Machines;

namespace Homelab.NodeAgent.Actuators;

public sealed class LimiterCatalogTests
{
    [Fact]
    public void Document_Rows_AreTheFamiliesOfTheCatalogue()
    {
        var folder = Path.Combine(RepositoryRoot.Path, "agent");
        var types = File.ReadAllLines(Path.Combine(folder, "Actuators", "LimiterCatalog.cs"))
            .Where(line => line.Contains("Limiter.Discover(", StringComparison.Ordinal)).Select(line => line.Trim(' ', '.', ',').Split('.')[0]);
        var families = types.SelectMany(type => Families(File.ReadAllText(Directory.EnumerateFiles(Path.Combine(folder, "Actuators"), type + ".cs", SearchOption.AllDirectories).Single())));
        var documented = File.ReadAllLines(Path.Combine(folder, "ACTUATORS.md"))
            .Where(line => line.StartsWith("| `", StringComparison.Ordinal) && line.Count(c => c == '|') == 7).Select(line => line.Split('`')[1]);
        Assert.Equal(families.Order(), documented.Order());
    }

    [Fact]
    public void Discover_EmptyMachine_FindsNothing() => Assert.Empty(new FakeHardware().Limiters());

    [Fact]
    public void Discover_MachineWithEverything_ListsWattsBeforeClocksAndWritesNothing()
    {
        var hardware = Intel().Policy(0, 700000, 3400000, "intel_pstate")
            .With("/sys/class/hwmon/hwmon0/name", "power_meter").With("/sys/class/hwmon/hwmon0/power1_cap", "1")
            .With("/sys/class/hwmon/hwmon1/name", "amdgpu").With("/sys/class/hwmon/hwmon1/power1_cap", "1")
            .With("/sys/class/hwmon/hwmon2/name", "xe").With("/sys/class/hwmon/hwmon2/power1_max", "1")
            .With("/sys/class/devfreq/dmc/available_frequencies", "528000000 2112000000").With("/sys/class/devfreq/dmc/max_freq", "2112000000");
        var limiters = hardware.Limiters();
        Assert.Equal(["acpi-meter", "rapl", "amdgpu", "xe", "cpufreq", "devfreq"], limiters.Select(limiter => limiter.Info.Family));
        Assert.Equal(limiters.Select(limiter => limiter.Info.Kind).Order(), limiters.Select(limiter => limiter.Info.Kind));
        Assert.Empty(hardware.Writes);
    }

    [Fact]
    public void Discover_FilesFullOfGarbage_NeverThrows()
    {
        var files = Intel().Policy(0, 700000, 3400000, "intel_pstate", "1 2 3").With("/sys/class/hwmon/hwmon0/name", "power_meter")
            .With("/sys/class/hwmon/hwmon0/power1_cap", "1").With("/sys/class/devfreq/dmc/available_frequencies", "1 2").With("/sys/class/devfreq/dmc/max_freq", "2").Snapshot();
        foreach (var garbage in (string[])["", "-1", "99999999999999999999999", "\0\0", "0x10", "package-", "9223372036854775807", "-9223372036854775808"])
        {
            foreach (var victim in files.Keys)
            {
                var hardware = new FakeHardware();
                foreach (var (path, text) in files)
                    hardware.With(path, path == victim ? garbage : text);
                foreach (var limiter in hardware.Limiters())
                {
                    limiter.Originals();
                    limiter.Apply(limiter.Info.Kind == LimiterKind.Watts ? Watts(5) : Megahertz(1000));
                    limiter.Apply(default);
                }
            }
        }
    }

    // A family is said where the limiter's LimiterInfo is made, or in the list of drivers that share one limiter.
    private static IEnumerable<string> Families(string source)
    {
        var drivers = source.Split("in (string[])[");
        return drivers.Length > 1
            ? drivers[1].Split(']')[0].Split(',').Select(word => word.Trim(' ', '"'))
            : [source.Split("new LimiterInfo(")[1].Split(", LimiterKind.")[0].Split(',')[^1].Trim(' ', '"')];
    }
}
