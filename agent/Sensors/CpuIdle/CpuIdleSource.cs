using System.Globalization;
using Homelab.Units;

namespace Homelab.NodeAgent.Sensors.CpuIdle;

/// <summary>How long the processors were in each idle state, all of them together.</summary>
/// <remarks>Source: <c>/sys/devices/system/cpu/cpu*/cpuidle/state*/{name,time}</c> (µs), Documentation/admin-guide/pm/cpuidle.rst. Device <c>cpuidle</c>, name <c>stateN</c>,
/// label = the state's name (<c>C6</c>, <c>WFI</c>). CPUs of another kind may have other states: those of one number and one name are added up.</remarks>
internal sealed class CpuIdleSource : ISensorSource
{
    private const string Folder = "/sys/devices/system/cpu";

    public string Name => "cpuidle";

    public Discovery Discover(HostRoot root)
    {
        var states = new SortedDictionary<string, State>(StringComparer.Ordinal);
        foreach (var (cpu, _) in NumberedEntries.Of(root.List(Folder, out _), "cpu"))
        {
            var path = Folder + "/" + cpu + "/cpuidle";
            foreach (var (state, number) in NumberedEntries.Of(root.List(path, out _), "state"))
            {
                var label = root.ReadLine(path + "/" + state + "/name") ?? "";
                var key = number.ToString("D4", CultureInfo.InvariantCulture) + label;
                if (!states.TryGetValue(key, out var known))
                    states[key] = known = new State(state, label, []);
                known.Files.Add(path + "/" + state + "/time");
            }
        }
        if (states.Count == 0)
            return Discovery.Nothing(new Finding(FindingKind.Foreign, Folder + "/cpu0/cpuidle", Errno.Name(Errno.NoEntry), "The kernel does not count idle states here (usual in virtual machines).", ""));
        var sensors = new List<ISensor>();
        var names = new DeviceNames();
        foreach (var (name, label, files) in states.Values)
            sensors.Add(new IdleTimeSensor(new SensorInfo(Name, "cpuidle", names.Claim(name), label, Quantity.Duration, SensorShape.Counter, files[0]), root, files));
        return Discovery.Of(sensors);
    }

    private sealed record State(string Name, string Label, List<string> Files);
}
