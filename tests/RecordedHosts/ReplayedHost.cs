namespace Homelab.RecordedHosts;

/// <summary>One copy of a recorded machine: reads its limits, steps its plant, shows the result in its files.</summary>
internal sealed class ReplayedHost : IDisposable
{
    private readonly HostTree _tree;
    private readonly MachineModel _machine;
    private readonly IDemand _demand;
    private readonly double _speed;
    private readonly LimitFiles _limits;
    private readonly IReadOnlyList<MovingFile> _files;
    private readonly IReadOnlyList<CounterFile> _counters;
    private PlantState _state;

    /// <summary>Opens the copy at <paramref name="root"/> as the given instance of its machine, from 0; the story of its demand runs
    /// <paramref name="speed"/> times as fast.</summary>
    public ReplayedHost(string root, string name, string machine, int instance, IDemand demand, double speed)
    {
        Name = name;
        _tree = new HostTree(root);
        _machine = MachineModel.For(machine, HostFiles.Clusters(_tree)).Instance(instance);
        _demand = demand;
        _speed = speed;
        _state = PlantState.Initial(_machine);
        _limits = new LimitFiles(_tree);
        _files = HostFiles.Open(_tree, _machine);
        _counters = HostFiles.OpenCounters(_tree);
    }

    public string Name { get; }

    public PlantState State => _state;

    /// <summary>Gives the copy its own name and boot, so that no two look like one machine.</summary>
    public static void Identify(string root, string name, int seed)
    {
        var tree = new HostTree(root);
        File.WriteAllText(tree.Locate("/etc/hostname"), name + "\n");
        var boot = tree.Locate("/proc/sys/kernel/random/boot_id");
        if (File.Exists(boot))
            File.WriteAllText(boot, BootId(name, seed) + "\n");
    }

    /// <summary>Moves the machine on by a time.</summary>
    public void Advance(TimeSpan step)
    {
        var demand = _demand.At(_state.Elapsed * _speed);
        _state = Plant.Step(_machine, _state, demand, _limits.Read(_machine), step);
        foreach (var file in _files)
            file.Show(_state);
        Count(TimeSpan.Zero);
    }

    /// <summary>Shows the energy counters as they are a moment after the last advance: hardware counts every millisecond, and watts are read from differences.</summary>
    public void Count(TimeSpan since)
    {
        foreach (var counter in _counters)
            counter.Show(_state.Energy + _state.Power.Over(since));
    }

    public void Dispose()
    {
        foreach (var counter in _counters)
            counter.Dispose();
        foreach (var file in _files)
            file.Dispose();
    }

    // A version 4 UUID in form, from name and seed.
    private static string BootId(string name, int seed)
    {
        var hash = System.Security.Cryptography.SHA256.HashData(System.Text.Encoding.UTF8.GetBytes($"{seed}/{name}"));
        hash[6] = (byte)(hash[6] & 0x0f | 0x40);
        hash[8] = (byte)(hash[8] & 0x3f | 0x80);
        return new Guid(hash.AsSpan(0, 16), bigEndian: true).ToString();
    }
}
