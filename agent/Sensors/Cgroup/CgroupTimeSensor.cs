using System.Buffers.Text;

namespace Homelab.NodeAgent.Sensors.Cgroup;

/// <summary>Processor time of one control group since it was made: <c>usage_usec</c> of version 2's <c>cpu.stat</c>, or version 1's <c>cpuacct.usage</c> in nanoseconds.</summary>
internal sealed class CgroupTimeSensor(SensorInfo info, HostRoot root, bool isUnified) : ISensor
{
    private readonly PseudoPath _path = root.Locate(info.Path);
    private readonly ReadFailure _failure = new(info.Path);

    public SensorInfo Info => info;

    public Reading Read()
    {
        Span<byte> buffer = stackalloc byte[128];
        var count = root.Files.Read(_path, buffer);
        if (count < 0)
            return _failure.Of(-count);
        if (!isUnified)
            return PseudoText.TryInteger(buffer[..count], out var nanoseconds) && nanoseconds >= 0 ? Reading.Ok(nanoseconds / 1000) : _failure.OfGarbage("a count of nanoseconds");
        return TryUsage(buffer[..count], out var micros) ? Reading.Ok(micros) : _failure.OfGarbage("a group's processor time");
    }

    /// <summary>The kernel writes it first.</summary>
    internal static bool TryUsage(ReadOnlySpan<byte> text, out long micros)
    {
        micros = 0;
        return text.StartsWith("usage_usec "u8) && Utf8Parser.TryParse(text["usage_usec "u8.Length..], out micros, out var used)
            && micros >= 0 && text.Length > used + "usage_usec ".Length && text[used + "usage_usec ".Length] == (byte)'\n';
    }
}
