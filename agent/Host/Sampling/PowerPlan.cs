using Homelab.NodeAgent.Sensors;
using Homelab.Units;

namespace Homelab.NodeAgent.Sampling;

/// <summary>A meter that covers the whole board or more.</summary>
/// <param name="Source">Word for <see cref="NodePower.Source"/>, e.g. <c>hwmon:power_meter</c>.</param>
/// <param name="Channel">Index of the power channel.</param>
/// <param name="Scope">What it covers.</param>
/// <param name="Uncertainty">± share against the whole node's draw.</param>
internal sealed record BoardMeter(string Source, int Channel, PowerScope Scope, double Uncertainty);

/// <summary>Indices of a card's power and of its energy counter; -1 where it has none.</summary>
internal sealed record CardPower(int Gauge, int Counter);

/// <summary>Indices of a policy's clock now and of its hardware ceiling.</summary>
internal sealed record ClockPair(int Current, int Max);

/// <summary>Which sensors of an inventory say something about the node's watts. Made once per inventory, so that a pass compares no strings.</summary>
internal sealed record PowerPlan
{
    /// <summary>BMC or supply input, rated 1 to 5 % by their makers (power_meter: <c>power1_accuracy</c>).</summary>
    private const double ServerMeter = 0.05;

    /// <summary>Direct-current side: 1 to 2 % of its own, and 8 to 12 % that the supply loses before it.</summary>
    private const double SupplyOutput = 0.10;

    public IReadOnlyList<BoardMeter> Meters { get; init; } = [];

    public IReadOnlyList<int> Psys { get; init; } = [];

    /// <summary>One per package or die; never both the MSR zone and its MMIO copy.</summary>
    public IReadOnlyList<int> Packages { get; init; } = [];

    /// <summary>Memory planes that are not part of a package.</summary>
    public IReadOnlyList<int> Memory { get; init; } = [];

    /// <summary>amdgpu PPT of processors with graphics: the whole package, processor included.</summary>
    public IReadOnlyList<int> ApuPackages { get; init; } = [];

    /// <summary>Discrete cards: on top of any package.</summary>
    public IReadOnlyList<CardPower> Cards { get; init; } = [];

    /// <summary>Index of the processor utilization; -1 when there is none.</summary>
    public int Utilization { get; init; } = -1;

    /// <summary>Current clock and its ceiling, one pair per cpufreq policy.</summary>
    public IReadOnlyList<ClockPair> Clocks { get; init; } = [];

    public static PowerPlan For(IReadOnlyList<SensorInfo> sensors)
    {
        return new PowerPlan
        {
            Meters = FindMeters(sensors),
            Psys = Zones(sensors, "psys"),
            Packages = Zones(sensors, "package"),
            Memory = Zones(sensors, "dram"),
            ApuPackages = [.. Graphics(sensors, apu: true)],
            Cards = [.. Graphics(sensors, apu: false).Select(static gauge => new CardPower(gauge, -1)), .. NvidiaCards(sensors)],
            Utilization = Find(sensors, s => s is { Source: "cpu", Name: "utilization", Quantity: Quantity.Ratio }),
            Clocks = [.. FindClocks(sensors)],
        };
    }

    /// <summary>RAPL energy zones whose name starts with a word.</summary>
    /// <remarks><c>intel-rapl-mmio:0</c> and <c>intel-rapl:0</c> are one silicon counter behind two interfaces: the MMIO zones are looked at
    /// only where there are no others, because the sum would be double.</remarks>
    private static List<int> Zones(IReadOnlyList<SensorInfo> sensors, string word)
    {
        var direct = Where(sensors, s => IsZone(s, word) && !IsMmio(s));
        return direct.Count > 0 ? direct : Where(sensors, s => IsZone(s, word) && IsMmio(s));
    }

    private static bool IsZone(SensorInfo sensor, string word) =>
        sensor is { Source: "powercap", Quantity: Quantity.Energy, Shape: SensorShape.Counter }
        && sensor.Label.StartsWith(word, StringComparison.Ordinal);

    private static bool IsMmio(SensorInfo sensor) => sensor.Device.StartsWith("intel-rapl-mmio", StringComparison.Ordinal);

