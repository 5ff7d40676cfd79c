namespace Homelab.NodeAgent.Actuators.Cpufreq;

/// <summary>One <c>/sys/devices/system/cpu/cpufreq/policyN</c>: cores that share a clock. All figures in kHz.</summary>
/// <remarks>Source: Documentation/admin-guide/pm/cpufreq.rst. <c>scaling_max_freq</c> shows what is in force, the least of all requests: lower than
/// written while thermal cooling or the platform holds it.</remarks>
internal sealed class CpufreqPolicy
{
    private readonly ControlTree _tree;
    private readonly string _folder;
    private readonly ControlFile? _preference;

    private CpufreqPolicy(ControlTree tree, string name, string folder, ControlFile ceiling, long least, long most)
    {
        (_tree, Name, _folder, Ceiling, Least, Most) = (tree, name, folder, ceiling, least, most);
        Driver = tree.Line(folder + "/scaling_driver") ?? "";
        Table = tree.Numbers(folder + "/scaling_available_frequencies");
        if (Table.Count > 0)
            AddBoost(tree.Numbers(folder + "/scaling_boost_frequencies"));
        BaseFrequency = tree.Number(folder + "/base_frequency");
        _preference = tree.Find(folder, "energy_performance_preference");
    }

    public string Name { get; }

    public string Driver { get; }

    /// <summary>Ascending; empty where the driver takes any value.</summary>
    public List<long> Table { get; }

    /// <summary>The highest clock without turbo, where the driver says it.</summary>
    public long? BaseFrequency { get; }

    public ControlFile Ceiling { get; }

    public long Least { get; private set; }

    /// <summary>The highest ever seen: with turbo shut off by us the driver shows less.</summary>
    public long Most { get; private set; }

    /// <summary>The highest ceiling that we set: the one the machine came with, where that is recorded and lower than the driver's.</summary>
    public long Top => Ceiling.RecordedNumber is { } recorded && recorded >= Least && recorded < Most ? recorded : Most;

    /// <summary>This policy's own turbo switch; absent on most machines.</summary>
    public ControlFile? Boost => _tree.Find(_folder, "boost");

    /// <summary>Null for a policy whose range makes no sense, or that has no ceiling to set.</summary>
    public static CpufreqPolicy? Find(ControlTree tree, string name)
    {
        var folder = "/sys/devices/system/cpu/cpufreq/" + name;
        folder = tree.Behind(folder);
        if (tree.Number(folder + "/cpuinfo_min_freq") is not { } least || tree.Number(folder + "/cpuinfo_max_freq") is not { } most
            || least <= 0 || most < least || tree.Find(folder, "scaling_max_freq") is not { } ceiling)
        {
            return null;
        }
        return new CpufreqPolicy(tree, name, folder, ceiling, least, most);
    }

    /// <summary>The range as the driver has it now.</summary>
    public void Refresh()
    {
        if (_tree.Number(_folder + "/cpuinfo_min_freq") is { } least and > 0)
            Least = least;
        if (_tree.Number(_folder + "/cpuinfo_max_freq") is { } most && most > Most)
            Most = most;
    }

    /// <summary>Puts a ceiling; above <see cref="Top"/> it is <see cref="Top"/>, between two operating points the lower one.</summary>
    public PutResult Hold(long kilohertz)
    {
        var value = Math.Clamp(kilohertz, Least, Top);
        if (Table.Count > 0)
        {
            var index = Table.FindLastIndex(point => point <= value);
            value = index >= 0 ? Table[index] : Table[0];
        }
        var result = Ceiling.PutCeiling(value);
        // With `performance` some drivers hold the highest clock they can get; EBUSY, where the governor insists, is an answer, too.
        if (result.Code == 0 && value < Most && _preference is { IsGivenUp: false } && _preference.ReadText(out _)?.Trim() == "performance")
            result = result with { WasWritten = result.WasWritten | _preference.TryPut("balance_performance").WasWritten };
        return result;
    }

    public PutResult Release() => Ceiling.PutOriginal().And((_preference?.PutOriginal() ?? default) with { Code = 0 });

    public bool RunsAbove(long kilohertz) => _tree.Number(_folder + "/scaling_cur_freq") is { } current && current > kilohertz * 1.02;

    /// <summary>The ceiling as it came; while cooling holds it down its true one is the driver's highest.</summary>
    public List<OriginalValue> Originals(bool isCooling)
    {
        var values = ControlTree.Originals(_preference is null ? [Ceiling] : [Ceiling, _preference]);
        if (isCooling && values.Count > 0 && values[0].Key == Ceiling.Path)
            values[0] = values[0] with { Text = Most.ToString(System.Globalization.CultureInfo.InvariantCulture) + "\n" };
        return values;
    }

    private void AddBoost(List<long> points)
    {
        foreach (var point in points)
        {
            if (!Table.Contains(point))
                Table.Add(point);
        }
        Table.Sort();
    }
}
