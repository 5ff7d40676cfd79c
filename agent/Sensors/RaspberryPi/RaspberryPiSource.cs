using Homelab.NodeAgent.Vcio;
using Homelab.Units;

namespace Homelab.NodeAgent.Sensors.RaspberryPi;

/// <summary>What the VideoCore firmware of a Raspberry Pi knows: throttling now and since boot, true clocks, temperatures, and the rails of a Pi 5's power chip.</summary>
/// <remarks>Source: the command channel of <c>/dev/vcio_gencmd</c> or <c>/dev/vcio</c>, else the kernel's copy of the throttle word in sysfs.
/// Nothing is set and no history is cleared. Device <c>firmware</c>: flags by the names of <see cref="ThrottleFlag"/>, with <c>_since_boot</c>. Device <c>pmic</c>:
/// <c>RAIL_voltage</c>, <c>_current</c>, <c>_power</c>, and <c>rails_power</c> = their sum, which is the board behind its power chip: without USB, HATs, fan and the chip's own loss.</remarks>
internal sealed class RaspberryPiSource(Func<string, IFirmware> connect, TimeProvider time) : ISensorSource
{
    private const int LineBytes = 128;
    private const int TableBytes = 4096;

    /// <summary>The power chip's table keeps the firmware busy for 23 ms.</summary>
    private static readonly TimeSpan TablePause = TimeSpan.FromMilliseconds(500);

    private static readonly (string Name, string Command, string Label, Quantity Quantity)[] Numbers =
    [
        ("arm_clock", "measure_clock arm", "arm", Quantity.Frequency),
        ("core_clock", "measure_clock core", "core", Quantity.Frequency),
        ("v3d_clock", "measure_clock v3d", "v3d", Quantity.Frequency),
        ("soc_temp", "measure_temp", "soc", Quantity.Temperature),
        ("pmic_temp", "measure_temp pmic", "pmic", Quantity.Temperature),
        ("core_voltage", "measure_volts core", "core", Quantity.Voltage),
    ];

    public RaspberryPiSource()
        : this(static path => new MailboxDevice(path), TimeProvider.System)
    {
    }

    public string Name => "raspberrypi";

    public Discovery Discover(HostRoot root)
    {
        if (FirmwareDoor.Open(root, path => new SparedFirmware(connect(path), time), out var finding) is not { } door)
            return Discovery.Nothing(finding!);
        var sensors = new List<ISensor>();
        AddFlags(door, sensors);
        foreach (var (name, command, label, quantity) in Numbers)
        {
            var answer = Answer(door, command, LineBytes, TimeSpan.Zero);
            uint used = 0;
            if (answer.Read(ref used, out var text) > 0 && FirmwareText.TryNumber(text, out _))
                sensors.Add(new FirmwareNumberSensor(Info(door, "firmware", name, label, quantity), answer));
        }
        AddRails(door, sensors);
        Finding[] notes = door.Forgets
            ? [new Finding(FindingKind.Note, door.Path, "", "The kernel's copy of the throttle word tells what is now; what was before it forgets. There are no clocks and rails.", "")]
            : [];
        return new Discovery(sensors, notes);
    }

    private void AddFlags(FirmwareDoor door, List<ISensor> sensors)
    {
        var answer = Answer(door, "get_throttled", LineBytes, TimeSpan.Zero);
        foreach (var isSinceBoot in (ReadOnlySpan<bool>)[false, true])
        {
            for (var flag = 0; flag < ThrottleFlag.Names.Count; flag++)
            {
                var name = ThrottleFlag.Names[flag] + (isSinceBoot ? "_since_boot" : "");
                sensors.Add(new ThrottleFlagSensor(Info(door, "firmware", name, "", Quantity.State), answer, flag, isSinceBoot, door.Forgets));
            }
        }
    }

    private void AddRails(FirmwareDoor door, List<ISensor> sensors)
    {
        if (PmicRails.Find(Answer(door, "pmic_read_adc", TableBytes, TablePause)) is not { } rails)
            return;
        var paired = 0;
        for (var rail = 0; rail < rails.Count; rail++)
        {
            var isPaired = rails.HasVoltage(rail) && rails.HasCurrent(rail);
            paired += isPaired ? 1 : 0;
            if (rails.HasVoltage(rail))
                Add("_voltage", Quantity.Voltage, rail);
            if (rails.HasCurrent(rail))
                Add("_current", Quantity.Current, rail);
            if (isPaired)
                Add("_power", Quantity.Power, rail);
        }
        if (paired > 0)
            sensors.Add(new PmicSensor(Info(door, "pmic", "rails_power", "sum of rails", Quantity.Power), rails, null));

        void Add(string suffix, Quantity quantity, int rail) => sensors.Add(new PmicSensor(
            Info(door, "pmic", rails.Name(rail).ToLowerInvariant() + suffix, rails.Name(rail), quantity), rails, rail));
    }

    private FirmwareAnswer Answer(FirmwareDoor door, string command, int capacity, TimeSpan pause) => new(door.Firmware, command, capacity, time, pause);

    private SensorInfo Info(FirmwareDoor door, string device, string name, string label, Quantity quantity) =>
        new(Name, device, name, label, quantity, SensorShape.Gauge, door.Path);
}
