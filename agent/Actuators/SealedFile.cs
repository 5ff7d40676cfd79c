namespace Homelab.NodeAgent.Actuators;

/// <summary>A sealed text in the state folder, replaced as a whole.</summary>
internal sealed class SealedFile(string path, string kind, IStateFiles files)
{
    public string Path => path;

    /// <summary>The lines. Null without a problem: there is no such file. Null with one: what there is can not be read.</summary>
    public string[]? Load(out string? problem)
    {
        problem = null;
        if (files.Load(path, out var errno) is not { } text)
        {
            if (errno != Errno.NoEntry)
                problem = $"{path}: {Errno.Name(errno)}: the state folder can not be read; give the agent's user access to it";
            return null;
        }
        var lines = SealedLines.Open(kind, text);
        if (lines is null)
            problem = $"{path}: damaged: its checksum does not fit";
        return lines;
    }

    /// <summary>Null when the lines are on the disk; else what is wrong, and the old lines stand.</summary>
    public string? Save(IReadOnlyList<string> lines)
    {
        var result = files.Save(path, SealedLines.Seal(kind, lines));
        return result == 0 ? null : $"{path}: {Errno.Name(-result)}: {Meaning(-result)}";
    }

    private static string Meaning(int errno) => errno switch
    {
        Errno.NoSpace => "the disk is full; free some space",
        Errno.ReadOnlyFileSystem => "the state folder is read-only; mount it writable, or name another one",
        Errno.Access or Errno.NotPermitted => "the agent may not write its state folder; give its user access",
        Errno.NoEntry or Errno.NotDirectory => "the state folder does not exist; create it, or name another one",
        _ => "the state could not be stored",
    };
}
