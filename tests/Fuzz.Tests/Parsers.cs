using System.Buffers.Binary;
using System.Reflection;
using System.Text;
using Google.Protobuf;
using Homelab.NodeAgent.Actuators;
using Homelab.NodeAgent.Configuration;
using Homelab.NodeAgent.Diagnostics;
using Homelab.NodeAgent.Gpio;
using Homelab.NodeAgent.Ipmi;
using Homelab.NodeAgent.Nvml;
using Homelab.NodeAgent.Sensors;
using Homelab.NodeAgent.Sensors.Cgroup;
using Homelab.NodeAgent.Sensors.Cpu;
using Homelab.NodeAgent.Sensors.CpuFreq;
using Homelab.NodeAgent.Sensors.Devfreq;
using Homelab.NodeAgent.Sensors.Graphics;
using Homelab.NodeAgent.Sensors.Hwmon;
using Homelab.NodeAgent.Sensors.I2c;
using Homelab.NodeAgent.Sensors.Machine;
using Homelab.NodeAgent.Sensors.Powercap;
using Homelab.NodeAgent.Sensors.PowerPmu;
using Homelab.NodeAgent.Sensors.PowerSupply;
using Homelab.NodeAgent.Sensors.Pressure;
using Homelab.NodeAgent.Sensors.RaspberryPi;
using Homelab.NodeAgent.Uplink;
using Homelab.NodeAgent.Vcio;
using Homelab.TestKit;
using Homelab.Units;
using CommandLine = Homelab.NodeAgent.Cli.CommandLine;

namespace Homelab.Fuzz;

/// <summary>Every parser of the agent, and what must hold of its answer whatever it is given. What throws, or breaks its promise, is found.</summary>
internal static class Parsers
{
    public static readonly Assembly[] Assemblies =
        [typeof(PseudoText).Assembly, typeof(GencmdMessage).Assembly, typeof(PowerAnswer).Assembly, typeof(GpioLineName).Assembly, typeof(Words).Assembly, typeof(SealedLines).Assembly, typeof(NvmlPaths).Assembly];

