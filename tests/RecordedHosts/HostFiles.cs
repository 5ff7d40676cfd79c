using System.Collections.Immutable;
using System.Globalization;
using Homelab.Units;

namespace Homelab.RecordedHosts;

/// <summary>Which files of a tree follow which part of the state, found by looking: any recorded machine will do.</summary>
internal static class HostFiles
{
    private const string Policies = "/sys/devices/system/cpu/cpufreq";
    private const string Zones = "/sys/class/thermal";
    private const string Powercap = "/sys/class/powercap";
    private const string Chips = "/sys/class/hwmon";

    /// <summary>The clusters of a tree, from its cpufreq policies.</summary>
    public static ImmutableArray<ClusterShape> Clusters(HostTree tree) =>
        [.. tree.Folders(Policies, "policy").Select(policy => new ClusterShape(
            [.. tree.Numbers($"{policy}/related_cpus").Select(cpu => (int)cpu)],
            tree.Number($"{policy}/cpuinfo_min_freq") ?? 1,
            tree.Number($"{policy}/cpuinfo_max_freq") ?? 1,
            [.. tree.Numbers($"{policy}/scaling_available_frequencies").Order()]))];

    /// <summary>Every file that moves, open for writing.</summary>
    public static IReadOnlyList<MovingFile> Open(HostTree tree, MachineModel machine) =>
        [.. Described(tree, machine).Where(file => tree.Has(file.Path)).Select(file => new MovingFile(tree.Locate(file.Path), file.Text))];

    private static IEnumerable<(string Path, Func<PlantState, string> Text)> Described(HostTree tree, MachineModel machine) =>
        [.. Frequencies(tree), .. Temperatures(tree), .. CoolingDevices(tree), .. ChipsOf(tree), .. ProcFiles.Described(tree, machine)];

    private static IEnumerable<(string, Func<PlantState, string>)> Frequencies(HostTree tree) =>
        tree.Folders(Policies, "policy").SelectMany((policy, i) => new (string, Func<PlantState, string>)[]
        {
            ($"{policy}/scaling_cur_freq", state => Text(state.Clusters[i].Kilohertz)),
            ($"{policy}/cpuinfo_cur_freq", state => Text(state.Clusters[i].Kilohertz)),
        });

    // acpitz stays: on small machines it is a constant. Other zones of one die differ by fractions of a degree.
    private static IEnumerable<(string, Func<PlantState, string>)> Temperatures(HostTree tree) =>
        tree.Folders(Zones, "thermal_zone").Where(zone => tree.Text($"{zone}/type") is not ("acpitz" or null)).SelectMany((zone, i) =>
        {
            string Value(PlantState state) => Text(Stepped(state.Celsius - 0.25 * i, 0.461));
            return tree.Folders(zone, "hwmon").Select(chip => ($"{chip}/temp1_input", (Func<PlantState, string>)Value)).Prepend(($"{zone}/temp", Value));
        });

    // Only devices that slow the CPU: the ACPI "Processor" devices of a PC stay, as they do there while firmware throttles.
    private static IEnumerable<(string, Func<PlantState, string>)> CoolingDevices(HostTree tree) =>
        tree.Folders(Zones, "cooling_device")
            .Where(device => tree.Text($"{device}/type") is { } type && (type.StartsWith("thermal-cpufreq-", StringComparison.Ordinal) || type.StartsWith("cpufreq-cpu", StringComparison.Ordinal)))
            .Select(device => ($"{device}/cur_state", (Func<PlantState, string>)(state => Text(Math.Min(state.CoolingState, tree.Number($"{device}/max_state") ?? 0)))));

    /// <summary>The energy counters of RAPL, which move more often than the rest.</summary>
    public static IReadOnlyList<CounterFile> OpenCounters(HostTree tree)
    {
        var counters = new List<CounterFile>();
        foreach (var zone in tree.Folders(Powercap, "intel-rapl"))
        {
            if (tree.Number($"{zone}/energy_uj") is not { } start || tree.Number($"{zone}/max_energy_range_uj") is not { } range)
                continue;
            // On AMD "core" is one core of eight; elsewhere it is most of the package. Both are parts of it. psys counts the machine.
            var share = tree.Text($"{zone}/name") is { } name && (name.StartsWith("package-", StringComparison.Ordinal) || name == "psys") ? 1 : 0.09;
            counters.Add(new CounterFile(tree.Locate($"{zone}/energy_uj"), new Counter(new Energy(start), new Energy(range)), share));
        }
        return counters;
    }

    private static IEnumerable<(string, Func<PlantState, string>)> ChipsOf(HostTree tree) =>
        tree.Folders(Chips, "hwmon").SelectMany(chip => (tree.Text($"{chip}/name") switch
        {
            "k10temp" => [("temp1_input", state => Text(Stepped(state.Celsius, 0.125)))],
            "coretemp" => Enumerable.Range(1, 10).Select(n => ($"temp{n}_input", (Func<PlantState, string>)(state => Text(Stepped(state.Celsius, 1))))),
            "amdgpu" => Graphics(),
            "power_meter" => [("power1_average", state => Text(state.Power.Microwatts / 1000 * 1000))],
            "nvme" => Enumerable.Range(1, 3).Select(n => ($"temp{n}_input", (Func<PlantState, string>)(state => Text(Stepped(33 + 0.25 * state.Celsius + n, 1) + 850)))),
            _ => Array.Empty<(string, Func<PlantState, string>)>(),
        }).Select(file => ($"{chip}/{file.Item1}", file.Item2)));

    // PPT of an APU is the whole package. The average trails the input a little; watts come in steps of a milliwatt.
    private static IEnumerable<(string, Func<PlantState, string>)> Graphics() =>
    [
        ("temp1_input", state => Text(Stepped(state.Celsius - 3, 1))),
        ("power1_average", state => Text(state.Power.Microwatts / 1000 * 1000)),
        ("power1_input", state => Text(state.Power.Microwatts / 1000 * 1000)),
    ];

    // Sensors count in steps; sysfs has them in thousandths.
    private static long Stepped(double celsius, double step) => (long)Math.Round(Math.Floor(celsius / step) * step * 1000);

    private static string Text(long number) => number.ToString(CultureInfo.InvariantCulture);
}
