using Homelab.Units;

namespace Homelab.NodeAgent.Actuators;

/// <summary>Machines that tests start from.</summary>
internal static class Machines
{
    public const string Msr = "/sys/class/powercap/intel-rapl:0";
    public const string Mmio = "/sys/class/powercap/intel-rapl-mmio:0";
    public const string LongLimit = "/constraint_0_power_limit_uw";
    public const string ShortLimit = "/constraint_1_power_limit_uw";
    public const string Window = "/constraint_0_time_window_us";
    public const string CpuFolder = "/sys/devices/system/cpu/cpufreq";

    public static readonly string[] Zones = [Msr, Mmio];

    /// <summary>An N100 as recorded, MSR and MMIO: 6 W design power, 10 and 15 W long term, 25 W bursts, 28 s window.</summary>
    public static FakeHardware Intel(bool withMmio = true)
    {
        var hardware = Zone(new FakeHardware(), Msr, "10000000");
        return withMmio ? Zone(hardware, Mmio, "15000000") : hardware;
    }

    public static FakeHardware Zone(FakeHardware hardware, string zone, string limit, string name = "package-0") => hardware
        .With(zone + "/name", name)
        .With(zone + "/enabled", "1")
        .With(zone + "/constraint_0_name", "long_term")
        .With(zone + LongLimit, limit)
        .With(zone + "/constraint_0_max_power_uw", "6000000")
        .With(zone + Window, "27983872")
        .With(zone + "/constraint_1_name", "short_term")
        .With(zone + ShortLimit, "25000000")
        .With(zone + "/constraint_1_max_power_uw", "0")
        .With(zone + "/constraint_1_time_window_us", "2440")
        .With(zone + "/constraint_2_name", "peak_power")
        .With(zone + "/constraint_2_power_limit_uw", "78000000")
        .With(zone + "/constraint_2_max_power_uw", "0");

    public static FakeHardware Policy(this FakeHardware hardware, int number, long least, long most, string driver, string table = "")
    {
        var folder = $"{CpuFolder}/policy{number}";
        hardware.With(folder + "/cpuinfo_min_freq", $"{least}").With(folder + "/cpuinfo_max_freq", $"{most}")
            .With(folder + "/scaling_min_freq", $"{least}").With(folder + "/scaling_max_freq", $"{most}")
            .With(folder + "/scaling_cur_freq", $"{least}").With(folder + "/scaling_driver", driver).With(folder + "/related_cpus", $"{number}");
        return table.Length == 0 ? hardware : hardware.With(folder + "/scaling_available_frequencies", table);
    }

    /// <summary>A Turing RK1: four small cores, four big ones in two policies.</summary>
    public static FakeHardware Rk1() => new FakeHardware()
        .Policy(0, 408000, 1800000, "cpufreq-dt", "408000 600000 816000 1008000 1200000 1416000 1608000 1800000")
        .Policy(4, 408000, 2304000, "cpufreq-dt", "408000 600000 816000 1008000 1200000 1416000 1608000 1800000 2016000 2208000 2304000")
        .Policy(6, 408000, 2304000, "cpufreq-dt", "408000 600000 816000 1008000 1200000 1416000 1608000 1800000 2016000 2208000 2304000");

    public static IPowerLimiter The(this FakeHardware hardware, string name) => hardware.Limiters().Single(limiter => limiter.Info.Name == name);

    public static string Ceiling(int policy) => $"{CpuFolder}/policy{policy}/scaling_max_freq";

    public static Limit Watts(double watts) => Limit.Of(Power.FromWatts(watts));

    public static Limit Megahertz(long megahertz) => Limit.Of(new Frequency(megahertz * 1000));
}