    public static readonly Dictionary<Type, Action<byte[], string>> All = new()
    {
        [typeof(PseudoText)] = Pseudo,
        [typeof(CpuTimes)] = static (bytes, _) => Holds(!CpuTimes.TryParse(bytes, out var times) || (times.Busy >= 0 && times.Total >= times.Busy)),
        [typeof(ClusterUseSensor)] = static (bytes, _) => Holds(!ClusterUseSensor.TrySum(bytes, [true, false, true], out var times) || (times.Busy >= 0 && times.Total >= times.Busy)),
        [typeof(PressureText)] = Pressure,
        [typeof(HwmonAttribute)] = static (_, text) => HwmonAttribute.TryParse(text, out var _),
        [typeof(PowercapZone)] = static (_, text) => PowercapZone.TryParse(text, out var _),
        [typeof(CgroupPath)] = static (_, text) => Holds(CgroupPath.Of(text) is not { } path || (path.Container.Length == 64 && path.Pod.Length is 0 or 32 or 36)),
        [typeof(ProcessPlaces)] = static (bytes, _) => Holds(ProcessPlaces.ContainerIn(bytes) is null or { Length: CgroupSource.NameDigits }),
        [typeof(CgroupTimeSensor)] = static (bytes, _) => Holds(!CgroupTimeSensor.TryUsage(bytes, out var micros) || micros >= 0),
        [typeof(DevfreqLoadSensor)] = static (bytes, _) => DevfreqLoadSensor.TryPercent(bytes, out var _),
        [typeof(NpuLoadText)] = static (bytes, _) => Holds(NpuLoadText.CountCores(bytes) is >= 0 and <= 8 && !(NpuLoadText.TryPercent(bytes, 1, out var _) & NpuLoadText.TryPercent(bytes, null, out var _) & bytes.Length == 0)),
        [typeof(DpmText)] = static (bytes, _) => Holds(DpmText.Current(bytes) is not < 0 && DpmText.Highest(bytes) is not < 0 && !(DpmText.Current(bytes) > DpmText.Highest(bytes))),
        [typeof(PcieText)] = static (bytes, _) => Holds(PcieText.Generation(bytes) is null or (>= 1_000_000 and <= 7_000_000)),
        [typeof(GpuMetrics)] = Metrics,
        [typeof(EnergyPreferenceSensor)] = static (bytes, _) => Holds(EnergyPreferenceSensor.Value(bytes) is null or (>= 0 and <= 255)),
        [typeof(SupplyStatusText)] = static (bytes, _) => Holds(Enum.IsDefined(SupplyStatusText.Parse(bytes))),
        [typeof(MonitorText)] = static (_, text) => Holds(MonitorText.Parse(text, out var problem) is { } specs
            ? MonitorText.Parse(MonitorText.Print(specs), out var _)?.Count == specs.Count : problem.Length > 0),
        [typeof(MetricText)] = static (_, text) => Holds(MetricText.Nanoohms(text) is not <= 0 && MetricText.Microamperes(text) is not <= 0 && MetricText.Microwatts(text) is not <= 0),
        [typeof(CpuList)] = static (_, text) => Holds(CpuList.Count(text) >= 0),
        [typeof(OsRelease)] = static (_, text) => OsRelease.PrettyName(text),
        [typeof(ProcessorName)] = static (_, text) => Holds(ProcessorName.From(text) is not null && ProcessorName.CountProcessors(text) >= 0),
        [typeof(PmuEvent)] = static (_, text) => Holds((!PmuEvent.TryConfig(text, out var config) || config is > 0 and <= 0xFF) && PmuEvent.Processors(text).All(static cpu => cpu is >= 0 and < 8192)),
        [typeof(EnergyScale)] = static (_, text) => Holds(!EnergyScale.TryParse(text, out var scale) || scale.Apply(ulong.MaxValue) >= 0),
        [typeof(FirmwareText)] = static (bytes, _) => FirmwareText.TryThrottled(bytes, out var _),
        [typeof(PmicRails)] = Rails,
        [typeof(GencmdMessage)] = Gencmd,
        [typeof(PowerAnswer)] = static (bytes, _) => Holds(PowerAnswer.Of(bytes) is var answer && (answer.Kind == PowerAnswerKind.Measured) == answer.Now > 0),
        [typeof(DeviceIdAnswer)] = static (bytes, _) => DeviceIdAnswer.Words(bytes),
        [typeof(GpioLineName)] = static (_, text) => Holds(GpioLineName.Parse(text) is not { } line || GpioLineName.Parse(line.ToString()) == line),
        [typeof(NvmlDevice)] = static (bytes, _) => Holds(!NvmlDevice.Line(bytes).Any(char.IsControl)),
        [typeof(NvmlPaths)] = static (_, text) => NvmlPaths.IsAddress(text),
        [typeof(NodeName)] = static (_, text) => Holds(!NodeName.TryParse(text, out var name) || name.Value == text),
        [typeof(Words)] = Config,
        [typeof(YamlSettings)] = Yaml,
        [typeof(CommandLine)] = static (_, text) => CommandLine.Parse(text.Split(' ')),
        [typeof(WireMap)] = Wire,
        [typeof(HostAddresses)] = static (bytes, _) => HostAddresses.Read(new HostRoot("", new OneText(bytes))),
        [typeof(BoardName)] = static (bytes, _) => BoardName.Read(new HostRoot("", new OneText(bytes))),
        [typeof(MachineNumbers)] = static (bytes, _) => Holds(MachineNumbers.MachineId(new HostRoot("", new OneText(bytes))).Length is 0 or 32 && MachineNumbers.SystemUuid(new HostRoot("", new OneText(bytes))).Length <= 64),
        [typeof(SelfMeter)] = static (bytes, _) => Holds(SelfMeter.ResidentPages(bytes) >= 0),
        [typeof(SealedLines)] = static (bytes, text) => Holds(SealedLines.Open("homelab-lease 1", bytes) is null && SealedLines.Unescape(SealedLines.Escape(text)) == text),
        [typeof(ControlFile)] = static (_, text) => ControlFile.TryNumber(text, out var _),
    };

    /// <summary>They take bytes of the agent's own making.</summary>
    public static readonly Type[] NotOfTheMachine = [typeof(ActuatorsInterop)];

