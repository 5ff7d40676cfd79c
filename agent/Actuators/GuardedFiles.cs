namespace Homelab.NodeAgent.Actuators;

/// <summary>Lets a write through only where the journal holds the value that it replaces: no limiter and no bug can lose an original.</summary>
internal sealed class GuardedFiles(HostRoot root, IControlFiles inner, OriginalsJournal journal) : IControlFiles
{
    private readonly string _prefix = root.Locate("");

    public int Read(PseudoPath path, Span<byte> buffer) => inner.Read(path, buffer);

    public IReadOnlyList<string> List(string path, out int errno) => inner.List(path, out errno);

    public string? Resolve(string path) => inner.Resolve(path);

    public int Probe(PseudoPath path) => inner.Probe(path);

    public int Write(PseudoPath path, ReadOnlySpan<byte> text)
    {
        var located = path.ToString();
        return located.StartsWith(_prefix, StringComparison.Ordinal) && journal.Original(located[_prefix.Length..]) is not null
            ? inner.Write(path, text)
            : -ControlCode.NotRecorded;
    }
}
