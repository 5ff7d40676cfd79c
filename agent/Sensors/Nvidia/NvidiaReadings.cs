using Homelab.NodeAgent.Nvml;

namespace Homelab.NodeAgent.Sensors.Nvidia;

/// <summary>The readings of one GPU by channel, and what each was refused with: a call that a GPU does not know is not made again until the next search.</summary>
internal sealed class NvidiaReadings
{
    private static readonly int Channels = NvidiaChannelInfo.All.Length;

    private readonly Reading[] _readings = new Reading[Channels];

    // Success for those that answer.
    private readonly NvmlResult[] _refusals = new NvmlResult[Channels];
    private readonly Dictionary<NvmlResult, Reading> _failures = [];

    /// <summary>The answer that said the whole GPU is out of reach, in this look; else success.</summary>
    public NvmlResult Gone { get; private set; }

    public Reading this[NvidiaChannel channel]
    {
        get => _readings[(int)channel];
        set => _readings[(int)channel] = value;
    }

    /// <summary>False for a channel that was refused for good.</summary>
    public bool Wants(NvidiaChannel channel) => _refusals[(int)channel] == NvmlResult.Success;

    /// <summary>Starts a look: channels that will not be asked say what they said before.</summary>
    public void Begin()
    {
        Gone = NvmlResult.Success;
        for (var i = 0; i < Channels; i++)
        {
            if (_refusals[i] != NvmlResult.Success)
                _readings[i] = Failure(_refusals[i]);
        }
    }

    public void Fill(Reading reading) => Array.Fill(_readings, reading);

    /// <summary>Takes in what a call came to; its number counts only with success.</summary>
    public void Put(NvidiaChannel channel, NvmlResult result, long micros)
    {
        _refusals[(int)channel] = result.IsMissingFeature() ? result : NvmlResult.Success;
        if (result.IsDeviceGone())
            Gone = result;
        _readings[(int)channel] = result != NvmlResult.Success ? Failure(result)
            : NvidiaChannelInfo.All[(int)channel].Bounds.Reject(micros) is { } reason ? Reading.Implausible(micros, reason)
            : Reading.Ok(micros);
    }

    /// <summary>As <see cref="Put(NvidiaChannel, NvmlResult, long)"/>, for a whole number of base units.</summary>
    public void PutWhole(NvidiaChannel channel, NvmlResult result, ulong number) =>
        Put(channel, result, number <= long.MaxValue / 1_000_000 ? (long)number * 1_000_000 : -1);

    /// <summary>Forgets the refusals, so that all is asked for again.</summary>
    /// <returns>What there was, for <see cref="Restore"/>.</returns>
    public NvmlResult[] Forget()
    {
        var kept = _refusals.ToArray();
        Array.Clear(_refusals);
        return kept;
    }

    public void Restore(NvmlResult[] kept) => kept.CopyTo(_refusals, 0);

    /// <summary>Made once per code: a GPU that fails every second allocates nothing.</summary>
    public Reading Failure(NvmlResult result)
    {
        if (!_failures.TryGetValue(result, out var reading))
            _failures[result] = reading = NvidiaWords.ToReading(result);
        return reading;
    }
}
