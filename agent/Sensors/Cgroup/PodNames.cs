namespace Homelab.NodeAgent.Sensors.Cgroup;

/// <summary>Pods' names by their UID, from the folders that the kubelet keeps their logs in: no right in Kubernetes is needed for it.</summary>
/// <remarks>Source: <c>/var/log/pods/NAMESPACE_NAME_UID</c> (the kubelet's <c>BuildPodLogsDirectory</c>). Names of Kubernetes have no underscore. Anybody who may write there could
/// name a pod as he likes, so a name counts only where it is one (DNS-1123) and the only one of its UID.</remarks>
internal static class PodNames
{
    public const string Folder = "/var/log/pods";

    private const int LongestNamespace = 63;
    private const int LongestName = 253;

    /// <summary><c>NAMESPACE/NAME</c> by UID; an empty name where several folders claim one UID. Empty where there is no such folder.</summary>
    public static Dictionary<string, string> Read(HostRoot root)
    {
        var names = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (var entry in root.List(Folder, out _))
        {
            if (Of(entry) is not var (uid, name))
                continue;
            names[uid] = names.TryGetValue(uid, out var other) && other != name ? "" : name;
        }
        return names;
    }

    /// <summary>Null for what is no such folder.</summary>
    internal static (string Uid, string Name)? Of(string entry)
    {
        var first = entry.IndexOf('_', StringComparison.Ordinal);
        var last = entry.LastIndexOf('_');
        if (first <= 0 || last <= first + 1)
            return null;
        var space = entry.AsSpan(0, first);
        var name = entry.AsSpan(first + 1, last - first - 1);
        var uid = entry[(last + 1)..];
        return IsLabel(space, LongestNamespace) && IsSubdomain(name) && IsUid(uid) ? (uid, $"{space}/{name}") : null;
    }

    /// <summary>What the control groups' paths can say, too: with dashes, or a static pod's 32 digits.</summary>
    private static bool IsUid(string text) => text.Length is 32 or 36 && CgroupPath.PodOf("pod" + text) == text;

    private static bool IsSubdomain(ReadOnlySpan<char> text)
    {
        if (text.Length > LongestName)
            return false;
        while (text.IndexOf('.') is >= 0 and var dot)
        {
            if (!IsLabel(text[..dot], LongestName))
                return false;
            text = text[(dot + 1)..];
        }
        return IsLabel(text, LongestName);
    }

    /// <summary>Small letters, digits and dashes, with neither end a dash.</summary>
    private static bool IsLabel(ReadOnlySpan<char> text, int longest)
    {
        if (text.Length == 0 || text.Length > longest || text[0] == '-' || text[^1] == '-')
            return false;
        foreach (var c in text)
        {
            if (c is not ((>= 'a' and <= 'z') or (>= '0' and <= '9') or '-'))
                return false;
        }
        return true;
    }
}
