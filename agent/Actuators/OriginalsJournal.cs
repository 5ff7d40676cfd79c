namespace Homelab.NodeAgent.Actuators;

/// <summary>Original values, durable before the first write, so that they can be restored after a crash.</summary>
/// <remarks>One sealed file a boot, <c>originals.BOOT-ID</c>: after a reboot the hardware came up fresh, and the values of another boot are deleted
/// unread. The first value recorded for a key wins, so that a restart after <c>kill -9</c> does not take our own cap for the original.
/// Safe for concurrent use: <see cref="Original"/> waits for nobody; the rest takes turns.</remarks>
internal sealed class OriginalsJournal
{
    private const string Kind = "homelab-originals 1";
    private const string FilePrefix = "originals.";

    private readonly SealedFile _file;
    private readonly Lock _turns = new();
    private readonly bool _isDamaged;
    private volatile Recorded _recorded;
    private volatile string? _problem;

    private OriginalsJournal(SealedFile file, List<OriginalValue> values, string? problem)
    {
        (_file, _recorded, _problem) = (file, new Recorded(values), problem);
        _isDamaged = problem is not null;
    }

    /// <summary>Why nothing may be written to hardware; null when all is well. A damaged journal of this boot stays so until it is deleted or the
    /// machine restarts; a full disk heals with the next <see cref="Record"/> that succeeds.</summary>
    public string? Problem => _problem;

    /// <summary>In the order recorded, which is the order to restore them in.</summary>
    public IReadOnlyList<OriginalValue> Values => _recorded.Values;

    /// <summary>Reads this boot's journal and deletes those of other boots. Writes nothing.</summary>
    /// <param name="folder">The agent's state folder.</param>
    /// <param name="bootId">From <c>/proc/sys/kernel/random/boot_id</c>; null or odd: one journal for all boots.</param>
    public static OriginalsJournal Open(string folder, string? bootId, IStateFiles files)
    {
        var name = FilePrefix + Sanitized(bootId);
        foreach (var entry in new PosixFiles().List(folder, out _))
        {
            if (entry.StartsWith(FilePrefix, StringComparison.Ordinal) && !entry.StartsWith(name, StringComparison.Ordinal))
                _ = files.Delete(System.IO.Path.Combine(folder, entry));
        }
        var file = new SealedFile(System.IO.Path.Combine(folder, name), Kind, files);
        var lines = file.Load(out var problem);
        var values = new List<OriginalValue>();
        foreach (var line in lines ?? [])
        {
            if (line.Split('\t') is [var key, var text])
                values.Add(new OriginalValue(SealedLines.Unescape(key), SealedLines.Unescape(text)));
        }
        return new OriginalsJournal(file, values, problem is null ? null : problem
            + $"; the original limits of this boot are not known, so none is changed. Restart the machine, or set its limits as you want them and delete {file.Path}");
    }

    /// <summary>The recorded text; null when there is none, and then nothing may be written there.</summary>
    public string? Original(string key) => _recorded.Texts.GetValueOrDefault(key);

    /// <summary>Adds what is not there yet and returns when it is durable.</summary>
    /// <returns>Null: they may be written to from now on. Else what is wrong; nothing may be written.</returns>
    public string? Record(IReadOnlyList<OriginalValue> values)
    {
        lock (_turns)
        {
            if (_isDamaged)
                return _problem;
            var known = _recorded;
            List<OriginalValue> all = [.. known.Values];
            foreach (var value in values)
            {
                if (!all.Exists(other => other.Key == value.Key))
                    all.Add(value);
            }
            if (all.Count == known.Values.Count)
                return null;
            if ((_problem = _file.Save(Lines(all))) is null)
                _recorded = new Recorded(all);
            return _problem;
        }
    }

    /// <summary>Writes every original back in the order recorded and forgets those that are back. Idempotent: a second call has only the rest to do.</summary>
    public RestoreReport Restore(params IReadOnlyList<IOriginalsWriter> writers)
    {
        lock (_turns)
        {
            var restored = new List<OriginalValue>();
            var failures = new List<RestoreFailure>();
            foreach (var value in _recorded.Values)
            {
                if (WriteBack(value, writers) is { } failure)
                    failures.Add(new RestoreFailure(value, failure));
                else
                    restored.Add(value);
            }
            if (restored.Count == 0)
                return new RestoreReport(restored, failures, _isDamaged ? _problem : null);
            // A crash before this is durable only makes the next start write the same values again.
            var rest = failures.ConvertAll(static failure => failure.Value);
            var problem = _file.Save(Lines(rest));
            _recorded = new Recorded(rest);
            return new RestoreReport(restored, failures, problem);
        }
    }

    private static string? WriteBack(OriginalValue value, IReadOnlyList<IOriginalsWriter> writers)
    {
        foreach (var writer in writers)
        {
            if (writer.Owns(value.Key))
                return writer.WriteBack(value);
        }
        return value.Key + ": nothing on this machine writes such a value now";
    }

    private static List<string> Lines(List<OriginalValue> values)
    {
        var lines = new List<string>(values.Count);
        foreach (var value in values)
            lines.Add(SealedLines.Escape(value.Key) + "\t" + SealedLines.Escape(value.Text));
        return lines;
    }

    // It becomes part of a file name.
    private static string Sanitized(string? bootId)
    {
        var id = bootId?.Trim() ?? "";
        foreach (var c in id)
        {
            if (!char.IsAsciiLetterOrDigit(c) && c != '-')
                return "any-boot";
        }
        return id.Length is > 0 and <= 64 ? id : "any-boot";
    }

    /// <summary>Replaced as a whole, never changed.</summary>
    private sealed class Recorded
    {
        public Recorded(List<OriginalValue> values)
        {
            Values = values;
            foreach (var value in values)
                Texts[value.Key] = value.Text;
        }

        public List<OriginalValue> Values { get; }

        public Dictionary<string, string> Texts { get; } = new(StringComparer.Ordinal);
    }
}