    private static List<BoardMeter> FindMeters(IReadOnlyList<SensorInfo> sensors)
    {
        var meters = new List<BoardMeter>();
        var acpi = Find(sensors, s => Chip(s) == "power_meter" && IsPower(s));
        if (acpi >= 0)
            meters.Add(new BoardMeter("hwmon:power_meter", acpi, PowerScope.Wall, ServerMeter));
        var supply = Find(sensors, s => Chip(s) == "corsairpsu" && s.Name == "power1" && IsPower(s));
        if (supply >= 0)
            meters.Add(new BoardMeter("hwmon:corsairpsu", supply, PowerScope.Board, SupplyOutput));
        var rail = Find(sensors, s => IsInputRail(s) && IsPower(s));
        if (rail >= 0)
            meters.Add(new BoardMeter("hwmon:" + Chip(sensors[rail]), rail, PowerScope.Board, SupplyOutput));
        return meters;
    }

    /// <summary>An APU's PPT covers the processor too, a card's only the card. Only APUs have a north-bridge voltage (<c>vddnb</c>),
    /// and Van Gogh names its limits <c>slowPPT</c> and <c>fastPPT</c>.</summary>
    private static IEnumerable<int> Graphics(IReadOnlyList<SensorInfo> sensors, bool apu)
    {
        var devices = new HashSet<string>(StringComparer.Ordinal);
        for (var i = 0; i < sensors.Count; i++)
        {
            var sensor = sensors[i];
            if (Chip(sensor) != "amdgpu" || !IsPower(sensor) || sensor.Label == "fastPPT")
                continue;
            var isApu = sensor.Label == "slowPPT"
                || sensors.Any(s => s.Device == sensor.Device && s.Label == "vddnb");
            // power1_average and power1_input are one figure under two names: one per device.
            if (isApu == apu && devices.Add(sensor.Device))
                yield return i;
        }
    }

    /// <summary>The board's power. The instant rather than the mean over a second, which lags behind the processor's; the counter is better than both.</summary>
    private static IEnumerable<CardPower> NvidiaCards(IReadOnlyList<SensorInfo> sensors)
    {
        for (var i = 0; i < sensors.Count; i++)
        {
            if (sensors[i] is not { Source: "nvidia", Name: "power" } power)
                continue;
            var instant = Find(sensors, s => s.Device == power.Device && s is { Source: "nvidia", Name: "power_instant" });
            var energy = Find(sensors, s => s.Device == power.Device && s is { Source: "nvidia", Quantity: Quantity.Energy, Shape: SensorShape.Counter });
            yield return new CardPower(instant >= 0 ? instant : i, energy);
        }
    }

    private static IEnumerable<ClockPair> FindClocks(IReadOnlyList<SensorInfo> sensors)
    {
        for (var i = 0; i < sensors.Count; i++)
        {
            var sensor = sensors[i];
            if (sensor is not { Source: "cpufreq", Name: "scaling_cur_freq" })
                continue;
            // The hardware's ceiling, not the policy's: a policy held down by a cap must count as slow.
            var max = Find(sensors, s => s.Device == sensor.Device && s is { Source: "cpufreq", Name: "cpuinfo_max_freq" });
            if (max >= 0)
                yield return new ClockPair(i, max);
        }
    }

    private static string Chip(SensorInfo sensor)
    {
        if (sensor.Source != "hwmon")
            return "";
        var at = sensor.Device.IndexOf('@', StringComparison.Ordinal);
        return at < 0 ? sensor.Device : sensor.Device[..at];
    }

    private static bool IsPower(SensorInfo sensor) => sensor is { Quantity: Quantity.Power, Shape: SensorShape.Gauge };

    /// <summary>The name that Jetson and several carrier boards give the rail that feeds everything.</summary>
    private static bool IsInputRail(SensorInfo sensor) => sensor.Source == "hwmon" && sensor.Label == "VDD_IN";

    private static List<int> Where(IReadOnlyList<SensorInfo> sensors, Predicate<SensorInfo> wanted)
    {
        var found = new List<int>();
        for (var i = 0; i < sensors.Count; i++)
        {
            if (wanted(sensors[i]))
                found.Add(i);
        }
        return found;
    }

    private static int Find(IReadOnlyList<SensorInfo> sensors, Predicate<SensorInfo> wanted)
    {
        for (var i = 0; i < sensors.Count; i++)
        {
            if (wanted(sensors[i]))
                return i;
        }
        return -1;
    }
}
