using System.Globalization;

namespace Homelab.NodeAgent.Sensors;

/// <summary>Lines that mend what a finding names, as the host in question takes them: a Talos node has no shell, a pod's device is not its machine's.</summary>
internal static class Remedy
{
    private const string Manual = "our manifests and the Helm chart have it so";

    /// <summary>True on Talos: its kernel's release ends so, and a pod sees that where it does not see the host's os-release.</summary>
    public static bool IsTalos(HostRoot root) => (root.ReadLine("/proc/sys/kernel/osrelease") ?? "").EndsWith("-talos", StringComparison.Ordinal);

    /// <summary>True in a Kubernetes pod; false for recorded files. The kubelet writes the first line of a pod's <c>/etc/hosts</c>.</summary>
    public static bool IsPod(HostRoot root)
    {
        if (!RunningKernel.IsOf(root))
            return false;
        Span<byte> buffer = stackalloc byte[64];
        var count = root.Files.Read("/etc/hosts", buffer);
        return count > 0 && buffer[..count].StartsWith("# Kubernetes-managed hosts file"u8);
    }

    /// <summary>Loads modules now and at each boot.</summary>
    public static string Load(HostRoot root, params ReadOnlySpan<string> modules)
    {
        var all = string.Join(' ', modules);
        if (IsTalos(root))
            return $"Talos machine config: a document of kind KernelModuleConfig with name: {string.Join(", one with name: ", modules)} (older: machine.kernel.modules)";
        var line = modules.Length == 1
            ? $"sudo modprobe {all} && echo {all} | sudo tee /etc/modules-load.d/{all}.conf"
            : $"sudo modprobe -a {all} && printf '%s\\n' {all} | sudo tee /etc/modules-load.d/{modules[0]}.conf";
        return IsPod(root) ? "on the node: " + line : line;
    }

    /// <summary>Opens files that belong to root with mode 0400.</summary>
    public static string ReadRootsFiles(HostRoot root) => IsPod(root)
        ? $"securityContext.runAsUser: 0 without any capability ({Manual}), or another user with capabilities.add: [DAC_READ_SEARCH]"
        : "run it by its systemd unit, which has CAP_DAC_READ_SEARCH, or as root; by hand: sudo setcap cap_dac_read_search+ep \"$(command -v homelab-agent)\"";

    /// <summary>Shows a container the machine's own <c>/sys</c> and <c>/proc</c>.</summary>
    public static string ShowMachine(HostRoot root) => IsPod(root)
        ? $"hostPath /sys at /host/sys and /proc at /host/proc, read-only, and host.root: /host ({Manual})"
        : "docker run -v /sys:/host/sys:ro -v /proc:/host/proc:ro -v /etc:/host/etc:ro … --host-root /host";

    /// <summary>Opens a device node.</summary>
    /// <param name="root">The machine.</param>
    /// <param name="node">Its path.</param>
    /// <param name="rights">As DeviceAllow= takes them, <c>r</c> or <c>rw</c>.</param>
    /// <param name="group">That owns the node on common distributions.</param>
    public static string Give(HostRoot root, string node, string rights, string group) => IsPod(root)
        ? string.Create(CultureInfo.InvariantCulture, $"securityContext.privileged: true, or a device plugin for {node}: a hostPath alone is refused by the device cgroup")
        : string.Create(CultureInfo.InvariantCulture, $"a unit drop-in with DeviceAllow={node} {rights} and SupplementaryGroups={group}; a container with {node} as a device");
}
