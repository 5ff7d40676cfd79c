using Homelab.NodeAgent.Sensors;
using Homelab.Units;

namespace Homelab.NodeAgent.Fusion;

/// <summary>A meter that covers the whole board or more.</summary>
/// <param name="Source">Word for <see cref="NodePower.Source"/>, e.g. <c>hwmon:power_meter</c>.</param>
/// <param name="Channel">Index of the power channel.</param>
/// <param name="Scope">What it covers.</param>
/// <param name="Uncertainty">± share against the whole node's draw.</param>
internal sealed record BoardMeter(string Source, int Channel, PowerScope Scope, double Uncertainty);

/// <summary>Indices of a card's power, of its energy counter and of the limit in force; -1 where it has none.</summary>
internal sealed record CardPower(int Gauge, int Counter, int Limit = -1, string Device = "");

/// <summary>One frequency domain: indices of its clock now, of its hardware ceiling and of its own use (-1: not told), and what it weighs at full use.</summary>
internal sealed record ClockPair(int Current, int Max, int Use = -1, int Weight = -1);

/// <summary>Which sensors of an inventory say something about the node's watts. Made once per inventory, so that a pass compares no strings. Never written to.</summary>
internal sealed record PowerPlan
{
    /// <summary>BMC or supply input, rated 1 to 5 % by their makers (power_meter: <c>power1_accuracy</c>).</summary>
    private const double ServerMeter = 0.05;

    /// <summary>DCMI covers the domain that the BMC manages, which may leave cards out.</summary>
    private const double ManagedDomain = 0.10;

    /// <summary>Direct-current side: 1 to 2 % of its own, and 8 to 12 % that the supply loses before it.</summary>
    private const double SupplyOutput = 0.10;

    public BoardMeter[] Meters { get; init; } = [];

    public int[] Psys { get; init; } = [];

    /// <summary>One per package or die; never both a zone and its copy.</summary>
    public int[] Packages { get; init; } = [];

    /// <summary>Memory planes that are not part of a package.</summary>
    public int[] Memory { get; init; } = [];

    /// <summary>amdgpu PPT of processors with graphics: the whole package, processor included.</summary>
    public int[] ApuPackages { get; init; } = [];

    /// <summary>Discrete cards: on top of any package.</summary>
    public CardPower[] Cards { get; init; } = [];

    /// <summary>Rails that together feed the board, or the one gauge that is their sum; empty unless all of them are there.</summary>
    public int[] Rails { get; init; } = [];

    /// <summary>Word for the rails, e.g. <c>rails:pmic</c>.</summary>
    public string RailsSource { get; init; } = "";

    /// <summary>Index of the processor utilization; -1 when there is none.</summary>
    public int Utilization { get; init; } = -1;

    /// <summary>Current clock and its ceiling, one pair per cpufreq policy.</summary>
    public ClockPair[] Clocks { get; init; } = [];

    /// <summary>Packages and the memory beside them: the counters of a figure without cards.</summary>
    public int[] PackagesAndMemory { get; private init; } = [];

    /// <param name="sensors">The inventory.</param>
    /// <param name="meter">The sensor that the operator says measures the whole board, <c>DEVICE/NAME</c> as shown; empty: none.</param>
    public static PowerPlan For(IReadOnlyList<SensorInfo> sensors, string meter = "")
    {
        var parts = new PowerPart[sensors.Count];
        for (var i = 0; i < parts.Length; i++)
            parts[i] = PowerParts.Of(sensors[i], sensors);
        var (rails, railsSource) = FindRails(sensors, parts);
        var (packages, memory) = (Where(parts, PowerPart.Package), Where(parts, PowerPart.Memory));
        return new PowerPlan
        {
            Meters = [.. FindMeters(sensors, parts, meter)],
            Psys = [.. Where(parts, PowerPart.Psys)],
            Packages = [.. packages],
            Memory = [.. memory],
            PackagesAndMemory = [.. packages, .. memory],
            ApuPackages = [.. OnePerDevice(sensors, parts, PowerPart.Apu)],
            Cards = [.. FindCards(sensors, parts)],
            Rails = [.. rails],
            RailsSource = railsSource,
            Utilization = Find(sensors, static s => s is { Source: "cpu", Name: "utilization", Quantity: Quantity.Ratio }),
            Clocks = [.. FindClocks(sensors)],
        };
    }

    /// <summary>The operator's word first; then the wall before the board.</summary>
    private static List<BoardMeter> FindMeters(IReadOnlyList<SensorInfo> sensors, PowerPart[] parts, string meter)
    {
        var meters = new List<BoardMeter>();
        var stated = meter.Length == 0 ? -1 : Find(sensors, s => s is { Quantity: Quantity.Power, Shape: SensorShape.Gauge } && s.Device + "/" + s.Name == meter);
        if (stated >= 0)
            meters.Add(new BoardMeter("meter:" + meter, stated, PowerScope.Board, ServerMeter));
        for (var i = 0; i < parts.Length; i++)
        {
            if (parts[i] == PowerPart.Meter && i != stated && MeterOf(sensors[i], i) is { } found && !Knows(meters, found.Source))
                meters.Add(found);
        }
        meters.Sort(static (left, right) => Order(left) != Order(right) ? Order(left) - Order(right) : left.Channel - right.Channel);
        return meters;
    }

