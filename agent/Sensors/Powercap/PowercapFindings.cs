using Homelab.NodeAgent.Sensors.Machine;

namespace Homelab.NodeAgent.Sensors.Powercap;

/// <summary>What stands between the agent and the processor's energy counters, said once per cause rather than once per zone.</summary>
internal sealed class PowercapFindings(HostRoot root)
{
    private readonly List<Finding> _findings = [];
    private bool _hidden;
    private bool _denied;
    private bool _dead;

    public IReadOnlyList<Finding> ToList() => _findings;

    /// <summary>The class folder itself can not be listed.</summary>
    public static Finding Unlisted(string path, int errno) => new(
        errno == Errno.Access ? FindingKind.Denied : FindingKind.Broken,
        path,
        Errno.Name(errno),
        "The folder of energy counters can not be listed, so the node's power is modelled.",
        errno == Errno.Access ? "run the agent with read access to /sys" : "");

    /// <summary>No zone at all: another processor family, a missing module, or a virtual machine.</summary>
    public static Finding NoZones(HostRoot root, string path, int errno)
    {
        var name = errno == 0 ? "" : Errno.Name(errno);
        if (VirtualMachine.IsGuest(root))
        {
            return new Finding(
                FindingKind.Missing,
                path,
                name,
                "A virtual machine shows no energy counters, so the node's power is modelled.",
                "run the agent on the hypervisor host instead");
        }
        return Processor.Read(root).CountsEnergy
            ? new Finding(FindingKind.Missing, path, name, "No RAPL driver is loaded, so the processor's energy is not counted.", Remedy.Load(root, "intel_rapl_msr"))
            : new Finding(FindingKind.Foreign, path, name, "This processor has no energy counters.", "");
    }

    /// <summary>A zone is listed in the class folder and its own folder is not there: the container runtime masks it.</summary>
    public void Hidden(string path, int errno)
    {
        if (_hidden)
            return;
        _hidden = true;
        _findings.Add(errno == Errno.NoEntry
            ? new Finding(FindingKind.Denied, path, Errno.Name(errno), "The container runtime masks /sys/devices/virtual/powercap, so no energy is counted.", Remedy.ShowMachine(root))
            : new Finding(FindingKind.Broken, path, Errno.Name(errno), "This zone can not be listed, so it is not counted.", ""));
    }

    /// <summary>What the first look at an energy counter gave.</summary>
    public void Probed(string file, long? energy, int errno)
    {
        if (errno is Errno.Access or Errno.NotPermitted && !_denied)
        {
            _denied = true;
            _findings.Add(new Finding(
                FindingKind.Denied,
                file,
                Errno.Name(errno),
                "Energy counters are readable by root only since CVE-2020-8694, so no energy is counted.",
                Remedy.ReadRootsFiles(root)));
        }
        else if ((errno == Errno.Invalid || (errno == 0 && energy is null or 0)) && !_dead)
        {
            _dead = true;
            _findings.Add(new Finding(
                FindingKind.Broken,
                file,
                errno == 0 ? "" : Errno.Name(errno),
                VirtualMachine.IsGuest(root)
                    ? "A virtual machine shows the counter's file and nothing behind it."
                    : "This counter gives no figure; it is left out.",
                VirtualMachine.IsGuest(root) ? "run the agent on the hypervisor host instead" : ""));
        }
    }

    public void NoRange(string path) => _findings.Add(new Finding(
        FindingKind.Note,
        path + "/max_energy_range_uj",
        "",
        "The counter's range is not known: when it wraps, one interval's energy is lost.",
        ""));
}
