namespace Homelab.NodeAgent.Perf;

/// <summary>Counters of the kernel's perf events that belong to a processor, not to a program.</summary>
internal interface IPerfCounters
{
    /// <summary>Begins to count at 0.</summary>
    /// <param name="type">The unit's number, from its <c>type</c> file.</param>
    /// <param name="config">Which of its events.</param>
    /// <param name="cpu">Any processor of the part that is counted.</param>
    /// <returns>A descriptor, or the negative errno.</returns>
    int Open(uint type, ulong config, int cpu);

    /// <summary>The count since it was opened; the kernel sees to wraps of the hardware.</summary>
    /// <returns>0, or the negative errno; ENODATA when the counter stands in error.</returns>
    int Read(int descriptor, out ulong count);

    void Close(int descriptor);
}
