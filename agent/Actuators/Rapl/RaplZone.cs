namespace Homelab.NodeAgent.Actuators.Rapl;

/// <summary>One interface to a package's limits: an MSR zone or an MMIO zone. Files are probed one by one; what is absent is not zero.</summary>
/// <remarks>Source: <c>/sys/class/powercap/intel-rapl*:N</c>, Documentation/power/powercap/powercap.rst. <c>constraint_X</c> is found by its
/// <c>constraint_X_name</c>: the driver skips limits that it can not reach. The kernel checks no range: 0 and absurd values are accepted.</remarks>
internal sealed class RaplZone
{
    /// <summary>What a hold asks for; the driver makes 999424 µs of it.</summary>
    private const long WindowMicroseconds = 1_000_000;

    private const long WindowGoodEnough = 1_250_000;

    private readonly ControlFile? _enabled;
    private readonly ControlFile _long;
    private readonly ControlFile? _longMost;
    private readonly ControlFile? _window;
    private readonly ControlFile? _short;

    private RaplZone(ControlFile @long, ControlFile? longMost, ControlFile? window, ControlFile? @short, ControlFile? enabled) =>
        (_long, _longMost, _window, _short, _enabled) = (@long, longMost, window, @short, enabled);

    /// <summary>The long-term limit's file: the one that says what holds.</summary>
    public string Path => _long.Path;

    /// <summary>Null for a zone without a long-term limit: AMD's, and sub-zones.</summary>
    public static RaplZone? Find(ControlTree tree, string folder)
    {
        string? longTerm = null, shortTerm = null;
        foreach (var entry in tree.List(folder))
        {
            if (!entry.StartsWith("constraint_", StringComparison.Ordinal) || !entry.EndsWith("_name", StringComparison.Ordinal))
                continue;
            var prefix = entry[..^"name".Length];
            switch (tree.Line(folder + "/" + entry))
            {
                case "long_term": longTerm ??= prefix; break;
                case "short_term": shortTerm ??= prefix; break;
            }
        }
        if (longTerm is null || tree.Find(folder, longTerm + "power_limit_uw") is not { } limit)
            return null;
        return new RaplZone(
            limit,
            tree.Find(folder, longTerm + "max_power_uw"),
            tree.Find(folder, longTerm + "time_window_us"),
            shortTerm is null ? null : tree.Find(folder, shortTerm + "power_limit_uw"),
            tree.Find(folder, "enabled"));
    }

    /// <summary>The long-term limit in force, µW; null when this interface limits nothing, or can not be read (then with a code).</summary>
    public long? Limit(out int code)
    {
        if (_long.ReadNumber(out code) is not { } limit)
            return null;
        return limit > 0 && IsEnabled() ? limit : null;
    }

    /// <summary>The limit that the machine came with, µW; null when it came without.</summary>
    public long? OriginalLimit()
    {
        var enabled = _enabled?.OriginalNumber ?? _enabled?.ReadNumber(out _) ?? 1;
        var limit = _long.OriginalNumber ?? _long.ReadNumber(out _);
        return enabled != 0 && limit > 0 ? limit : null;
    }

    /// <summary>The package's design power, µW; null where the driver has none or says 0.</summary>
    public long? DesignPower() => _longMost?.ReadNumber(out _) is { } power and > 0 ? power : null;

    /// <summary>The averaging window while held, µs; null where the interface has none.</summary>
    public long? Window() => _window?.ReadNumber(out _) is { } window and > 0 ? window : null;

    /// <summary>Bursts above the long-term limit can not be shut off here.</summary>
    public bool BurstsFreely => _short is null || _short.IsGivenUp;

    public int Probe() => _long.Probe();

    /// <summary>Puts both limits; the failure is that of the long-term one or of the enable bit, the rest only helps.</summary>
    public PutResult Hold(long microwatts)
    {
        var result = _long.PutCeiling(microwatts);
        if (result.Code != 0)
            return result;
        if (_short is not null)
            result = result with { WasWritten = result.WasWritten | _short.TryPut(microwatts).WasWritten };
        if (_window is not null && Window() > WindowGoodEnough)
            result = result with { WasWritten = result.WasWritten | _window.TryPut(WindowMicroseconds).WasWritten };
        // Last: an enable bit before the limit would bring a stale limit to life.
        if (_enabled is null || IsEnabled())
            return result;
        var enable = _enabled.PutText("1");
        return result.And(enable.Code == 0 && !IsEnabled() ? enable with { Code = ControlCode.Ignored, OnWrite = true } : enable);
    }

    /// <summary>As the machine came. The enable bit first: an original limit of 0 must not be in force for a moment.</summary>
    public PutResult Release()
    {
        var result = default(PutResult);
        foreach (var file in Files())
            result = result.And(file.PutOriginal());
        return result;
    }

    /// <summary>In the order to restore them.</summary>
    public IEnumerable<ControlFile> Files()
    {
        if (_enabled is not null)
            yield return _enabled;
        yield return _long;
        if (_short is not null)
            yield return _short;
        if (_window is not null)
            yield return _window;
    }

    private bool IsEnabled() => _enabled is null || _enabled.ReadNumber(out _) is not 0;
}
