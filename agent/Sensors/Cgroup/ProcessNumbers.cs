namespace Homelab.NodeAgent.Sensors.Cgroup;

/// <summary>Whose process numbers the <c>/proc</c> has that the agent sees.</summary>
internal enum ProcessNumbers
{
    /// <summary>Not the machine's: a number that somebody else says may mean another process here, or none.</summary>
    Elsewhere = 0,

    /// <summary>The machine's, and the agent itself is in a PID namespace of its own below it.</summary>
    Nested = 1,

    /// <summary>The machine's, and the agent's own.</summary>
    Machine = 2,
}

/// <summary>Sources: the machine's process 2 is <c>kthreadd</c>, and only the machine's; <c>NSpid</c> of <c>/proc/self/status</c> has a number for each namespace from that of the
/// mount down to the reader's (Documentation/filesystems/proc.rst).</summary>
internal static class ProcessNumbersLook
{
    private const int Capacity = 4096;

    public static ProcessNumbers At(HostRoot root)
    {
        if (root.ReadLine("/proc/2/comm") != "kthreadd")
            return ProcessNumbers.Elsewhere;
        var buffer = new byte[Capacity];
        var count = root.Files.Read(root.Locate("/proc/self/status"), buffer);
        // Kernels before 4.1 do not say; and where it can not be read, nothing stands against the numbers.
        return count > 0 && Numbers(buffer.AsSpan(0, count)) > 1 ? ProcessNumbers.Nested : ProcessNumbers.Machine;
    }

    private static int Numbers(ReadOnlySpan<byte> status)
    {
        var start = status.IndexOf("\nNSpid:"u8);
        if (start < 0)
            return 0;
        var line = status[(start + "\nNSpid:"u8.Length)..];
        var end = line.IndexOf((byte)'\n');
        line = end < 0 ? line : line[..end];
        var (numbers, isIn) = (0, false);
        foreach (var letter in line)
        {
            var isDigit = letter is >= (byte)'0' and <= (byte)'9';
            numbers += isDigit && !isIn ? 1 : 0;
            isIn = isDigit;
        }
        return numbers;
    }
}
