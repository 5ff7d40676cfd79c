namespace Homelab.NodeAgent.Sensors.Cgroup;

/// <summary>What a control group's path says of the container in it. Pure.</summary>
/// <param name="Pod">UID with dashes, or a static pod's 32 digits; empty: no pod.</param>
/// <param name="Container">64 hexadecimal digits.</param>
/// <remarks>Paths of the systemd and cgroupfs drivers of containerd, CRI-O, Docker and Podman; a kind node nests a container in a container, and the innermost counts.</remarks>
internal readonly record struct CgroupPath(string Pod, string Container)
{
    private const int ContainerDigits = 64;
    private const int PlainDigits = 32;

    /// <summary>Null for a path that leads to no container.</summary>
    public static CgroupPath? Of(string path) =>
        LastRun(path) is { } container && !path[..container].EndsWith("conmon-", StringComparison.Ordinal)
            ? new CgroupPath(PodBefore(path.AsSpan(0, container)), path.Substring(container, ContainerDigits))
            : null;

    /// <summary>Whether the last part of a path names a container itself, rather than lying in one.</summary>
    public static bool NamesContainer(string name) => LastRun(name) is not null && !name.Contains("conmon-", StringComparison.Ordinal);

    /// <summary>Where the last run of exactly 64 hexadecimal digits starts.</summary>
    private static int? LastRun(string path)
    {
        var run = 0;
        for (var i = path.Length - 1; i >= -1; i--)
        {
            if (i >= 0 && IsDigit(path[i]))
            {
                run++;
                continue;
            }
            if (run == ContainerDigits)
                return i + 1;
            run = 0;
        }
        return null;
    }

    /// <summary>The last pod that a path names; empty when none.</summary>
    public static string PodOf(string path) => PodBefore(path);

    private static string PodBefore(ReadOnlySpan<char> path)
    {
        for (var at = path.LastIndexOf("pod"); at >= 0; at = path[..at].LastIndexOf("pod"))
        {
            var rest = path[(at + 3)..];
            if (IsUid(rest))
                return rest[..36].ToString().Replace('_', '-');
            if (IsDigits(rest, PlainDigits))
                return rest[..PlainDigits].ToString();
        }
        return "";
    }

    /// <summary>8-4-4-4-12, with dashes, or with the underscores that systemd's escaping leaves.</summary>
    private static bool IsUid(ReadOnlySpan<char> text)
    {
        if (text.Length < 36)
            return false;
        for (var i = 0; i < 36; i++)
        {
            var isDash = i is 8 or 13 or 18 or 23;
            if (isDash ? text[i] is not ('-' or '_') : !IsDigit(text[i]))
                return false;
        }
        return true;
    }

    private static bool IsDigits(ReadOnlySpan<char> text, int count)
    {
        if (text.Length < count || (text.Length > count && IsDigit(text[count])))
            return false;
        foreach (var digit in text[..count])
        {
            if (!IsDigit(digit))
                return false;
        }
        return true;
    }

    private static bool IsDigit(char c) => c is (>= '0' and <= '9') or (>= 'a' and <= 'f');
}
