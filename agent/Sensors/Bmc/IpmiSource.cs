using Homelab.NodeAgent.Ipmi;

namespace Homelab.NodeAgent.Sensors.Bmc;

/// <summary>The machine's power as its management controller measures it at the supplies.</summary>
/// <remarks>Source: <c>/dev/ipmi0</c> of ipmi_devintf, DCMI 1.5 "Get Power Reading". Device = <c>ipmi0</c>, label <c>dcmi</c>: <c>power</c> is the whole machine at the wall,
/// unless the board's maker left cards out of it. Controllers are kept over searches, so that an inventory costs no question.</remarks>
internal sealed class IpmiSource(IpmiOpen open, TimeProvider time) : ISensorSource
{
    private const string ClassPath = "/sys/class/ipmi";

    private readonly SortedDictionary<string, BoardController> _controllers = new(StringComparer.Ordinal);
    private string? _rootPath;

    public IpmiSource()
        : this(IpmiDevice.Open, TimeProvider.System)
    {
    }

    public string Name => "ipmi";

    public Discovery Discover(HostRoot root)
    {
        if (_rootPath is not null && _rootPath != root.Path)
            Forget(static _ => true);
        _rootPath = root.Path;
        var entries = NumberedEntries.Of(root.List(ClassPath, out _), "ipmi");
        Forget(name => !entries.Any(entry => entry.Name == name));
        if (entries.Count == 0)
            return Discovery.Nothing(IpmiFindings.NoDevice(root, ClassPath));
        var sensors = new List<ISensor>();
        var findings = new List<Finding>();
        foreach (var (name, _) in entries)
            findings.Add(Search(root, name, sensors));
        return new Discovery(sensors, findings);
    }

    private Finding Search(HostRoot root, string name, List<ISensor> sensors)
    {
        var path = "/dev/" + name;
        if (!_controllers.TryGetValue(name, out var controller))
            _controllers[name] = controller = new BoardController(path, time);
        if (!controller.IsOpen)
        {
            if (Open(root, path, out var errno) is not { } device)
                return IpmiFindings.Shut(path, errno);
            controller.Attach(device);
        }
        controller.Greet();
        if (controller.Identity is not { } identity)
            return IpmiFindings.Silent(path, controller.LostBy);
        if (controller.Refusal is { } code && CompletionCode.IsRefusal(code))
            return IpmiFindings.NoPower(path, identity, CompletionCode.Words(code));
        foreach (var channel in PowerChannels.All)
            sensors.Add(new PowerSensor(name, path, controller, channel));
        return controller.Refusal is { } denied ? IpmiFindings.PowerDenied(path, CompletionCode.Words(denied)) : IpmiFindings.Measures(path, identity);
    }

    // A container gets the device among its own files more often than among the host's.
    private IIpmiDevice? Open(HostRoot root, string path, out int errno)
    {
        var device = open(root.Locate(path), out errno);
        return device is null && errno == Errno.NoEntry && root.IsElsewhere && RunningKernel.IsOf(root) ? open(path, out errno) : device;
    }

    private void Forget(Predicate<string> isGone)
    {
        foreach (var name in _controllers.Keys.Where(name => isGone(name)).ToArray())
        {
            _controllers[name].Dispose();
            _controllers.Remove(name);
        }
    }
}
