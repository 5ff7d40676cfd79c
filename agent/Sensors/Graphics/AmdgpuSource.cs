using Homelab.Units;

namespace Homelab.NodeAgent.Sensors.Graphics;

/// <summary>Use, memory, clocks, link and what holds the clocks down, of GPUs and APUs with the amdgpu driver. Their power and temperatures are the hwmon source's.</summary>
/// <remarks>Source: <c>/sys/class/drm/card*/device/{gpu_busy_percent,mem_busy_percent,mem_info_*,pp_dpm_*,gpu_metrics,pcie_replay_count,*_link_*}</c>,
/// Documentation/gpu/amdgpu. Device = <c>amdgpu@</c> and the device's path, as its hwmon chip. A GPU in runtime suspend is not touched.</remarks>
internal sealed class AmdgpuSource : ISensorSource
{
    private const ulong PowerCauses = 0x0000_0000_0000_FFFF;
    private const ulong CurrentCauses = 0x0000_0000_FFFF_0000;
    private const ulong HeatCauses = 0x0000_FFFF_0000_0000;

    private static readonly string[] Regulators = ["vr_graphics_temp", "vr_soc_temp", "vr_memory_temp"];

    /// <summary>The layout of a card that sleeps can not be looked up; it is kept from when it was awake.</summary>
    private readonly Dictionary<string, GpuMetrics> _layouts = new(StringComparer.Ordinal);

    public string Name => "amdgpu";

    public Discovery Discover(HostRoot root)
    {
        var cards = DrmCard.Of(root, "amdgpu");
        if (cards.Count == 0)
            return Discovery.Nothing(IdleDisplay.Absence(root, IdleDisplay.Amd, "This machine has no GPU with the amdgpu driver.", "amdgpu"));
        var sensors = new List<ISensor>();
        var findings = new List<Finding>();
        foreach (var card in cards)
        {
            var channels = new GraphicsChannels(Name, root, card);
            var files = channels.List("device");
            AddFiles(channels, files);
            if (files.Contains("gpu_metrics"))
                AddMetrics(channels, card, findings);
            sensors.AddRange(channels.Sensors);
        }
        return new Discovery(sensors, findings);
    }

    private static void AddFiles(GraphicsChannels channels, IReadOnlyList<string> files)
    {
        if (files.Contains("gpu_busy_percent"))
            channels.Ratio("utilization", "device/gpu_busy_percent");
        if (files.Contains("mem_busy_percent"))
            channels.Ratio("memory_utilization", "device/mem_busy_percent");
        AddMemory(channels, files, "memory", "vram");
        AddMemory(channels, files, "gtt", "gtt");
        AddClock(channels, files, "graphics_clock", "pp_dpm_sclk");
        AddClock(channels, files, "memory_clock", "pp_dpm_mclk");
        // An APU's graphics sit inside the processor: the link that it shows is none.
        if (files.Contains("pcie_replay_count"))
        {
            channels.Count("pcie_replays", "device/pcie_replay_count", SensorShape.Counter);
            AddLink(channels, files, "current", "", SensorShape.Gauge);
            AddLink(channels, files, "max", "_max", SensorShape.Limit);
        }
    }

    private static void AddMemory(GraphicsChannels channels, IReadOnlyList<string> files, string name, string kind)
    {
        if (files.Contains($"mem_info_{kind}_used"))
            channels.Bytes(name + "_used", $"device/mem_info_{kind}_used", SensorShape.Gauge);
        if (files.Contains($"mem_info_{kind}_total"))
            channels.Bytes(name + "_total", $"device/mem_info_{kind}_total", SensorShape.Limit);
    }

    private static void AddClock(GraphicsChannels channels, IReadOnlyList<string> files, string name, string file)
    {
        if (!files.Contains(file))
            return;
        const string expected = "a table of clocks with one marked";
        var path = "device/" + file;
        channels.Add(Parsed(channels, channels.Info(name, "", Quantity.Frequency, SensorShape.Gauge, path), path, DpmText.Current, expected));
        channels.Add(Parsed(channels, channels.Info(name + "_max", "", Quantity.Frequency, SensorShape.Limit, path), path, DpmText.Highest, expected));
    }

