using Homelab.NodeAgent.Ipmi;
using Homelab.NodeAgent.Sensors;
using Homelab.NodeAgent.Sensors.Bmc;
using Homelab.NodeAgent.Sensors.I2c;
using Homelab.NodeAgent.Sensors.Nvidia;
using Homelab.NodeAgent.Sensors.PowerPmu;
using Homelab.NodeAgent.Sensors.RaspberryPi;
using Homelab.TestKit;

namespace Homelab.Fuzz;

/// <summary>A machine with garbled files and, where a source speaks to a device, a garbled device. Every source of the catalogue finds something on one of them.</summary>
internal sealed class FuzzedMachine : IDisposable
{
    /// <summary>Composed: what recorded trees can not hold.</summary>
    private const string Devices = "(devices)";

    private const string Containers = "(containers of version 1)";
    private const string Address = "0000:01:00.0";
    private const string Pod = "/kubepods.slice/kubepods-burstable.slice/kubepods-burstable-pod0a1b2c3d_1111_2222_3333_444455556666.slice";

    private static readonly string Hosts = Path.Combine(RepositoryRoot.Path, "tests", "fixtures", "hosts");
    private static readonly string[] Card =
        [.. File.ReadLines(Path.Combine(RepositoryRoot.Path, "tests", "fixtures", "nvml", "cards", "geforce-rtx-4080-super.txt")).Where(static line => !line.StartsWith('#'))];

    /// <summary>Processes that use the card, and when they did.</summary>
    private static readonly string[] Users = ["0.use 700:50:10:0:0 701:20:0:0:0 9999:5:0:0:0", "0.usetime 1000", "0.running 700:1048576:3:0"];

    private readonly FixtureHost _host;
    private readonly NvidiaSource _nvidia;

    private FuzzedMachine(string name, int seed, double share)
    {
        _host = name switch { Devices => WithDevices(new DeviceDice(seed, share)), Containers => WithContainers(), _ => FixtureHost.Recorded(name) };
        Files = new GarbledFiles(new PosixFiles(), _host.Path, seed, share);
        Root = _host.Seen(Files);
        _nvidia = new NvidiaSource(Clock);
        Sources = [.. SensorCatalog.Sources(MonitorText.Parse(GarbledBus.Monitors, out var problem) ?? throw new InvalidOperationException(problem)).Select(source => Wired(source, seed, share))];
    }

    public static IReadOnlyList<string> Names { get; } =
        [.. Directory.GetDirectories(Hosts).Select(static folder => Path.GetFileName(folder)).Order(StringComparer.Ordinal), Devices, Containers];

    public GarbledFiles Files { get; }

    public HostRoot Root { get; }

    public ManualClock Clock { get; } = new();

    public IReadOnlyList<ISensorSource> Sources { get; }

    /// <summary>Each of them in turn, and every fifth time the one with the devices: files have twenty machines to go wrong on.</summary>
    public static string Name(int seed) => seed % 5 == 0 ? Devices : Names[seed % Names.Count];

    public static FuzzedMachine Open(string name, int seed, double share) => new(name, seed, share);

    public void Dispose()
    {
        // Another machine: threads end and the library is closed.
        using var nothing = FixtureHost.Of();
        foreach (var source in Sources)
        {
            if (source is NvidiaSource)
                _ = source.Discover(nothing.Root);
        }
        _host.Dispose();
    }

    /// <summary>Sources that would speak to devices of the machine that the test runs on speak to garbled ones.</summary>
    private ISensorSource Wired(ISensorSource source, int seed, double share) => source switch
    {
        NvidiaSource => _nvidia,
        NvidiaProcessSource => new NvidiaProcessSource { Nvidia = _nvidia },
        I2cSource named => new I2cSource(Clock) { Monitors = named.Monitors, Buses = new GarbledBus(new DeviceDice(seed, share)), Lines = new FakeGpio() },
        IpmiSource => new IpmiSource(Controller(new DeviceDice(seed, share)), Clock),
        PerfSource => new PerfSource(new GarbledCounters(new DeviceDice(seed, share))),
        RaspberryPiSource => new RaspberryPiSource(_ => new GarbledFirmware(new DeviceDice(seed, share)), Clock),
        _ => source,
    };

    private IpmiOpen Controller(DeviceDice dice) => (string _, out int errno) =>
    {
        errno = dice.Strikes() ? dice.Errno() : 0;
        return errno == 0 ? new GarbledController(dice, Clock) : null;
    };

    private static FixtureHost WithDevices(DeviceDice dice)
    {
        const string pmu = PerfSource.Unit;
        var host = FixtureHost.Of(
            ("/proc/sys/kernel/random/boot_id", File.ReadAllText("/proc/sys/kernel/random/boot_id")),
            (pmu + "/type", "20\n"), (pmu + "/cpumask", "0,18\n"), (pmu + "/events/energy-pkg", "event=0x02\n"), (pmu + "/events/energy-pkg.unit", "Joules\n"),
            (pmu + "/events/energy-pkg.scale", "2.3283064365386962890625e-10\n"), (pmu + "/events/energy-ram", "event=0x03\n"), (pmu + "/events/energy-ram.scale", "2.3283064365386962890625e-10\n"),
            ("/sys/class/ipmi/ipmi0/", ""), ("/dev/ipmi0", ""), ("/dev/i2c-1", ""), ("/dev/vcio_gencmd", ""),
            ("/sys/fs/cgroup/cgroup.controllers", "cpu\n"), ($"/sys/fs/cgroup{Pod}/cri-containerd-{new string('a', 64)}.scope/cpu.stat", "usage_usec 7000123\nuser_usec 6000000\n"),
            ("/proc/2/comm", "kthreadd\n"), ("/proc/700/cgroup", $"0::{Pod}/cri-containerd-{new string('a', 64)}.scope\n"), ("/proc/701/cgroup", "0::/user.slice\n"));
        FakeNvml.Recorded(host, (Address, "geforce-rtx-4080-super")).Say([.. Users, .. GarbledCard.Lines(dice, [.. Card, .. Users])]);
        return host;
    }

    private static FixtureHost WithContainers() => FixtureHost.Of(
        ("/sys/fs/cgroup/cpuacct/cpuacct.usage", "1\n"), ($"/sys/fs/cgroup/cpuacct/docker/{new string('b', 64)}/cpuacct.usage", "7000123000\n"));
}
