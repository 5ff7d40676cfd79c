using Homelab.NodeAgent.Sensors;

namespace Homelab.NodeAgent.Sampling;

/// <summary>Whether a search met files that did not answer.</summary>
internal enum Silence
{
    None = 0,

    /// <summary>Only such as were silent before, and are not asked again until they have answered.</summary>
    Known = 1,

    New = 2,
}

/// <summary>Files as they are; but while a source searches, one that does not answer in time answers ETIMEDOUT, so that the search goes on without it.</summary>
/// <remarks>A sensor's own reads are waited for by <see cref="SourceReader"/>, which needs no second thread for that. A search is rare and reads whatever there is.</remarks>
internal sealed class PatientFiles(IPseudoFiles inner, TimeProvider time, TimeSpan patience) : IPseudoFiles
{
    /// <summary>What reads for a search is a thread of this name.</summary>
    public const string ThreadName = "search";

    /// <summary>So many silent files in one folder, and the rest of it is not tried: their device is stuck.</summary>
    private const int SilentOfAFolder = 2;

    [ThreadStatic]
    private static Search? _search;

    private readonly Lock _gate = new();

    /// <summary>Paths that a thread still waits for.</summary>
    private readonly HashSet<string> _silent = new(StringComparer.Ordinal);

    /// <summary>Lets a source search on the calling thread. A file that never answers costs a thread, and the patience once.</summary>
    /// <param name="silence">Whether what was found lacks files that did not answer.</param>
    /// <param name="silent">The first of them; empty when there was none.</param>
    public Discovery Discover(ISensorSource source, HostRoot root, out Silence silence, out string silent)
    {
        using var search = new Search(this);
        _search = search;
        try
        {
            var found = source.Discover(root);
            (silence, silent) = (search.Silence, search.Silent);
            return found;
        }
        finally
        {
            _search = null;
        }
    }

    /// <summary>Lets somebody else than a source look at the machine on the calling thread, who takes ETIMEDOUT for an answer.</summary>
    /// <param name="look">Is given the machine through these files.</param>
    /// <param name="path">The host root's.</param>
    public T Look<T>(string path, Func<HostRoot, T> look)
        where T : class
    {
        using var search = new Search(this);
        _search = search;
        try
        {
            return look(new HostRoot(path, this));
        }
        finally
        {
            _search = null;
        }
    }

    private IPseudoFiles Inner => inner;

    private TimeProvider Time => time;

    private TimeSpan Patience => patience;

    public int Read(PseudoPath path, Span<byte> buffer) => _search is { } search ? search.Read(path, buffer) : inner.Read(path, buffer);

    public IReadOnlyList<string> List(string path, out int errno) => inner.List(path, out errno);

    public string? Resolve(string path) => inner.Resolve(path);

    private void Await(string path)
    {
        lock (_gate)
            _silent.Add(path);
    }

    private void Answered(string path)
    {
        lock (_gate)
            _silent.Remove(path);
    }

    private bool IsLeftAlone(string path)
    {
        lock (_gate)
        {
            if (_silent.Count == 0)
                return false;
            var folder = path.AsSpan(0, path.LastIndexOf('/') + 1);
            var silent = 0;
            foreach (var other in _silent)
                silent += other.AsSpan(0, other.LastIndexOf('/') + 1).SequenceEqual(folder) ? 1 : 0;
            return silent >= SilentOfAFolder || _silent.Contains(path);
        }
    }

    private sealed class Search(PatientFiles files) : IDisposable
    {
        private Errand? _errand;

        public Silence Silence { get; private set; }

        public string Silent { get; private set; } = "";

        public int Read(PseudoPath path, Span<byte> buffer)
        {
            if (files.IsLeftAlone(path.ToString()))
                return Without(path, Silence.Known);
            _errand ??= new Errand(files);
            if (_errand.TryRead(path, buffer, out var count))
                return count;
            _errand = null;
            return Without(path, Silence.New);
        }

        public void Dispose() => _errand?.End();

        private int Without(PseudoPath path, Silence silence)
        {
            Silence = silence > Silence ? silence : Silence;
            Silent = Silent.Length == 0 ? path.ToString() : Silent;
            return -Errno.TimedOut;
        }
    }

    /// <summary>A thread that reads one file after the other, and is left behind with one that hangs.</summary>
    private sealed class Errand
    {
        private readonly PatientFiles _files;
        private readonly ITimer _timer;
        private readonly object _bell = new();
        private byte[] _buffer = new byte[256];
        private PseudoPath? _path;
        private int _length;
        private int _count;
        private long _askedAt;
        private bool _isExpired;
        private bool _isOver;

        public Errand(PatientFiles files)
        {
            _files = files;
            _timer = files.Time.CreateTimer(static errand => ((Errand)errand!).OnTimer(), this, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
            new Thread(Run, 256 * 1024) { IsBackground = true, Name = ThreadName }.Start();
        }

        /// <summary>False when the file did not answer; the errand is over then.</summary>
        public bool TryRead(PseudoPath path, Span<byte> buffer, out int count)
        {
            lock (_bell)
            {
                if (_buffer.Length < buffer.Length)
                    _buffer = new byte[buffer.Length];
                (_path, _length, _isExpired, _askedAt) = (path, buffer.Length, false, _files.Time.GetTimestamp());
                Monitor.PulseAll(_bell);
                _timer.Change(_files.Patience, Timeout.InfiniteTimeSpan);
                while (_path is not null && !_isExpired)
                    Monitor.Wait(_bell);
                count = _count;
                if (_path is not null)
                {
                    _files.Await(_path.ToString());
                    End();
                    return false;
                }
                _buffer.AsSpan(0, Math.Max(0, count)).CopyTo(buffer);
                return true;
            }
        }

        public void End()
        {
            lock (_bell)
            {
                _isOver = true;
                _timer.Dispose();
                Monitor.PulseAll(_bell);
            }
        }

        private void OnTimer()
        {
            lock (_bell)
            {
                // One that was on its way when the next file was asked for is early.
                var left = _files.Patience - _files.Time.GetElapsedTime(_askedAt);
                if (_isOver || _path is null)
                    return;
                if (left > TimeSpan.Zero)
                {
                    _timer.Change(left, Timeout.InfiniteTimeSpan);
                    return;
                }
                _isExpired = true;
                Monitor.PulseAll(_bell);
            }
        }

        private void Run()
        {
            while (Next() is { } path)
            {
                var count = _files.Inner.Read(path, _buffer.AsSpan(0, _length));
                lock (_bell)
                {
                    (_count, _path) = (count, null);
                    Monitor.PulseAll(_bell);
                    if (!_isOver)
                        continue;
                }
                _files.Answered(path.ToString());
                return;
            }
        }

        private PseudoPath? Next()
        {
            lock (_bell)
            {
                while (_path is null && !_isOver)
                    Monitor.Wait(_bell);
                return _isOver ? null : _path;
            }
        }
    }
}
