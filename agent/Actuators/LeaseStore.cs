using System.Globalization;
using Homelab.Units;

namespace Homelab.NodeAgent.Actuators;

/// <summary>What the node must remember of its grants over a crash and a reboot.</summary>
/// <param name="SafeShare">Null: none was ever granted, or it was released.</param>
/// <param name="Base">Draw of the node that no limiter holds, as far as it was learned; null: it was not.</param>
internal readonly record struct StoredLease(ulong Epoch, ulong Sequence, Power? SafeShare, Power? Base = null);

/// <summary>The newest epoch taken and the safe share, durable before either is acted on: the sealed file <c>lease</c> in the state folder.</summary>
/// <remarks>Not safe for concurrent use.</remarks>
internal sealed class LeaseStore
{
    private const string Kind = "homelab-lease 1";

    private readonly SealedFile _file;
    private StoredLease? _stored;

    private LeaseStore(SealedFile file, StoredLease? stored, string? problem) => (_file, _stored, Problem) = (file, stored, problem);

    /// <summary>Why the last load or save did not succeed; null when it did.</summary>
    public string? Problem { get; private set; }

    /// <summary>What is on the disk; null when nothing was ever stored, or <see cref="Problem"/> says why it can not be read.</summary>
    public StoredLease? Stored => _stored;

    public static LeaseStore Open(string folder, IStateFiles files)
    {
        var file = new SealedFile(System.IO.Path.Combine(folder, "lease"), Kind, files);
        var lines = file.Load(out var problem);
        var stored = lines is null ? null : Parse(lines);
        if (lines is not null && stored is null)
            problem = $"{file.Path}: damaged: it holds no lease";
        return new LeaseStore(file, stored, problem);
    }

    /// <summary>Null when it is on the disk, at once when it was there already; else what is wrong, and the old memory stands.</summary>
    public string? Save(StoredLease lease)
    {
        if (_stored == lease && Problem is null)
            return null;
        List<string> lines =
        [
            string.Create(CultureInfo.InvariantCulture, $"epoch {lease.Epoch}"),
            string.Create(CultureInfo.InvariantCulture, $"sequence {lease.Sequence}"),
            string.Create(CultureInfo.InvariantCulture, $"safe-share-microwatts {lease.SafeShare?.Microwatts ?? -1}"),
        ];
        if (lease.Base is { } learned)
            lines.Add(string.Create(CultureInfo.InvariantCulture, $"base-microwatts {learned.Microwatts}"));
        Problem = _file.Save([.. lines]);
        if (Problem is null)
            _stored = lease;
        return Problem;
    }

    private static StoredLease? Parse(string[] lines)
    {
        if (lines is not [var epoch, var sequence, var share, .. var rest] || rest.Length > 1
            || !TryField(epoch, "epoch ", out var epochText) || !ulong.TryParse(epochText, NumberStyles.None, CultureInfo.InvariantCulture, out var epochNumber)
            || !TryField(sequence, "sequence ", out var sequenceText) || !ulong.TryParse(sequenceText, NumberStyles.None, CultureInfo.InvariantCulture, out var sequenceNumber)
            || !TryField(share, "safe-share-microwatts ", out var shareText) || !ControlFile.TryNumber(shareText, out var microwatts))
        {
            return null;
        }
        Power? learned = null;
        if (rest is [var line])
        {
            if (!TryField(line, "base-microwatts ", out var baseText) || !ControlFile.TryNumber(baseText, out var baseMicrowatts) || baseMicrowatts < 0)
                return null;
            learned = new Power(baseMicrowatts);
        }
        return new StoredLease(epochNumber, sequenceNumber, microwatts < 0 ? null : new Power(microwatts), learned);
    }

    private static bool TryField(string line, string name, out string value)
    {
        value = line.StartsWith(name, StringComparison.Ordinal) ? line[name.Length..] : "";
        return value.Length > 0;
    }
}
