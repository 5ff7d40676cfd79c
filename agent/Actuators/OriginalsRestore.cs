namespace Homelab.NodeAgent.Actuators;

/// <summary>Writes original values of one kind back. Files are one; a GPU library is another.</summary>
internal interface IOriginalsWriter
{
    bool Owns(string key);

    /// <summary>Writes, reads back, and answers null; or says what the hardware holds instead and why. Writes nothing that is there already.</summary>
    string? WriteBack(OriginalValue value);
}

/// <param name="Problem">The journal could not be shortened: what was restored is restored again at the next start, which harms nothing.</param>
internal sealed record RestoreReport(IReadOnlyList<OriginalValue> Restored, IReadOnlyList<RestoreFailure> Failures, string? Problem);

/// <summary>Stays in the journal.</summary>
internal sealed record RestoreFailure(OriginalValue Value, string Why);

/// <summary>Originals that are files of the machine: keys that begin with <c>/sys/</c>.</summary>
internal sealed class FileOriginals(HostRoot root, IControlFiles files) : IOriginalsWriter
{
    public bool Owns(string key) => key.StartsWith("/sys/", StringComparison.Ordinal);

    public string? WriteBack(OriginalValue value)
    {
        var file = new ControlFile(value.Key, root.Locate(value.Key), files, null);
        if (file.ReadText(out var code) is not { } before)
            return ControlFailure.Of(value.Key, code, onWrite: false).Detail;
        if (IsBack(value, before, wasWritten: false))
            return null;
        var result = file.PutRaw(value.Text);
        if (result != 0)
            return ControlFailure.Of(value.Key, result, onWrite: true).Detail;
        if (file.ReadText(out code) is not { } after)
            return ControlFailure.Of(value.Key, code, onWrite: false).Detail;
        return IsBack(value, after, wasWritten: true) ? null : $"{value.Key}: holds {after.Trim()} after {value.Text.Trim()} was written back: something else writes it";
    }

    private static bool IsBack(OriginalValue value, string text, bool wasWritten)
    {
        if (string.Equals(value.Text.Trim(), text.Trim(), StringComparison.Ordinal))
            return true;
        // A clock ceiling reads lower than written while a thermal governor holds it down; the request itself is back.
        return wasWritten && value.Key.EndsWith("max_freq", StringComparison.Ordinal)
            && ControlFile.TryNumber(value.Text, out var asked) && ControlFile.TryNumber(text, out var held) && held <= asked;
    }
}
