namespace Homelab.NodeAgent.Sensors.Bmc;

/// <summary>What stands between the agent and the controller's watts.</summary>
internal static class IpmiFindings
{
    /// <summary>DMI's structure 38 describes a controller's interface.</summary>
    private const string FirmwareWord = "/sys/firmware/dmi/entries/38-0";

    // DSP0134 (SMBIOS) 7.4.1, types of enclosure.
    private const long MainServer = 17;
    private const long RackMount = 23;
    private const long Blade = 28;

    public static Finding NoDevice(HostRoot root, string path)
    {
        _ = root.List(FirmwareWord, out var errno);
        if (errno == 0)
            return new(FindingKind.Missing, path, "", "The firmware names a management controller, and no driver of it is loaded: its watts are not read.", Remedy.Load(root, "ipmi_si", "ipmi_devintf"));
        // Only root sees the entries. What kind of case it is, all do.
        return root.ReadInteger("/sys/class/dmi/id/chassis_type") is MainServer or RackMount or Blade
            ? new(FindingKind.Hint, path, "", "Servers in such a case mostly have a management controller, and no driver of one is loaded: its watts are not read.", Remedy.Load(root, "ipmi_si", "ipmi_devintf"))
            : new(FindingKind.Foreign, path, "", "No management controller is known to the kernel; only servers have one.", "");
    }

    public static Finding Shut(string path, int errno) => errno is Errno.Access or Errno.NotPermitted
        ? new(FindingKind.Denied, path, Errno.Name(errno), "The management controller's device file is shut to the agent, so its watts are not read.",
            "a unit drop-in with DeviceAllow=char-ipmidev r and CAP_DAC_READ_SEARCH; a container needs --device " + path)
        : new(errno == Errno.NoEntry ? FindingKind.Missing : FindingKind.Broken, path, Errno.Name(errno),
            "The kernel has a management controller, and its device file can not be opened.", errno == Errno.NoEntry ? "a container needs --device " + path : "");

    public static Finding Silent(string path, int errno) => new(
        FindingKind.Broken, path, errno == 0 ? "" : Errno.Name(errno), "The management controller does not answer; it is asked again at the next search.",
        "sudo ipmitool mc reset cold (the machine goes on running), or cut its standby power");

    public static Finding NoPower(string path, string identity, string refusal) => new(
        FindingKind.Note, path, "", $"The management controller ({identity}) has no DCMI power reading: {refusal}.", "");

    public static Finding PowerDenied(string path, string refusal) => new(
        FindingKind.Denied, path, "", $"The management controller does not tell its power to the host: {refusal}.", "allow DCMI over the system interface in the controller's own settings");

    public static Finding Measures(string path, string identity) => new(
        FindingKind.Note, path, "", $"Management controller: {identity}. It is asked for its watts every {BoardController.Soonest.TotalSeconds:0} s at most.", "");
}