    private static void AddLink(GraphicsChannels channels, IReadOnlyList<string> files, string which, string suffix, SensorShape shape)
    {
        if (files.Contains(which + "_link_speed"))
        {
            var path = $"device/{which}_link_speed";
            channels.Add(Parsed(channels, channels.Info("pcie_generation" + suffix, "", Quantity.Count, shape, path), path, PcieText.Generation, "a speed of PCIe"));
        }
        if (files.Contains(which + "_link_width"))
            channels.Lanes("pcie_width" + suffix, $"device/{which}_link_width", shape);
    }

    private void AddMetrics(GraphicsChannels channels, DrmCard card, List<Finding> findings)
    {
        const string path = "device/gpu_metrics";
        var file = new SharedFile(channels.Root, card.DevicePath + "/gpu_metrics", GpuMetrics.Capacity);
        uint used = 0, gateUsed = 0;
        if (!channels.Gate.IsAsleep(ref gateUsed))
        {
            var count = file.Read(ref used, out var table);
            if (GpuMetrics.Of(table) is { } found)
                _layouts[card.Key] = found;
            else if (count > 0)
                findings.Add(new Finding(FindingKind.Note, card.Path + "/" + path, "", $"This GPU's table of metrics is of version {GpuMetrics.Version(table)}, which is not known here; its files are read.", ""));
        }
        if (!_layouts.TryGetValue(card.Key, out var layout))
            return;
        ISensor Sensor(string name, Quantity quantity, MetricsSensor.Pick pick) =>
            new MetricsSensor(channels.Info(name, "", quantity, SensorShape.Gauge, path), file, channels.Gate, layout, pick);
        AddThrottle(channels, layout, Sensor);
        if (layout.SocHeat is { } heat)
            channels.Add(Sensor("soc_temp", Quantity.Temperature, table => (long?)heat.In(table) * 10_000));
        for (var i = 0; i < layout.RegulatorHeat.Length; i++)
        {
            var field = layout.RegulatorHeat[i];
            // A board without this regulator says 0 °C.
            channels.Add(Sensor(Regulators[i], Quantity.Temperature, table => field.In(table) is > 0 and var degrees ? (long)degrees * 1_000_000 : null));
        }
        AddPower(channels, layout.SocketPower, "socket_power", Sensor);
        AddPower(channels, layout.GraphicsPower, "graphics_power", Sensor);
        AddPower(channels, layout.NeuralPower, "npu_power", Sensor);
    }

    private static void AddThrottle(GraphicsChannels channels, GpuMetrics layout, Func<string, Quantity, MetricsSensor.Pick, ISensor> sensor)
    {
        if (layout.Causes is { } causes)
        {
            foreach (var (name, mask) in (ReadOnlySpan<(string, ulong)>)[("throttled_thermal", HeatCauses), ("throttled_power", PowerCauses), ("throttled_current", CurrentCauses)])
                channels.Add(sensor(name, Quantity.State, table => causes.In(table) is { } bits ? Flag((bits & mask) != 0) : null));
        }
        if (layout.Slowdown is { } slowdown)
            channels.Add(sensor("hw_slowdown", Quantity.State, table => slowdown.In(table) is { } bits ? Flag(bits != 0) : null));
        foreach (var (name, fields) in (ReadOnlySpan<(string, MetricsField[])>)[("throttled_thermal", layout.HeatTimes), ("throttled_power", layout.PowerTimes), ("external_brake", layout.BrakeTime)])
        {
            if (fields.Length > 0)
                channels.Add(sensor(name, Quantity.State, new MetricsGrowth(fields).Pick));
        }
    }

    private static void AddPower(GraphicsChannels channels, MetricsField? field, string name, Func<string, Quantity, MetricsSensor.Pick, ISensor> sensor)
    {
        if (field is { } power)
            channels.Add(sensor(name, Quantity.Power, table => (long?)power.In(table) * 1_000));
    }

    private static ParsedSensor Parsed(GraphicsChannels channels, SensorInfo info, string path, ParsedSensor.Parser parse, string expected) =>
        new(info, channels.Root, channels.Locate(path), channels.Gate, parse, expected);

    private static long Flag(bool isSet) => isSet ? 1_000_000 : 0;
}