    private static int Order(BoardMeter meter) => meter.Source switch
    {
        ['m', 'e', 't', 'e', 'r', ':', ..] => 0,
        _ when meter.Scope == PowerScope.Wall => meter.Source == "ipmi" ? 2 : 1,
        "hwmon:corsairpsu" => 3,
        _ => 4,
    };

    private static BoardMeter MeterOf(SensorInfo sensor, int index) => PowerParts.Chip(sensor) switch
    {
        "" when sensor.Source == "power_supply" => new BoardMeter("battery", index, PowerScope.Board, SupplyOutput),
        "" when sensor.Source == "i2c" => new BoardMeter("i2c:" + sensor.Device, index, PowerScope.Board, SupplyOutput),
        "" => new BoardMeter(sensor.Source, index, PowerScope.Wall, ManagedDomain),
        "power_meter" => new BoardMeter("hwmon:power_meter", index, PowerScope.Wall, ServerMeter),
        var chip => new BoardMeter("hwmon:" + chip, index, PowerScope.Board, SupplyOutput),
    };

    private static bool Knows(List<BoardMeter> meters, string source)
    {
        foreach (var meter in meters)
        {
            if (meter.Source == source)
                return true;
        }
        return false;
    }

    /// <summary>A gauge that is a sum already is taken alone; else the rails of one board, and only when all of them are there: part of a sum is a wrong sum.</summary>
    private static (IReadOnlyList<int>, string) FindRails(IReadOnlyList<SensorInfo> sensors, PowerPart[] parts)
    {
        var found = Where(parts, PowerPart.Rails);
        foreach (var index in found)
        {
            if (sensors[index].Name == PowerParts.SumOfRails)
                return ([index], "rails:" + sensors[index].Device);
        }
        return found.Count == PowerParts.OrinRails.Count ? (found, "rails:" + PowerParts.Chip(sensors[found[0]])) : ([], "");
    }

    private static List<CardPower> FindCards(IReadOnlyList<SensorInfo> sensors, PowerPart[] parts)
    {
        var cards = new List<CardPower>();
        foreach (var index in OnePerDevice(sensors, parts, PowerPart.Card))
        {
            var sensor = sensors[index];
            var limit = Find(sensors, s => s.Device == sensor.Device && s is { Name: "power_cap" or "power1_cap" or "power1_max", Quantity: Quantity.Power, Shape: SensorShape.Limit });
            if (sensor.Source == "nvidia")
            {
                // The instant rather than the mean over a second, which lags behind the processor's; the counter is better than both.
                var instant = Find(sensors, s => s.Device == sensor.Device && s is { Source: "nvidia", Name: "power_instant" });
                var energy = Find(sensors, s => s.Device == sensor.Device && s is { Source: "nvidia", Quantity: Quantity.Energy, Shape: SensorShape.Counter });
                cards.Add(new CardPower(instant >= 0 ? instant : index, energy, limit, sensor.Device));
            }
            else
            {
                cards.Add(sensor.Shape == SensorShape.Counter ? new CardPower(-1, index, limit, sensor.Device) : new CardPower(index, -1, limit, sensor.Device));
            }
        }
        return cards;
    }

    private static List<ClockPair> FindClocks(IReadOnlyList<SensorInfo> sensors)
    {
        var clocks = new List<ClockPair>();
        for (var i = 0; i < sensors.Count; i++)
        {
            var sensor = sensors[i];
            if (sensor is not { Source: "cpufreq", Name: "scaling_cur_freq" })
                continue;
            // The hardware's ceiling, not the policy's: a policy held down by a cap must count as slow.
            var max = Find(sensors, s => s.Device == sensor.Device && s is { Source: "cpufreq", Name: "cpuinfo_max_freq" });
            if (max < 0)
                continue;
            var use = Find(sensors, s => s.Device == sensor.Device && s is { Source: "cluster", Name: "utilization" });
            var weight = Find(sensors, s => s.Device == sensor.Device && s is { Source: "cluster", Name: "weight" });
            clocks.Add(new ClockPair(i, max, use, weight));
        }
        return clocks;
    }

    /// <summary>power1_average and power1_input are one figure under two names: one per device.</summary>
    private static List<int> OnePerDevice(IReadOnlyList<SensorInfo> sensors, PowerPart[] parts, PowerPart wanted)
    {
        var found = Where(parts, wanted);
        for (var i = found.Count - 1; i > 0; i--)
        {
            for (var j = 0; j < i; j++)
            {
                if (sensors[found[j]].Device == sensors[found[i]].Device && sensors[found[j]].Source == sensors[found[i]].Source)
                {
                    found.RemoveAt(i);
                    break;
                }
            }
        }
        return found;
    }

    private static List<int> Where(PowerPart[] parts, PowerPart wanted)
    {
        var found = new List<int>();
        for (var i = 0; i < parts.Length; i++)
        {
            if (parts[i] == wanted)
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
