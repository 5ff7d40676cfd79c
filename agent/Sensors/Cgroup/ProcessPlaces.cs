using System.Text;

namespace Homelab.NodeAgent.Sensors.Cgroup;

/// <summary>In which container a process is. Remembers the processes that it was asked for, so that one that stays costs a read and nothing else. Owned by one thread.</summary>
/// <remarks>Source: <c>/proc/PID/cgroup</c>, cgroups(7): a line <c>0::PATH</c> of version 2, <c>ID:CONTROLLERS:PATH</c> of version 1. Within a cgroup namespace the paths are
/// relative and may begin with <c>/..</c>; the container's digits are in them all the same. The file is read each time: numbers of processes come again.</remarks>
internal sealed class ProcessPlaces(HostRoot root)
{
    /// <summary>Version 1 has a line for each of a dozen controllers.</summary>
    private const int Capacity = 4096;

    private readonly byte[] _buffer = new byte[Capacity];
    private Process[] _known = new Process[8];
    private int _count;
    private uint _round;

    /// <summary>Processes that the last round asked for.</summary>
    public int Count => _count;

    /// <summary>Begins to ask; what is not asked for before <see cref="End"/> is forgotten.</summary>
    public void Begin() => _round++;

    /// <summary>The container's first 12 digits; null: in none, or not to be known.</summary>
    /// <param name="pid">As <c>/proc</c> has it.</param>
    /// <param name="isThere">False when there is no such process.</param>
    public string? Of(uint pid, out bool isThere)
    {
        isThere = false;
        if (pid == 0)
            return null;
        var process = Find(pid);
        process.Round = _round;
        var read = root.Files.Read(process.Path, _buffer);
        if (read <= 0)
        {
            process.Hash = 0;
            return process.Container = null;
        }
        isThere = true;
        var text = _buffer.AsSpan(0, read);
        var hash = Hash(text);
        if (hash != process.Hash)
            (process.Hash, process.Container) = (hash, ContainerIn(text));
        return process.Container;
    }

    public void End()
    {
        for (var i = _count - 1; i >= 0; i--)
        {
            if (_known[i].Round == _round)
                continue;
            _known[i] = _known[--_count];
            _known[_count] = null!;
        }
    }

    /// <summary>Of the line of version 2 or of the processor's time where it names a container, else of the first that does.</summary>
    internal static string? ContainerIn(ReadOnlySpan<byte> text)
    {
        string? first = null;
        while (text.IndexOf((byte)'\n') is >= 0 and var end)
        {
            var line = text[..end];
            text = text[(end + 1)..];
            var second = line.IndexOf((byte)':') is >= 0 and var colon ? line[(colon + 1)..] : default;
            if (second.IndexOf((byte)':') is not (>= 0 and var middle) || CgroupPath.Of(Encoding.Latin1.GetString(second[(middle + 1)..])) is not { } place)
                continue;
            var container = place.Container[..CgroupSource.NameDigits];
            if (middle == 0 || second[..middle].IndexOf("cpuacct"u8) >= 0)
                return container;
            first ??= container;
        }
        return first;
    }

    private Process Find(uint pid)
    {
        for (var i = 0; i < _count; i++)
        {
            if (_known[i].Pid == pid)
                return _known[i];
        }
        if (_count == _known.Length)
            Array.Resize(ref _known, _count * 2);
        return _known[_count++] = new Process(pid, root.Locate(string.Create(System.Globalization.CultureInfo.InvariantCulture, $"/proc/{pid}/cgroup")));
    }

    /// <summary>FNV-1a of 64 bits; never 0.</summary>
    private static ulong Hash(ReadOnlySpan<byte> text)
    {
        var hash = 14695981039346656037UL;
        foreach (var letter in text)
            hash = (hash ^ letter) * 1099511628211UL;
        return hash | 1;
    }

    private sealed class Process(uint pid, string path)
    {
        public uint Pid => pid;

        public PseudoPath Path { get; } = path;

        public uint Round { get; set; }

        public ulong Hash { get; set; }

        public string? Container { get; set; }
    }
}
