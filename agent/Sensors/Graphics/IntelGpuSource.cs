using Homelab.Units;

namespace Homelab.NodeAgent.Sensors.Graphics;

/// <summary>Clocks, idle time and what holds the clocks down, of Intel GPUs with the i915 or xe driver. Their power, energy and temperatures are the hwmon source's; a
/// graphics core inside a processor is in RAPL's <c>uncore</c>.</summary>
/// <remarks>Source: i915 <c>card*/gt/gt*/{rps_*_freq_mhz,rc6_residency_ms,throttle_reason_*}</c>, before Linux 5.18 <c>card*/gt_*_freq_mhz</c>;
/// xe <c>card*/device/tile*/gt*/{freq0/*_freq,freq0/throttle/reason_*,gtidle/idle_residency_ms}</c>. A GPU in runtime suspend is not touched.</remarks>
internal sealed class IntelGpuSource : ISensorSource
{
    // PL1, PL2 and PL4 are power limits over seconds, milliseconds and at once; RATL is a mean of heat; TDC is the regulator's current. PROCHOT is a wire from outside.
    private static readonly (string Name, string[] Reasons)[] Causes =
    [
        ("throttled_thermal", ["thermal", "ratl", "vr_thermalert"]),
        ("throttled_power", ["pl1", "pl2", "pl4"]),
        ("throttled_current", ["vr_tdc"]),
        ("external_brake", ["prochot"]),
    ];

    public string Name => "intel_gpu";

    public Discovery Discover(HostRoot root)
    {
        var cards = DrmCard.Of(root, "i915", "xe");
        if (cards.Count == 0)
            return Discovery.Nothing(IdleDisplay.Absence(root, IdleDisplay.Intel, "This machine has no Intel GPU with the i915 or xe driver.", "xe"));
        var sensors = new List<ISensor>();
        foreach (var card in cards)
        {
            var channels = new GraphicsChannels(Name, root, card);
            var flags = new List<(string Reason, string Path)>();
            if (card.Driver == "xe")
                AddTiles(channels, flags);
            else
                AddEngines(channels, flags);
            AddCauses(channels, flags);
            sensors.AddRange(channels.Sensors);
        }
        return Discovery.Of(sensors);
    }

    private static void AddEngines(GraphicsChannels channels, List<(string Reason, string Path)> flags)
    {
        var engines = NumberedEntries.Of(channels.List("gt"), "gt");
        foreach (var (engine, _) in engines)
        {
            var folder = "gt/" + engine;
            var files = channels.List(folder);
            AddClocks(channels, files, folder, engine, "rps_act_freq_mhz", "rps_max_freq_mhz", "rps_RP0_freq_mhz");
            if (files.Contains("rc6_residency_ms"))
                channels.Milliseconds(engine + "_idle_seconds", folder + "/rc6_residency_ms");
            Collect(flags, files, folder, "throttle_reason_");
        }
        if (engines.Count == 0)
            AddClocks(channels, channels.List(""), "", "gt0", "gt_act_freq_mhz", "gt_max_freq_mhz", "gt_RP0_freq_mhz");
    }

    private static void AddTiles(GraphicsChannels channels, List<(string Reason, string Path)> flags)
    {
        foreach (var (tile, _) in NumberedEntries.Of(channels.List("device"), "tile"))
        {
            foreach (var (engine, _) in NumberedEntries.Of(channels.List("device/" + tile), "gt"))
            {
                var folder = $"device/{tile}/{engine}";
                AddClocks(channels, channels.List(folder + "/freq0"), folder + "/freq0", engine, "act_freq", "max_freq", "rp0_freq");
                if (channels.List(folder + "/gtidle").Contains("idle_residency_ms"))
                    channels.Milliseconds(engine + "_idle_seconds", folder + "/gtidle/idle_residency_ms");
                Collect(flags, channels.List(folder + "/freq0/throttle"), folder + "/freq0/throttle", "reason_");
            }
        }
    }

    /// <summary>The clock now, what it is allowed and what the hardware can.</summary>
    private static void AddClocks(GraphicsChannels channels, IReadOnlyList<string> files, string folder, string engine, string now, string allowed, string most)
    {
        var prefix = folder.Length == 0 ? "" : folder + "/";
        if (files.Contains(now))
            channels.Clock(engine + "_clock", prefix + now, SensorShape.Gauge);
        if (files.Contains(allowed))
            channels.Clock(engine + "_clock_cap", prefix + allowed, SensorShape.Limit);
        if (files.Contains(most))
            channels.Clock(engine + "_clock_max", prefix + most, SensorShape.Limit);
    }

    private static void Collect(List<(string Reason, string Path)> flags, IReadOnlyList<string> files, string folder, string prefix)
    {
        foreach (var file in files)
        {
            if (file.StartsWith(prefix, StringComparison.Ordinal))
                flags.Add((file[prefix.Length..], folder + "/" + file));
        }
    }

    /// <summary>One flag for a cause, over all parts of the GPU.</summary>
    private static void AddCauses(GraphicsChannels channels, List<(string Reason, string Path)> flags)
    {
        foreach (var (name, reasons) in Causes)
        {
            var paths = flags.FindAll(flag => Array.IndexOf(reasons, flag.Reason) >= 0).ConvertAll(static flag => flag.Path);
            if (paths.Count > 0)
            {
                var info = channels.Info(name, "", Quantity.State, SensorShape.Gauge, paths[0]);
                channels.Add(new AnyFlagSensor(info, channels.Root, paths.ConvertAll(channels.Locate), channels.Gate));
            }
        }
    }
}
