using System.Numerics;
using Homelab.NodeAgent.Nvml;

namespace Homelab.NodeAgent.Sensors.Nvidia;

/// <summary>Power, energy, limits, temperatures, use, clocks and what holds the clocks down, of GPUs with NVIDIA's driver.</summary>
/// <remarks>Source: libnvidia-ml.so.1, bound at run time; the GPUs are found in <c>/sys/bus/pci/drivers/nvidia</c> first, so that a machine without one loads nothing
/// and one in runtime suspend is not woken. Device = <c>nvidia@0000:01:00.0</c>. A call that hangs in the driver hangs this GPU alone where there are several, else this
/// source alone: neither is entered again until it returns. With MIG, power is of the whole card.</remarks>
internal sealed class NvidiaSource(TimeProvider? time = null) : ISensorSource
{
    private readonly NvidiaTeam _team = new(time ?? TimeProvider.System);
    private NvmlSession? _session;
    private HostRoot? _root;
    private uint _searchesWithLost;

    public string Name => "nvidia";

    /// <summary>Where the GPUs' processes are told, once somebody asks.</summary>
    public NvidiaProcessDesk Desk { get; } = new();

    public Discovery Discover(HostRoot root)
    {
        var addresses = NvidiaDevices.Driven(root);
        Keep(root, addresses);
        if (addresses.Count == 0)
            return Discovery.Nothing(NvidiaDevices.Absence(root));
        _team.Search();
        var sensors = new List<ISensor>();
        var findings = new List<Finding>();
        foreach (var seat in _team.Seats)
        {
            foreach (var channel in seat.Listed)
                sensors.Add(new NvidiaSensor(Name, _team, seat, channel));
            var finding = seat.IsLate ? NvidiaWords.Hangs(seat.Gpu.Path) : Describe(seat.Gpu);
            if (!findings.Exists(other => other.Path == finding.Path && other.Errno == finding.Errno))
                findings.Add(finding);
        }
        return new Discovery(sensors, findings);
    }

    /// <summary>The session is kept over searches; so is what is known of each GPU that is still there.</summary>
    private void Keep(HostRoot root, IReadOnlyList<string> addresses)
    {
        if (_root is not null && _root.Path != root.Path)
            Forget();
        _root = root;
        // A library that a thread is inside of can be neither closed nor exchanged.
        if (!_team.IsBusy)
            Renew(addresses.Count == 0);
        _session ??= new NvmlSession(NvmlPaths.For(root.Locate("")));
        _team.Keep(addresses, address => new NvidiaGpu(root, _session, address, Desk));
    }

    /// <summary>Closes or exchanges the library where what the GPUs said asks for it.</summary>
    private void Renew(bool isLast)
    {
        if (isLast || Any(NvmlResult.LibRmVersionMismatch, NvmlResult.Uninitialized, NvmlResult.DriverNotLoaded))
        {
            // The driver went, or was exchanged: the library in memory is not its own any more.
            _session?.Unload();
        }
        else if (Any(NvmlResult.GpuIsLost, NvmlResult.GpuNotFound, NvmlResult.NotFound))
        {
            // The library lists GPUs when it is initialised: one that came back is seen by a new initialisation only, which costs the others
            // seconds where nothing else holds them open. So it is tried less and less often.
            if (BitOperations.IsPow2(++_searchesWithLost))
                _session?.Close();
        }
        else
        {
            _searchesWithLost = 0;
        }
    }

    private bool Any(params ReadOnlySpan<NvmlResult> states)
    {
        foreach (var seat in _team.Seats)
        {
            foreach (var state in states)
            {
                if (seat.Gpu.State == state)
                    return true;
            }
        }
        return false;
    }

    private void Forget()
    {
        var isBusy = _team.IsBusy;
        _team.Clear();
        if (!isBusy)
            _session?.Dispose();
        _session = null;
    }

    private Finding Describe(NvidiaGpu gpu)
    {
        if (gpu.State != NvmlResult.Success)
        {
            // A library that can not be used is one finding, not one for each GPU.
            var isOpen = _session!.IsOpen;
            var path = isOpen ? gpu.Path : _session.Path.Length > 0 ? _session.Path : "libnvidia-ml.so.1";
            return gpu.State == NvmlResult.LibraryNotFound && _session.Path.Length > 0
                ? NvidiaWords.Unloadable(path)
                : NvidiaWords.ToFinding(gpu.State, path, isOpen ? gpu.Address : null);
        }
        return new Finding(FindingKind.Note, gpu.Path, "", gpu.IsUnknown
            ? "This NVIDIA GPU sleeps; it is read when it wakes by itself."
            : $"{gpu.ProductName}, {gpu.Uuid}, driver {_session!.DriverVersion}. On most GPUs since Ampere 'power' is a mean over 1 s; 'energy' has no such delay.", "");
    }
}
