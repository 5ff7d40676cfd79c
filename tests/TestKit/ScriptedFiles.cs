using System.Collections.Concurrent;
using System.Text;

namespace Homelab.TestKit;

/// <summary>Real files with scripted exceptions: an errno, a text or an endless wait for paths that end in a given way. Safe for concurrent use.</summary>
internal sealed class ScriptedFiles(IPseudoFiles? inner = null) : IPseudoFiles
{
    private readonly IPseudoFiles _inner = inner ?? new PosixFiles();
    private readonly ConcurrentDictionary<string, int> _errnos = new(StringComparer.Ordinal);
    private readonly ConcurrentDictionary<string, byte[]> _texts = new(StringComparer.Ordinal);
    private readonly ConcurrentDictionary<string, Hang> _hangs = new(StringComparer.Ordinal);
    private readonly ConcurrentQueue<string> _reads = new();

    /// <summary>Every path read so far, in order.</summary>
    public IReadOnlyCollection<string> Reads => _reads;

    /// <summary>Reads and listings of paths that end so fail with this errno; 0 heals them.</summary>
    public ScriptedFiles Fail(string pathEnd, int errno)
    {
        _errnos[pathEnd] = errno;
        return this;
    }

    /// <summary>Reads of paths that end so return this text.</summary>
    public ScriptedFiles Answer(string pathEnd, string text)
    {
        _texts[pathEnd] = Encoding.UTF8.GetBytes(text);
        return this;
    }

    /// <summary>Reads of paths that end so block until the result is released; then they go on as scripted otherwise.</summary>
    public Hang Block(string pathEnd) => _hangs[pathEnd] = new Hang();

    public void ForgetReads() => _reads.Clear();

    public int Read(PseudoPath path, Span<byte> buffer)
    {
        var text = path.ToString();
        _reads.Enqueue(text);
        if (Match(_hangs, text, out var hang))
            hang.Wait();
        if (Match(_errnos, text, out var errno) && errno != 0)
            return -errno;
        if (!Match(_texts, text, out var answer))
            return _inner.Read(path, buffer);
        var count = Math.Min(answer.Length, buffer.Length);
        answer.AsSpan(0, count).CopyTo(buffer);
        return count;
    }

    public IReadOnlyList<string> List(string path, out int errno)
    {
        if (!Match(_errnos, path, out errno) || errno == 0)
            return _inner.List(path, out errno);
        return [];
    }

    public string? Resolve(string path) => _inner.Resolve(path);

    private static bool Match<T>(ConcurrentDictionary<string, T> script, string path, out T found)
    {
        foreach (var (end, value) in script)
        {
            if (path.EndsWith(end, StringComparison.Ordinal))
            {
                found = value;
                return true;
            }
        }
        found = default!;
        return false;
    }

    /// <summary>A read that does not come back by itself.</summary>
    internal sealed class Hang : IDisposable
    {
        private readonly ManualResetEventSlim _released = new();
        private readonly TaskCompletionSource _reached = new(TaskCreationOptions.RunContinuationsAsynchronously);

        /// <summary>Completes when a read has arrived and blocks.</summary>
        public Task Reached => _reached.Task;

        public void Release() => _released.Set();

        public void Dispose() => Release();

        internal void Wait()
        {
            _reached.TrySetResult();
            _released.Wait();
        }
    }
}