    private static void Holds(bool promise)
    {
        if (!promise)
            throw new InvalidOperationException("the answer breaks the parser's promise");
    }

    private static void Pseudo(byte[] bytes, string text)
    {
        Holds(!PseudoText.TryInteger(bytes, out var number) || number == long.Parse(text.Trim(' ', '\t', '\r', '\n', '\0')));
        Holds(!PseudoText.ToLine(bytes).Any(char.IsControl));
    }

    private static void Pressure(byte[] bytes, string text)
    {
        foreach (var line in (string[])["some", "full"])
        {
            Holds(!PressureText.TryAverage(bytes, Encoding.ASCII.GetBytes(line), out var share) || share is >= 0 and <= 1_000_000);
            Holds(!PressureText.TryTotal(bytes, Encoding.ASCII.GetBytes(line), out var total) || total >= 0);
        }
    }

    private static void Metrics(byte[] bytes, string text)
    {
        _ = GpuMetrics.Version(bytes);
        if (GpuMetrics.Of(bytes) is not { } layout)
            return;
        // Every field lies inside of a table that fits.
        foreach (var field in (MetricsField?[])[layout.Slowdown, layout.Causes, layout.SocHeat, layout.SocketPower, layout.NeuralPower, layout.GraphicsPower])
            _ = field?.In(bytes);
        foreach (var field in (MetricsField[])[.. layout.RegulatorHeat, .. layout.BrakeTime, .. layout.PowerTimes, .. layout.HeatTimes])
            _ = field.In(bytes);
    }

    private static void Rails(byte[] bytes, string text)
    {
        var firmware = new FakeFirmware().Say("pmic_read_adc", text);
        if (PmicRails.Find(new FirmwareAnswer(firmware, "pmic_read_adc", 4096, TimeProvider.System, TimeSpan.Zero)) is not { } rails)
            return;
        uint used = 0;
        Holds(rails.Refresh(ref used) == 0);
        _ = rails.Sum();
    }

    private static void Gencmd(byte[] bytes, string text)
    {
        Span<byte> answer = stackalloc byte[64];
        Holds(GencmdMessage.Read(bytes, answer) < 0);
        var message = new byte[GencmdMessage.Bytes];
        Holds(GencmdMessage.Write(message, "get_throttled"u8));
        BinaryPrimitives.WriteUInt32LittleEndian(message.AsSpan(4), 0x8000_0000);
        bytes.AsSpan(0, Math.Min(bytes.Length, 4000)).CopyTo(message.AsSpan(24));
        Holds(GencmdMessage.Read(message, answer) <= answer.Length);
    }

    private static void Config(byte[] bytes, string text)
    {
        _ = (Words.Duration(text, TimeSpan.Zero, TimeSpan.MaxValue), Words.FamilyList(text), Words.Stop(text), Words.Flag(text), Words.Switch(text), Words.Level(text));
        _ = (Words.Addresses(text), Words.AddressList(text), Words.Address(text));
        Holds(Words.Watts(text) is not { Microwatts: < 0 });
    }

    private static void Yaml(byte[] bytes, string text)
    {
        var (settings, problems) = (new List<Setting>(), new List<ConfigProblem>());
        YamlSettings.Read("agent.yaml", text, settings, problems);
        foreach (var problem in problems)
            Holds(problem.Meaning.Length > 0);
    }

    private static void Wire(byte[] bytes, string text)
    {
        NodeAgent.V1.AggregatorMessage message;
        try
        {
            message = NodeAgent.V1.AggregatorMessage.Parser.ParseFrom(bytes);
        }
        catch (InvalidProtocolBufferException)
        {
            // The promise of a protobuf parser; the session ends with a status.
            return;
        }
        _ = WireMap.FromMessage(message);
    }

    /// <summary>A machine whose every file says the same.</summary>
    private sealed class OneText(byte[] said) : IPseudoFiles
    {
        public int Read(PseudoPath path, Span<byte> buffer)
        {
            var count = Math.Min(said.Length, buffer.Length);
            said.AsSpan(0, count).CopyTo(buffer);
            return count;
        }

        public IReadOnlyList<string> List(string path, out int errno)
        {
            errno = 2;
            return [];
        }

        public string? Resolve(string path) => null;
    }
}
