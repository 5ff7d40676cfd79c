namespace Homelab.NodeAgent.HostFiles;

/// <summary>Where the machine's device nodes are for this process. A container that sees the host's <c>/sys</c> below another root is given devices in its own <c>/dev</c>.</summary>
internal static class DeviceNode
{
    /// <summary>The path to open; null when there is no such node, and in recorded trees, which have none.</summary>
    /// <param name="root">The machine.</param>
    /// <param name="node">As the machine has it, <c>/dev/i2c-1</c>.</param>
    public static string? Locate(HostRoot root, string node)
    {
        if (IsNode(root, root.Locate(node)))
            return root.Locate(node);
        return root.IsElsewhere && IsRunning(root) && IsNode(root, node) ? node : null;
    }

    /// <summary>Names in <c>/dev</c>, as <see cref="Locate"/> finds them; in ordinal order.</summary>
    public static IReadOnlyList<string> List(HostRoot root)
    {
        var names = root.List("/dev", out _);
        return names.Count > 0 || !root.IsElsewhere || !IsRunning(root) ? names : root.Files.List("/dev", out _);
    }

    // A device node is no folder, and says so when it is listed.
    private static bool IsNode(HostRoot root, string path)
    {
        _ = root.Files.List(path, out var errno);
        return errno == Errno.NotDirectory;
    }

    private static bool IsRunning(HostRoot root)
    {
        Span<byte> number = stackalloc byte[32];
        return root.Files.Read(root.Locate("/sys/kernel/uevent_seqnum"), number) > 0;
    }
}
