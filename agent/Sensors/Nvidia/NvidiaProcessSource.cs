using Homelab.NodeAgent.Nvml;
using Homelab.NodeAgent.Sensors.Cgroup;

namespace Homelab.NodeAgent.Sensors.Nvidia;

/// <summary>Which containers used each NVIDIA GPU. Nobody but the split of the node's energy asks for it: it is no part of the inventory.</summary>
/// <remarks>
/// Sources: what <see cref="NvidiaSource"/>'s looks told of processes (no call of the driver is made here), and <c>/proc/PID/cgroup</c>. Whose numbers NVML says depends on the kernel
/// module: older ones always say the machine's; NVIDIA's open modules (nvidia/open-gpu-kernel-modules: <c>osFindNsPid</c>) say those of the asker's PID namespace, and of processes that
/// are not in it the machine's in samples of use, and nothing in lists. So numbers count only where the <c>/proc</c> that is seen is the machine's own.
/// </remarks>
internal sealed class NvidiaProcessSource : ICardSource
{
    private const string HostNumbers = "a pod: hostPID: true; a container: --pid=host";

    private readonly Dictionary<string, NvidiaProcessSensor> _cards = new(StringComparer.Ordinal);
    private readonly Lock _gate = new();
    private HostRoot? _root;

    public string Name => "nvidia_processes";

    /// <summary>Who looks at the GPUs.</summary>
    public required NvidiaSource Nvidia { get; init; }

    public Discovery Discover(HostRoot root)
    {
        var addresses = NvidiaDevices.Driven(root);
        if (addresses.Count == 0)
            return Discovery.Nothing(new Finding(FindingKind.Missing, NvmlPaths.DriverFolder, "", "No GPU is driven by NVIDIA's driver here, so no process uses one.", ""));
        Nvidia.Desk.Ask();
        var numbers = ProcessNumbersLook.At(root);
        var sensors = new List<ISensor>();
        var findings = new List<Finding>();
        lock (_gate)
        {
            if (_root?.Path != root.Path)
                _cards.Clear();
            _root = root;
            foreach (var address in addresses)
            {
                var device = "nvidia@" + address;
                if (!_cards.TryGetValue(device, out var card))
                    _cards[device] = card = new NvidiaProcessSensor(Name, root, Nvidia.Desk, address);
                card.Numbers = numbers;
                sensors.Add(card);
                if (numbers != ProcessNumbers.Elsewhere && card.Describe() is { } finding)
                    findings.Add(finding);
            }
        }
        if (numbers == ProcessNumbers.Elsewhere)
        {
            findings.Add(new Finding(FindingKind.Missing, "/proc/2/comm", "", "The /proc that is seen here is not the machine's own, so nobody knows whose processes use the GPU: its energy goes to no container.",
                "mount the host's /proc at /host/proc, or share the host's process numbers (" + HostNumbers + ")"));
        }
        else if (numbers == ProcessNumbers.Nested && findings.Count == 0)
        {
            findings.Add(new Finding(FindingKind.Note, "/proc/self/status", "",
                $"The agent has process numbers of its own; some versions of NVIDIA's kernel module hide processes of others then. If GPU energy goes to no container: {HostNumbers}.", ""));
        }
        return new Discovery(sensors, findings);
    }

    public void Take(string device, CardUse use)
    {
        NvidiaProcessSensor? card;
        lock (_gate)
            card = _cards.GetValueOrDefault(device);
        if (card is null)
            use.Clear();
        else
            card.Take(use);
    }

    internal static Finding Hidden(string path) => new(FindingKind.Missing, path, "",
        "The GPU works, and the driver tells processes that are not seen in /proc, or none: its energy goes to no container.", "share the host's process numbers (" + HostNumbers + ")");

    internal static Finding Refused(string path) => new(FindingKind.Denied, path, "NVML_ERROR_NO_PERMISSION",
        "The driver does not say which processes run on this GPU's instances (MIG): its energy goes to no container.",
        "a container: NVIDIA_MIG_MONITOR_DEVICES=all and the capability SYS_ADMIN; a unit: AmbientCapabilities=CAP_SYS_ADMIN");

    internal static Finding TooMany(string path) => new(FindingKind.Note, path, "",
        $"More than the {NvidiaProcesses.Most} processes that are told apart use this GPU: its energy goes to no container.", "");

    internal static Finding Even(string path) => new(FindingKind.Note, path, "",
        "The driver does not say what each process uses of this GPU (MIG, or an old driver): its energy above idle is split evenly over those that run.", "");
}
