namespace Homelab.NodeAgent.Sensors;

/// <summary>Whether a finding stands in the way of a figure.</summary>
internal enum FindingKind
{
    /// <summary>The kernel offers nothing here; normal on many machines.</summary>
    Missing = 1,

    /// <summary>It is there, and this process may not read it.</summary>
    Denied = 2,

    /// <summary>It is there, and it is broken.</summary>
    Broken = 3,

    /// <summary>Worth knowing; nothing to mend.</summary>
    Note = 4,

    /// <summary>Other machines have it. Nothing is missing here.</summary>
    Foreign = 5,

    /// <summary>Nothing failed, and the fix would show more.</summary>
    Hint = 6,
}

/// <summary>One line of <c>homelab-agent doctor</c>.</summary>
/// <param name="Kind">Missing, denied, broken, or nothing that is wrong.</param>
/// <param name="Path">The file or folder as the machine sees it.</param>
/// <param name="Errno">The kernel's name for the failure (<c>EACCES</c>); empty when nothing failed.</param>
/// <param name="Meaning">What it means for the figures, one sentence.</param>
/// <param name="Fix">A line to paste or a setting to change; empty when there is none.</param>
internal sealed record Finding(FindingKind Kind, string Path, string Errno, string Meaning, string Fix)
{
    /// <summary>Why a folder of the kernel's lists nothing: it is shut, or this machine has none.</summary>
    public static Finding OfFolder(string path, int errno, string shut, string absent) => errno == HostFiles.Errno.Access
        ? new(FindingKind.Denied, path, HostFiles.Errno.Name(errno), shut, "run the agent with read access to /sys")
        : new(FindingKind.Foreign, path, errno == 0 ? "" : HostFiles.Errno.Name(errno), absent, "");
}
