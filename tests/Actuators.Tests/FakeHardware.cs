using System.Globalization;
using System.Text;

namespace Homelab.NodeAgent.Actuators;

/// <summary>A machine in memory whose drivers and firmware misbehave as scripted. Paths are as the machine sees them; all files can be read and written
/// until told otherwise.</summary>
internal sealed class FakeHardware : IControlFiles
{
    private readonly SortedDictionary<string, string> _files = new(StringComparer.Ordinal);
    private readonly Dictionary<string, Func<string, string, string?>> _drivers = new(StringComparer.Ordinal);
    private readonly Dictionary<string, Func<string, string>> _views = new(StringComparer.Ordinal);
    private readonly Dictionary<string, int> _readErrors = new(StringComparer.Ordinal);
    private readonly Dictionary<string, int> _writeErrors = new(StringComparer.Ordinal);
    private readonly Dictionary<string, Action> _afterWrites = new(StringComparer.Ordinal);
    private readonly Dictionary<string, (int Every, int Count, string Text)> _rivals = new(StringComparer.Ordinal);

    /// <summary>Every write that reached a driver or was refused, in order: <c>path=text</c>.</summary>
    public List<string> Writes { get; } = [];

    /// <summary>The process is killed at the write after so many; null: it lives.</summary>
    public int? KillAfter { get; set; }

    public HostRoot Root => new("/", this);

    /// <summary>The text that a driver holds, without its newline.</summary>
    public string this[string path]
    {
        get => _files[path];
        set => _files[path] = value;
    }

    public IReadOnlyList<IPowerLimiter> Limiters(OriginalsJournal? originals = null) => LimiterCatalog.Discover(Root, this, originals);

    public FakeHardware With(string path, string text)
    {
        _files[path] = text;
        return this;
    }

    /// <summary>Reads fail; 0 heals.</summary>
    public FakeHardware FailReads(string path, int errno)
    {
        _readErrors[path] = errno;
        return this;
    }

    /// <summary>Opening for writing works, the write does not; 0 heals. <see cref="Errno.Access"/> and <see cref="Errno.ReadOnlyFileSystem"/> stop the opening, too.</summary>
    public FakeHardware FailWrites(string path, int errno)
    {
        _writeErrors[path] = errno;
        return this;
    }

    /// <summary>What the driver makes of a write: from what it holds and what is asked to what it holds then. Null: EINVAL.</summary>
    public FakeHardware Drive(string path, Func<string, string, string?> driver)
    {
        _drivers[path] = driver;
        return this;
    }

    /// <summary>The write succeeds and changes nothing.</summary>
    public FakeHardware Deafen(string path) => Drive(path, static (held, _) => held);

    /// <summary>Values are cut to a multiple of a step: RAPL's 1/8 W.</summary>
    public FakeHardware Quantise(string path, long step) => Drive(path, (_, asked) => Text(long.Parse(asked, CultureInfo.InvariantCulture) / step * step));

    /// <summary>Only the low bits of the register are kept, in units of a step, as RAPL's driver does without a word.</summary>
    public FakeHardware Truncate(string path, long step, int bits) =>
        Drive(path, (_, asked) => Text((long.Parse(asked, CultureInfo.InvariantCulture) / step & ((1L << bits) - 1)) * step));

    /// <summary>Firmware takes nothing below.</summary>
    public FakeHardware Floor(string path, long least) => Drive(path, (_, asked) => Text(Math.Max(long.Parse(asked, CultureInfo.InvariantCulture), least)));

    /// <summary>The driver takes only values of its range; others are EINVAL.</summary>
    public FakeHardware Range(string path, Func<(long Least, long Most)> range) => Drive(path, (_, asked) =>
        long.Parse(asked, CultureInfo.InvariantCulture) is var value && value >= range().Least && value <= range().Most ? asked : null);

    /// <summary>The highest of these at or below what is asked, else the lowest.</summary>
    public FakeHardware Round(string path, params long[] points) => Drive(path, (_, asked) =>
        Text(points.Where(point => point <= long.Parse(asked, CultureInfo.InvariantCulture)).DefaultIfEmpty(points.Min()).Max()));

    /// <summary>What is read differs from what is held: a thermal governor's hold on a clock ceiling.</summary>
    public FakeHardware View(string path, Func<string, string> view)
    {
        _views[path] = view;
        return this;
    }

    /// <summary>Something else writes this text at every k-th read of the file.</summary>
    public FakeHardware Rewrite(string path, string text, int everyReads)
    {
        _rivals[path] = (everyReads, 0, text);
        return this;
    }

    public FakeHardware AfterWrite(string path, Action action)
    {
        _afterWrites[path] = action;
        return this;
    }

    /// <summary>A device that is pulled: all its files are gone.</summary>
    public void Remove(string folder)
    {
        foreach (var path in _files.Keys.Where(path => path.StartsWith(folder, StringComparison.Ordinal)).ToArray())
            _files.Remove(path);
    }

    public IReadOnlyDictionary<string, string> Snapshot() => new Dictionary<string, string>(_files);

    public int Read(PseudoPath path, Span<byte> buffer)
    {
        var name = path.ToString();
        if (_readErrors.GetValueOrDefault(name) is var errno and not 0)
            return -errno;
        if (!_files.TryGetValue(name, out var text))
            return -Errno.NoEntry;
        if (_rivals.TryGetValue(name, out var rival))
        {
            _rivals[name] = rival = rival with { Count = rival.Count + 1 };
            if (rival.Count % rival.Every == 0)
                _files[name] = text = rival.Text;
        }
        if (_views.TryGetValue(name, out var view))
            text = view(text);
        return Encoding.UTF8.GetBytes(text + "\n", buffer);
    }

    public int Write(PseudoPath path, ReadOnlySpan<byte> text)
    {
        var name = path.ToString();
        var asked = Encoding.UTF8.GetString(text).Trim();
        if (Writes.Count >= KillAfter)
            throw new KilledException();
        Writes.Add(name + "=" + asked);
        if (!_files.TryGetValue(name, out var held))
            return -Errno.NoEntry;
        if (_writeErrors.GetValueOrDefault(name) is var errno and not 0)
            return -errno;
        var taken = _drivers.TryGetValue(name, out var driver) ? driver(held, asked) : asked;
        if (taken is null)
            return -Errno.Invalid;
        _files[name] = taken;
        if (_afterWrites.TryGetValue(name, out var action))
            action();
        return 0;
    }

    public int Probe(PseudoPath path)
    {
        var name = path.ToString();
        if (!_files.ContainsKey(name))
            return -Errno.NoEntry;
        return _writeErrors.GetValueOrDefault(name) is var errno and (Errno.Access or Errno.ReadOnlyFileSystem) ? -errno : 0;
    }

    public IReadOnlyList<string> List(string path, out int errno)
    {
        var folder = path.TrimEnd('/') + "/";
        var names = new SortedSet<string>(StringComparer.Ordinal);
        foreach (var file in _files.Keys)
        {
            if (file.StartsWith(folder, StringComparison.Ordinal))
                names.Add(file[folder.Length..].Split('/')[0]);
        }
        errno = names.Count > 0 ? 0 : Errno.NoEntry;
        return [.. names];
    }

    public string? Resolve(string path) =>
        path.Length == 0 || _files.Keys.Any(file => file == path || file.StartsWith(path + "/", StringComparison.Ordinal)) ? path : null;

    private static string Text(long value) => value.ToString(CultureInfo.InvariantCulture);
}

/// <summary>Nothing of the process runs after this.</summary>
internal sealed class KilledException : Exception;
